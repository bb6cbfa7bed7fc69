"""People: a seeded day of a person, and what goes wrong in it. Pure: the same seed gives the same life; nothing here
reads a clock or a device."""
