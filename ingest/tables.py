"""Tables: every table of the database, those of the wings as well, in one metadata.

Whoever compares the code with the migrations begins here; the running program reads the tables it needs from their
rooms, and a migration reads none of them.
"""

from __future__ import annotations

from ingest.families.store import tables as families
from ingest.fleet.store import tables as fleet
from ingest.outward.store import tables as outward
from ingest.store.base import tables as base
from ingest.store.base.metadata import metadata
from ingest.store.duty import tables as duty
from ingest.store.ledger import tables as ledger
from ingest.store.notices import tables as notices
from ingest.store.tickets import tables as tickets
from ingest.visits.store import tables as visits

ROOMS = (base, duty, tickets, ledger, notices, visits, families, fleet, outward)
"""A room's tables refer only to rooms before it; all of them are in `metadata`."""

__all__ = ["ROOMS", "metadata"]
