"""Salvage: what can still be read of an unsound state file goes into the new one. It knows tables, not homes or flags.

Each table is read from both ends up to the first page that can't be, and only rows that make sense are taken. Two rules
keep "told twice" on the right side of "never told": homes keep their memories only where all waiting messages could be
read (else a home might believe that it has told what is lost) and all changes since the whole copies of the memories;
and the ledger keeps a flag only if it was receipted or its message was saved (else the same flag, found again, would be
taken for told).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.wire.codec import WireError, decode

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class RepairTable:
    """A table: its columns, those that make its key, and what a row that makes sense looks like."""

    name: str
    columns: tuple[str, ...]
    key: int
    makes_sense: Callable[[Row], bool]


def _are(kinds: Sequence[type | tuple[type, ...]]) -> Callable[[Row], bool]:
    return lambda row: all(isinstance(value, kind) for value, kind in zip(row, kinds, strict=True))


def _is_message(row: Row) -> bool:
    if not _are((int, str, int, str, int, bytes))(row):
        return False
    try:
        return decode(row[5]).message_id == str(row[1])
    except WireError:
        return False


_MAYBE_INT, _MAYBE_TEXT = (int, type(None)), (str, type(None))
OUTBOX = RepairTable("outbox", ("place", "message_id", "rank", "kind", "created", "envelope"), 1, _is_message)
LEDGER = RepairTable(
    "sent_flags",
    ("flag_id", "event", "message_id", "created", "receipted", "status", "detail"),
    2,
    _are((str, str, str, int, _MAYBE_INT, _MAYBE_TEXT, _MAYBE_TEXT)),
)
HOMES = RepairTable("home_state", ("home", "state", "saved_at"), 1, _are((str, bytes, int)))
SINCE = RepairTable("home_since", ("home", "change", "saved_at"), 1, _are((str, bytes, int)))
AWAY = RepairTable("away", ("entry_id", "home", "entry"), 1, _are((str, str, bytes)))
FACTS = RepairTable("facts", ("name", "value"), 1, _are((str, str)))


def repair(unsound: Path, db: sqlite3.Connection) -> str:
    """Copy what can be read of `unsound` into the empty tables of `db`, in one transaction; say how much that was.

    Raises `sqlite3.Error` when `db` does not take it.
    """
    try:
        with closing(sqlite3.connect(f"{unsound.as_uri()}?mode=ro", uri=True, isolation_level=None)) as old:
            messages, all_messages = _read(old, OUTBOX)
            ledger, _ = _read(old, LEDGER)
            since, all_changes = _read(old, SINCE) if _has(old, SINCE) else ([], True)
            homes, _ = _read(old, HOMES) if all_messages and all_changes else ([], False)
            away, facts = _read(old, AWAY)[0], _read(old, FACTS)[0]
    except sqlite3.Error:
        return "nothing of it could be read"
    saved = {row[1] for row in messages}
    ledger = [row for row in ledger if row[4] is not None or row[2] in saved]
    kept = {row[0] for row in homes}
    since = [row for row in since if row[0] in kept]
    found = ((OUTBOX, messages), (LEDGER, ledger), (HOMES, homes), (SINCE, since), (AWAY, away), (FACTS, facts))
    db.execute("BEGIN IMMEDIATE")
    try:
        for table, rows in found:
            marks = ", ".join("?" * len(table.columns))
            names = ", ".join(table.columns)
            db.executemany(f"INSERT OR IGNORE INTO {table.name} ({names}) VALUES ({marks})", rows)  # noqa: S608 - ours
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    return f"{len(messages)} waiting messages and the memories of {len(homes)} homes were saved"


def _has(old: sqlite3.Connection, table: RepairTable) -> bool:
    """Return whether the file is of a version that has the table; raises `sqlite3.Error` when that can't be read."""
    return old.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table.name,)).fetchone() is not None


def _read(old: sqlite3.Connection, table: RepairTable) -> tuple[list[Row], bool]:
    """Return the rows that can be read and make sense, and whether that is all of them."""
    names = ", ".join(table.columns)
    key = ", ".join(table.columns[: table.key])
    found: dict[Row, Row] = {}
    complete = False
    for order in ("ASC", "DESC"):
        keys = key.replace(",", f" {order},")
        with suppress(sqlite3.DatabaseError):
            for row in old.execute(f"SELECT {names} FROM {table.name} ORDER BY {keys} {order}"):  # noqa: S608 - ours
                found[row[: table.key]] = row
            complete = True
            break
    sound = {name: row for name, row in found.items() if table.makes_sense(row)}
    return list(sound.values()), complete and len(sound) == len(found)
