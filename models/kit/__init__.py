"""What both sides share besides words and arithmetic: how settings are read. The only room that opens files."""
