"""Assembly: what the daemon is made of, built from checked settings. It opens files; it runs nothing."""
