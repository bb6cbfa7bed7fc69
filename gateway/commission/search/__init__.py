"""Who is on a line: asks at every speed, proves what a document reads, writes it down. It knows no command line."""
