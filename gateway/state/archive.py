"""Archive: odd bytes from lines, kept for a while in a file beside the state, so that they can be read again.

What was wrong with them is kept with them. Size and age are bounded; a file that takes no writes costs nothing else:
the archive is for people, never for a decision.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from gateway.clock import from_ms, to_ms
from gateway.protocols.framing import Code, Diagnostic

log = logging.getLogger(__name__)

MOST = 5000
"""Rows that are kept; the oldest go first. With 512 bytes at most each, the file stays below 5 MB."""
KEPT = timedelta(days=30)
_BEFORE_WRITING = 50
_DULL = frozenset({Code.ECHO, Code.FROZEN})
"""An echo says nothing about a device, and comes with every question; an old answer comes again with every poll."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS frames (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    device TEXT NOT NULL,
    at INTEGER NOT NULL,
    code TEXT NOT NULL,
    detail TEXT NOT NULL,
    raw BLOB NOT NULL
);
"""


@dataclass(frozen=True, slots=True)
class Odd:
    """Bytes of which something was wrong, with the device that was asked."""

    device: str
    at: datetime
    code: str
    detail: str
    raw: bytes


def archive_path(state: Path) -> Path:
    """Return where the archive of this state file lies."""
    return state.with_name(state.stem + ".frames.sqlite")


class Archive:
    """Takes odd bytes, and writes them together now and then, to spare the memory card."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: list[Odd] = []
        self._failed = False

    def take(self, device: str, troubles: tuple[Diagnostic, ...], at: datetime) -> None:
        """Keep the bytes of these troubles; what is too much before the next `save` is dropped."""
        for trouble in troubles:
            if trouble.raw and trouble.code not in _DULL and len(self._waiting) < _BEFORE_WRITING:
                self._waiting.append(Odd(device, at, trouble.code.value, trouble.detail, trouble.raw))

    def save(self, now: datetime) -> None:
        """Write what waits, and forget what is too old or too much."""
        if not self._waiting:
            return
        rows = [(odd.device, to_ms(odd.at), odd.code, odd.detail, odd.raw) for odd in self._waiting]
        self._waiting.clear()
        try:
            with closing(sqlite3.connect(self._path, timeout=1)) as db, db:
                db.executescript(_SCHEMA)
                db.executemany("INSERT INTO frames (device, at, code, detail, raw) VALUES (?, ?, ?, ?, ?)", rows)
                db.execute("DELETE FROM frames WHERE at < ?", (to_ms(now - KEPT),))
                db.execute("DELETE FROM frames WHERE place <= (SELECT max(place) FROM frames) - ?", (MOST,))
            self._failed = False
        except sqlite3.DatabaseError as error:
            if not self._failed:
                log.warning("odd frames can't be kept in %s: %s", self._path, error)
            self._failed = True


def read_archive(path: Path, device: str | None = None) -> Iterator[Odd]:
    """Yield what the archive holds, oldest first; nothing where there is none."""
    if not path.is_file():
        return
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=5)) as db:
        rows = db.execute("SELECT device, at, code, detail, raw FROM frames ORDER BY place").fetchall()
    for name, at, code, detail, raw in rows:
        if device in (None, name):
            yield Odd(name, from_ms(at), code, detail, bytes(raw))
