"""Text messages to customers: what is owed, what was handed to the gateway, and what came back."""
