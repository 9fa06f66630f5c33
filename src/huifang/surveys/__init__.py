"""Answers that customers gave, with the version of the question."""
