"""Facts: short words under a name in the state file, and whether that file takes writes. It knows no word's meaning.

While the disk refuses, facts wait in memory; who commits next writes them with its own rows (`write_down`, `written`).
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping

from gateway.state.store import Store

log = logging.getLogger(__name__)


class FactStore:
    """The small store of names and words. `disk_trouble` says why the file takes no writes, None while it does."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: dict[str, str] = {}
        self.disk_trouble: str | None = None

    @property
    def are_waiting(self) -> bool:
        """Whether a fact is in memory only."""
        return bool(self._waiting)

    def recall(self, name: str) -> str | None:
        """Return the newest word of a name, None if there is none."""
        return self._waiting.get(name) or self._store.fact(name)

    def stored(self, name: str) -> str | None:
        """Return the word that the file has: what a power cut leaves."""
        return self._store.fact(name)

    def remember(self, name: str, value: str) -> None:
        """Write a fact into the state file, later if it takes no writes now."""
        try:
            with self._store.transaction():
                self._store.remember(name, value)
            self._waiting.pop(name, None)
        except sqlite3.DatabaseError as error:
            self.refused(error)
            self._waiting[name] = value

    def hold(self, name: str, value: str) -> None:
        """Keep a fact in memory for the next commit."""
        self._waiting[name] = value

    def write_down(self, snapshots: Mapping[str, str]) -> None:
        """Write what waits, and `snapshots`, inside the caller's transaction; then the caller says `written`."""
        for name, text in snapshots.items():
            self._store.snapshot(name, text)
        for name, value in self._waiting.items():
            self._store.remember(name, value)

    def written(self) -> None:
        """Note that a commit with everything that waited has succeeded."""
        self._waiting = {}
        if self.disk_trouble is not None:
            log.info("the state file takes writes again")
            self.disk_trouble = None

    def refused(self, error: sqlite3.DatabaseError) -> None:
        """Note that the file took no write; the log hears of the first only."""
        if self.disk_trouble is None:
            log.error("the state file takes no writes (%s): flags are sent from memory; is the disk full?", error)
        self.disk_trouble = f"the state file takes no writes: {error}"
