"""Ends: what the ingester's database holds, read from outside by SQLite's own reader or PostgreSQL's own `psql`."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

_PATIENCE_S = 30


class EndDatabase(Protocol):
    """A database that can be asked, or is away: then `OSError`."""

    def rows(self, question: str) -> list[tuple[str, ...]]:
        """Return the rows as text."""


@dataclass(frozen=True, slots=True)
class SqliteEnd:
    """The ingester's file."""

    path: Path

    def rows(self, question: str) -> list[tuple[str, ...]]:
        """Return the rows as text; raises `OSError`."""
        try:
            with closing(sqlite3.connect(f"{self.path.as_uri()}?mode=ro", uri=True, timeout=5)) as db:
                return [tuple(str(value) for value in row) for row in db.execute(question)]
        except sqlite3.Error as error:
            raise OSError(f"{self.path}: {error}") from error


@dataclass(frozen=True, slots=True)
class PostgresEnd:
    """The ingester's database on a server; `psql` asks."""

    psql: Path
    url: str

    def rows(self, question: str) -> list[tuple[str, ...]]:
        """Return the rows as text; raises `OSError`."""
        try:
            done = subprocess.run(  # noqa: S603 - our own questions
                [self.psql, "-AtqX", "-F", "\t", "-c", question, self.url],
                capture_output=True,
                text=True,
                timeout=_PATIENCE_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise OSError("psql gives no answer") from error
        if done.returncode != 0:
            raise OSError(f"psql: {done.stderr.strip()}")
        return [tuple(line.split("\t")) for line in done.stdout.splitlines()]


def flags_told(end: EndDatabase) -> dict[tuple[str, str], int]:
    """Return how many smoke flags there are of each home and event."""
    counts = "SELECT home_id, event, count(*) FROM flags WHERE kind = 'smoke' GROUP BY 1, 2"
    return {(home, event): int(n) for home, event, n in end.rows(counts)}


LOOSE = {
    "a flag without a ticket": "SELECT flag_id FROM flags WHERE ticket_id IS NULL AND event = 'raised'",
    "two live tickets of one matter": (
        "SELECT coalesce(home_id, subject, '') FROM tickets WHERE status IN ('open', 'offered', 'taken', 'on_site')"
        " AND (home_id IS NOT NULL OR condition = 'active')"  # what is over about a gateway may be told of anew
        " GROUP BY coalesce(home_id, subject, ''), kind HAVING count(*) > 1"
    ),
    "an episode of two tickets": (
        "SELECT episode FROM flags GROUP BY gateway_id, episode HAVING count(DISTINCT ticket_id) > 1"
    ),
    "a live ticket without a deadline": "SELECT ticket_id FROM tickets WHERE status <> 'closed' AND due_at IS NULL",
    "a message taken twice": "SELECT message_id FROM flags GROUP BY gateway_id, message_id HAVING count(*) > 1",
}
"""What must never be found in the database: what it would mean, and the question that finds it."""


def loose_ends(end: EndDatabase) -> list[str]:
    """Return what is wrong in the database itself."""
    return [f"{what}: {row[0]}" for what, question in LOOSE.items() for row in end.rows(question)]


def ticket_count(end: EndDatabase) -> int:
    """Return how many tickets there are."""
    return int(end.rows("SELECT count(*) FROM tickets")[0][0])
