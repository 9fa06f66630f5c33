"""Whether anybody is rung twice, or forgotten, while processes and databases are killed."""
