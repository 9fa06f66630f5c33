"""What the pages of the knowledge base say with."""
