"""The models behind the grammar: our own training text, training, evaluating, and the weights themselves."""
