"""What both sides must agree on: words, wire, and the arithmetic of a household. No I/O, no clock."""
