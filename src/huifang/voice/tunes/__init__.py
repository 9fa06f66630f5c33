"""The ending tunes that Huifang ships, made by its own code."""
