"""Tickets, episodes, the inbox and everything that hangs on a ticket, with their tables."""
