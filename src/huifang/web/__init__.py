"""Pages: base templates, static files, login."""
