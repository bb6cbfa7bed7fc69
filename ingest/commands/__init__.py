"""Commands of linshe-ingest that are more than a line: their arguments, and what they print."""
