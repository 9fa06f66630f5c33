"""Synthesisers: from words to 8 kHz A-law clips, cached by content."""
