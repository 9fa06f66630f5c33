"""What the command line does: start, serve, supervise, import, check."""
