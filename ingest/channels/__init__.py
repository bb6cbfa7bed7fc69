"""Notices on their way out: the channel contract, one file per channel, and the words in each language."""
