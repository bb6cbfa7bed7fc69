"""Ledger: the away ledger as a CSV file: home, from, until (empty: not known), ISO 8601 with offset."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

from gateway.replay.rows import TableError
from models.wire.messages import AwayEntry

_COLUMNS = ("home", "from", "until")


def read_ledger(path: Path) -> list[AwayEntry]:
    """Return the entries in order of their beginning; raises `TableError`, or OSError when it can't be read."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.DictReader(file)
        names = lines.fieldnames or []
        missing = [name for name in _COLUMNS if name not in names]
        if missing:
            raise TableError(path, 1, missing[0], f"there is no such column; the file needs {', '.join(_COLUMNS)}")
        entries = [_entry(path, number, cells) for number, cells in enumerate(lines, start=2)]
    return sorted(entries, key=lambda entry: entry.since)


def _entry(path: Path, number: int, cells: dict[str, str | None]) -> AwayEntry:
    home = (cells["home"] or "").strip()
    if not home:
        raise TableError(path, number, "home", "it is empty; say who is away")
    since = _time(path, number, "from", cells["from"])
    until = _time(path, number, "until", cells["until"]) if (cells["until"] or "").strip() else None
    if since is None:
        raise TableError(path, number, "from", "it is empty; write it as 2026-01-31T07:05:00+08:00")
    if until is not None and until <= since:
        raise TableError(path, number, "until", "it is not after from; leave it empty if nobody knows")
    return AwayEntry(f"{path.name}:{number}", home, since, until, "replay")


def _time(path: Path, number: int, column: str, text: str | None) -> datetime | None:
    try:
        at = datetime.fromisoformat((text or "").strip())
    except ValueError:
        raise TableError(path, number, column, f"{text!r} is not an ISO 8601 time with offset") from None
    if at.tzinfo is None:
        raise TableError(path, number, column, f"{text!r} has no offset; write it as 2026-01-31T07:05:00+08:00")
    return at.astimezone(UTC)
