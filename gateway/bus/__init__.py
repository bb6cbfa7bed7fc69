"""The bus: whose turn it is on a line, one question and its answer, and the loop that owns a line."""
