"""Figures over what happened."""
