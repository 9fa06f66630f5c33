"""Which customers are due for which follow-up, when and why."""
