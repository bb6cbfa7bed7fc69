"""How lines, devices and the gateway itself are doing, and who is told."""
