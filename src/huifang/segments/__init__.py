"""Named groups of customers, found by a condition tree."""
