"""What to ask a device and how to read its answer. `registry` is the seam: one row per protocol."""
