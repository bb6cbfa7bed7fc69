"""Rules of consent and family messages."""
