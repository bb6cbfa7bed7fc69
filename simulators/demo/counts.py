"""Counts: what really happened, read from the stores of gateway and ingester and from the vendor; never from the play.

Opens both databases for reading only. A store that is not there yet, or is just being written, counts as unknown.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulators.demo.phones import PhoneMessage


@dataclass(frozen=True, slots=True)
class CountedFlag:
    """One flag as a store has it."""

    flag_id: str
    event: str
    home: str = ""
    kind: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class GatewayCounts:
    """What the gateway says of itself. `readings` counts since it last started, which `started_at` tells."""

    readings: int
    started_at: str
    readings_time: str
    waiting: int
    flags: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class CountedStep:
    """One line of a ticket's history."""

    ticket_id: str
    number: int
    event: str
    home: str
    kind: str
    detail: str


@dataclass(frozen=True, slots=True)
class IngestCounts:
    """What the ingester has."""

    flags: tuple[CountedFlag, ...] = ()
    tickets: tuple[tuple[str, str, str], ...] = ()
    """(ticket, home, kind) in the order they were opened."""
    doubled: tuple[str, ...] = ()
    """What is there twice: two tickets at work for one matter, or one situation raised as two."""
    history: tuple[CountedStep, ...] = ()
    notices: tuple[tuple[str, str], ...] = ()
    """(key, status)."""
    hours: int = 0
    """Hours of use that the charts have."""


@dataclass(frozen=True, slots=True)
class Losses:
    """What must be empty at the end."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)


def read_gateway(state: Path) -> GatewayCounts | None:
    """Return the gateway's counts, None while there are none."""
    try:
        with closing(_open(state)) as db:
            row = db.execute("SELECT packed FROM snapshots WHERE name = 'status'").fetchone()
            flags = db.execute("SELECT flag_id, event FROM sent_flags").fetchall()
            waiting = db.execute("SELECT count(*) FROM outbox WHERE kind = 'flag'").fetchone()[0]
    except sqlite3.Error:
        return None
    told: dict[str, Any] = json.loads(zlib.decompress(row[0])) if row else {}
    return GatewayCounts(
        readings=int(told.get("readings", 0)),
        started_at=str(told.get("started_at", "")),
        readings_time=str(told.get("readings_time", "")),
        waiting=int(waiting),
        flags=frozenset((str(flag_id), str(event)) for flag_id, event in flags),
    )


def read_ingest(database: Path) -> IngestCounts | None:
    """Return the ingester's counts, None while there are none."""
    try:
        with closing(_open(database)) as db:
            return _read_ingest(db)
    except sqlite3.Error:
        return None


def _read_ingest(db: sqlite3.Connection) -> IngestCounts:
    db.execute("BEGIN")
    flags = db.execute("SELECT flag_id, event, home_id, kind, text_en FROM flags ORDER BY received_at, flag_id")
    tickets = db.execute("SELECT ticket_id, coalesce(home_id, subject, ''), kind FROM tickets ORDER BY opened_at")
    history = db.execute(
        "SELECT h.ticket_id, h.number, h.event, coalesce(t.home_id, t.subject, ''), t.kind, h.detail_json"
        " FROM ticket_history h JOIN tickets t USING (ticket_id) ORDER BY h.at, h.ticket_id, h.number"
    )
    doubled = db.execute(
        "SELECT 'ticket ' || coalesce(home_id, subject, '') || ' ' || kind FROM tickets"
        " WHERE status IN ('open', 'offered', 'taken', 'on_site') GROUP BY 1 HAVING count(*) > 1"
        " UNION ALL SELECT 'situation ' || home_id || ' ' || kind FROM flags"
        " WHERE event = 'raised' GROUP BY home_id, kind, since, text_en HAVING count(*) > 1"
    )
    notices = db.execute("SELECT idem_key, status FROM notices")
    hours = db.execute("SELECT count(*) FROM usage_hours").fetchone()[0]
    return IngestCounts(
        flags=tuple(CountedFlag(*row) for row in flags),
        tickets=tuple((row[0], row[1], row[2]) for row in tickets),
        doubled=tuple(row[0] for row in doubled),
        history=tuple(CountedStep(*row) for row in history),
        notices=tuple((row[0], row[1]) for row in notices),
        hours=int(hours),
    )


def compare(
    gateway: GatewayCounts, before: Sequence[PhoneMessage], ingest: IngestCounts, after: Sequence[PhoneMessage]
) -> Losses:
    """Return what one end has and the other does not, and what is there twice.

    Everything goes on meanwhile: `gateway` and the messages `before` were read before `ingest`, `after` after it.
    """
    lost: list[str] = []
    doubled: list[str] = []
    has = Counter((flag.flag_id, flag.event) for flag in ingest.flags)
    lost += [f"flag {flag_id} {event}" for flag_id, event in sorted(gateway.flags - set(has))]
    doubled += [f"flag {flag_id} {event}" for (flag_id, event), count in has.items() if count > 1]
    doubled += ingest.doubled
    shown = Counter(message.key for message in after)
    doubled += [f"notice {key}" for key, count in shown.items() if count > 1]
    known = {key for key, _ in ingest.notices}
    doubled += [f"notice {one.key} that nobody wrote" for one in before if one.key not in known]
    lost += [f"notice {key}" for key, status in ingest.notices if status == "delivered" and key not in shown]
    return Losses(lost, doubled)


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=2)
