"""Commissioning: what hangs on a line, whether this machine is ready, and what one device says. For people on site."""
