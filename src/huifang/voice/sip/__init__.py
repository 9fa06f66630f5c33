"""Signalling: dial, answer, cancel and hang up, behind the port in ``port.py``."""
