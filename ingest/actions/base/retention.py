"""Retention: how long the database keeps what nobody needs any more, and what one pruning deletes at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.store.base.database import Connection

AT_ONCE = 500
"""Rows of one transaction: an alarm waits for no more than that."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what is kept."""

    messages: timedelta = timedelta(days=90)
    notices: timedelta = timedelta(days=730)
    photos: timedelta = timedelta(days=180)
    """From the closing of the ticket."""


@dataclass(frozen=True, slots=True)
class Pruning:
    """One kind of rows that leave; `forget` deletes at most `AT_ONCE` of them and returns how many."""

    name: str
    forget: Callable[[Connection, Retention, datetime], Awaitable[int]]
