"""Texts: every sentence that a person reads outside the pages, by key and facts, in every language."""
