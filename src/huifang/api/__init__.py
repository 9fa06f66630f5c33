"""The HTTP interface: the voice line."""
