"""Desk: what every action needs at hand: the database, the keys, and where the console can be reached."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.actions.base.secrets import MasterKey
from ingest.store.base.database import Database


@dataclass(frozen=True, slots=True)
class ActionContext:
    """Made once by the composition root, or by a test."""

    db: Database
    keys: MasterKey
    public_url: str
    """No slash at the end; signed links in notices start so."""
    spools_usage: bool = False
    """Whether usage summaries also go on to a time-series store."""
