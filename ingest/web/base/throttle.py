"""Throttle: how many attempts somebody has left. Pure: it is told the time and keeps its memory bounded."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(slots=True)
class Throttle:
    """Allows `limit` attempts per key within any `window`; remembers at most `memory` keys, dropping the oldest."""

    limit: int
    window: timedelta
    memory: int = 10_000
    _attempts: OrderedDict[str, list[datetime]] = field(default_factory=OrderedDict)

    def wait(self, key: str, now: datetime) -> timedelta | None:
        """Count an attempt and return None, or return how long `key` has to wait; a refused attempt is not counted."""
        recent = [at for at in self._attempts.get(key, ()) if now - at < self.window]
        if len(recent) >= self.limit:
            self._attempts[key] = recent
            return recent[0] + self.window - now
        self._attempts[key] = [*recent, now]
        self._attempts.move_to_end(key)
        while len(self._attempts) > self.memory:
            self._attempts.popitem(last=False)
        return None

    def forget(self, key: str) -> None:
        """Wipe the slate of `key`, after an attempt that succeeded."""
        self._attempts.pop(key, None)
