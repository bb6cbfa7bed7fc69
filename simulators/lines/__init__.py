"""Lines: what meters hang on. A pseudo-terminal that opens like a serial port, and what goes wrong on wires."""
