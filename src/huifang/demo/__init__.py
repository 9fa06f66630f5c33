"""The sample chain and the demonstration run."""
