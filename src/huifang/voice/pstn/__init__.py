"""The virtual telephone network: a Chinese caller population behind one SIP port."""
