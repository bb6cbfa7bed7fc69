"""Sans-I/O codecs in both roles (master and meter): bytes in, frames or diagnostics out. No port, no clock."""
