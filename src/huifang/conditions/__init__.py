"""Conditions over rows of the database: which fields exist, and a tree as a query."""
