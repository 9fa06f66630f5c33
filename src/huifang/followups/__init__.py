"""Who is to be contacted, every attempt at it, and what was said."""
