"""Media: one batched loop for all calls of a process, 20 ms G.711 over RTP."""
