"""Everything that can be decided without I/O: no database, network or clock in here."""
