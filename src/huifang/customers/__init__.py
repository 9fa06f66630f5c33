"""Customers, their contact points, consent, orders and the event log."""
