"""Homes: which device belongs to which home, how each home is to be watched, and its memories to and from the store."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.watch.changes import change_of, changed
from models.household import panel
from models.household.settings import HomeSettings
from models.household.state import HomeState

log = logging.getLogger(__name__)

_WHOLE_AGAIN = 8
"""A change that is longer than this part of the memory makes way for a new whole copy."""


@dataclass(frozen=True, slots=True)
class HomeRoster:
    """The homes of this gateway and the home of every device."""

    homes: Mapping[str, HomeSettings]
    home_of: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Loaded:
    """States by home; `fresh` are those that begin with nothing, `unreadable` those whose memories were lost."""

    states: dict[str, HomeState]
    fresh: tuple[str, ...]
    unreadable: tuple[str, ...]


def load_states(db: sqlite3.Connection, roster: HomeRoster, now: datetime) -> Loaded:
    """Return the state of every home: remembered, or new as of `now`. A memory that can't be read is started anew."""
    rows = {str(home): bytes(state) for home, state in db.execute("SELECT home, state FROM home_state")}
    changes = {str(home): bytes(change) for home, change in db.execute("SELECT home, change FROM home_since")}
    states: dict[str, HomeState] = {}
    fresh: list[str] = []
    unreadable: list[str] = []
    for home, settings in roster.homes.items():
        if home in rows:
            try:
                memory = changed(rows[home], changes[home]) if home in changes else rows[home]
                states[home] = panel.load(memory, settings)
                panel.resume(states[home], now)
                continue
            except ValueError as error:
                log.warning("memories of home %s can't be read (%s): starting anew", home, error)
                unreadable.append(home)
        states[home] = panel.new_home(home, settings, now)
        fresh.append(home)
    return Loaded(states, tuple(fresh), tuple(unreadable))


def last_saved_ms(db: sqlite3.Connection) -> int | None:
    """Return when a home was saved last, None if none ever was."""
    query = "SELECT max(saved_at) FROM (SELECT saved_at FROM home_state UNION ALL SELECT saved_at FROM home_since)"
    row = db.execute(query).fetchone()
    return None if row[0] is None else int(row[0])


def save_states(db: sqlite3.Connection, states: Mapping[str, HomeState], homes: Iterable[str], at_ms: int) -> None:
    """Write the memories of `homes` inside the caller's transaction: what has changed, while that is little."""
    for home in homes:
        memory = panel.dump(states[home])
        row = db.execute("SELECT state FROM home_state WHERE home = ?", (home,)).fetchone()
        change = None if row is None else change_of(bytes(row[0]), memory)
        if change is not None and len(change) * _WHOLE_AGAIN <= len(memory):
            db.execute(
                "INSERT INTO home_since (home, change, saved_at) VALUES (?, ?, ?)"
                " ON CONFLICT (home) DO UPDATE SET change = excluded.change, saved_at = excluded.saved_at",
                (home, change, at_ms),
            )
            continue
        db.execute(
            "INSERT INTO home_state (home, state, saved_at) VALUES (?, ?, ?)"
            " ON CONFLICT (home) DO UPDATE SET state = excluded.state, saved_at = excluded.saved_at",
            (home, memory, at_ms),
        )
        db.execute("DELETE FROM home_since WHERE home = ?", (home,))
