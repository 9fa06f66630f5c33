"""Promises as rows: what is owed, when, and who is at it."""
