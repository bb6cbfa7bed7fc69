"""Demo: the whole of Linshe on one machine, with a story that happens in two minutes. Everything in it is real but the
people: programs, broker, database, lines and vendor."""
