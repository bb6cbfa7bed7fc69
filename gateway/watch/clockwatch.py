"""Clock watch: is a leap of the system's clock to be believed, and is the gateway's own time? Pure.

A Pi has no battery clock and starts in the past; a receiver of time can be wrong by 1024 weeks, and a hand by hours.
Durations are not at stake: the gateway's time does not leap by itself (`gateway.clock`). What is decided here is which
hour to write on things: a leap counts once ingest, or else the system's time service, says so.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from models.quantity import Quantity

NOT_BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
"""This code did not exist before: a clock that shows an earlier time has not been set yet."""
NOT_AFTER = datetime(2038, 1, 1, tzinfo=UTC)
"""Nobody runs this code for so long: a clock that shows a later time was set wrong, whoever says that it was right."""
_JUMP_S = 60.0
_SAME = timedelta(minutes=2)
_WORD_COUNTS_S = 600.0
"""So long after ingest has said what time it is, the monotonic clock knows it from that."""

TIMELESS = frozenset({Quantity.SMOKE, Quantity.SMOKE_COUNT, Quantity.SMOKE_TEST, Quantity.SMOKE_SILENCED})
"""What counts whatever the hour: smoke does not wait for the time service."""


class ClockWatch:
    """Compares the system's clock with one that nobody can set. `jumps` counts how often it was set.

    `trusted`: the gateway's time may be used. `is_certain`: nobody contradicts it. `believes`: the leap is true.
    """

    def __init__(self) -> None:
        self._last: tuple[datetime, float] | None = None
        self._word: tuple[datetime, float] | None = None
        self.trusted = False
        self.believes = False
        self.ahead = timedelta()
        self.jumps = 0

    @property
    def is_certain(self) -> bool:
        """Whether the gateway's time is set, and the system's clock shows the same."""
        return self.trusted and not self.ahead

    def note(
        self, shown: datetime, monotonic: float, *, ahead: timedelta = timedelta(), synced: bool | None = None
    ) -> bool:
        """Look at both clocks; return whether the gateway's time is to be believed.

        `shown` is the system's clock, `ahead` how far it has leapt from the gateway's, `synced` whether the system's
        time service vouches for it (None: nobody can tell).
        """
        if self._last is not None:
            last_shown, last_monotonic = self._last
            drift = (shown - last_shown).total_seconds() - (monotonic - last_monotonic)
            if abs(drift) > _JUMP_S:
                self.jumps += 1
        self._last = (shown, monotonic)
        self.ahead = ahead
        is_possible = NOT_BEFORE <= shown <= NOT_AFTER
        if not ahead:
            self.believes = False
            self.trusted = is_possible
        elif not self.trusted:
            # the first hour that can be true is taken: there is none to lose
            self.believes = is_possible
        else:
            self.believes = is_possible and self._is_vouched(shown, monotonic, synced)
        return self.trusted

    def hear(self, word: datetime, monotonic: float) -> None:
        """Take in what time it is for ingest, at `monotonic`: said just now, and not lain anywhere."""
        self._word = (word, monotonic)

    def trouble(self) -> str | None:
        """Return what is wrong, in words, None while all is well."""
        if not self.trusted:
            return "clock: not set yet; only smoke counts"
        if self.ahead:
            hours = self.ahead.total_seconds() / 3600.0
            return f"clock: the system's has leapt by {hours:+.1f} h, nobody vouches for it, and it is not followed"
        return None

    def _is_vouched(self, shown: datetime, monotonic: float, synced: bool | None) -> bool:
        if self._word is not None and monotonic - self._word[1] <= _WORD_COUNTS_S:
            told = self._word[0] + timedelta(seconds=monotonic - self._word[1])
            if abs(shown - told) <= _SAME:
                return True
            if abs(shown - self.ahead - told) <= _SAME:
                return False
        return bool(synced)
