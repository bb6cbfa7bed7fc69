"""Places: what the homes of a gateway have in common, and the common causes among their flags. No I/O but one fact.

Held back flags are part of what must not be lost: whoever takes `sift`'s answer saves `memory` in the same commit.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from models.flag import Flag
from models.household.common_cause.common_cause import (
    FOLDED,
    CauseScope,
    CommonCauseState,
    empty,
    fold,
    move,
    next_wake,
)
from models.household.common_cause.memory import PlaceMemoryError, dump_places, load_places

log = logging.getLogger(__name__)

FACT = "places"
"""The fact under which the memory is kept."""


class CommonCauses:
    """The places of one gateway; without any, every flag goes out as it is."""

    def __init__(self, places: Sequence[CauseScope] = (), zone: tzinfo = UTC) -> None:
        self._state = CommonCauseState(tuple(places), zone)
        self.changed = False

    def sift(self, flags: Iterable[Flag], now: datetime) -> list[Flag]:
        """Return what is to be sent now; the rest waits, ten minutes at most. Smoke never comes near the waiting."""
        out: list[Flag] = []
        held: list[Flag] = []
        for flag in flags:
            (held if flag.kind in FOLDED else out).append(flag)
        if not held and not self.due(now):
            return out
        before = list(self._state.waiting), dict(self._state.going)
        out += fold(self._state, held, now)
        self.changed |= before != (self._state.waiting, self._state.going)
        return out

    def due(self, now: datetime) -> bool:
        """Return whether something that waits may have to go out; so it is after the clock was set back too."""
        wake = next_wake(self._state)
        return wake is not None and (wake <= now or any(flag.at > now for flag in self._state.waiting))

    def leap(self, by: timedelta) -> None:
        """Say that the clock was set by so much: what waits goes on waiting as long as it would have."""
        move(self._state, by)
        self.changed |= bool(self._state.waiting or self._state.going)

    def empty(self) -> list[Flag]:
        """Return everything that waits, as it is: at the end of a recording."""
        return empty(self._state)

    def memory(self) -> str:
        """Return what waits and goes on, to be saved under `FACT`."""
        return dump_places(self._state)

    def recall(self, memory: str | None, episodes: Iterable[str]) -> bool:
        """Put back what `memory` told; `episodes` still go on in the homes. False when it can't be read."""
        try:
            if memory is not None:
                load_places(memory, self._state, frozenset(episodes))
        except PlaceMemoryError as error:
            log.warning("%s: starting anew", error)
            return False
        return True
