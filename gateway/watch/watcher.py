"""Watcher: readings and passing time in, flags out, for all homes of a gateway. No I/O, no clock; replay uses it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from models.flag import Flag
from models.household import panel
from models.household.health.legibility import Legibility
from models.household.settings import HomeSettings
from models.household.state import HomeState
from models.reading import Reading
from models.wire.messages import AwayEntry, HomeWatchState, HourUse

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(minutes=1)
"""In the readings' time: how often the homes are looked at when nothing wakes them earlier."""


class Watcher:
    """The homes' states, and which of them have changed since `take_changed`."""

    def __init__(self, states: Mapping[str, HomeState], home_of: Mapping[str, str]) -> None:
        self.states = dict(states)
        self._home_of = dict(home_of)
        self._changed: set[str] = set()
        self.strangers = 0

    def observe(self, reading: Reading, now: datetime, *, is_last: bool = True) -> list[Flag]:
        """Take in one reading; one of a device that belongs to no home is counted and leads to nothing.

        `is_last`: no other reading of the same message follows.
        """
        home = self._home_of.get(reading.device)
        state = self.states.get(home) if home is not None else None
        if home is None or state is None:
            self.strangers += 1
            return []
        self._changed.add(home)
        return panel.observe(state, reading, now, is_last=is_last)

    def note_message(self, device: str, legible: Legibility, now: datetime) -> list[Flag]:
        """Take in whether a detector's message could be read."""
        home = self._home_of.get(device)
        state = self.states.get(home) if home is not None else None
        if home is None or state is None:
            return []
        flags = panel.note_message(state, device, legible, now)
        if flags:
            self._changed.add(home)
        return flags

    def tick(self, now: datetime) -> list[Flag]:
        """Let time pass in every home whose time has come."""
        return [flag for home in self.due(now) for flag in self.tick_home(home, now)]

    def due(self, now: datetime) -> list[str]:
        """Return the homes whose time has come."""
        return [home for home, state in self.states.items() if panel.next_wake(state) <= now]

    def tick_home(self, home: str, now: datetime) -> list[Flag]:
        """Let time pass in one home."""
        self._changed.add(home)
        return panel.tick(self.states[home], now)

    def tick_smoke(self, home: str, now: datetime) -> list[Flag]:
        """Let time pass over the smoke detectors of one home alone."""
        flags = panel.tick_smoke(self.states[home], now)
        if flags:
            self._changed.add(home)
        return flags

    def next_wake(self, now: datetime) -> datetime:
        """Return when `tick` should be called again: never later than a minute after `now`."""
        return min((panel.next_wake(state) for state in self.states.values()), default=now + TICK)

    def tell_away(self, entries: Iterable[AwayEntry], now: datetime, *, whole: bool = False) -> list[Flag]:
        """Write entries of the away ledger; those of other homes are ignored.

        `whole`: there are no others, so that what is remembered and not among them was revoked.
        """
        flags: list[Flag] = []
        told = list(entries)
        for entry in [*(self._gone(told) if whole else []), *told]:
            state = self.states.get(entry.home)
            if state is not None:
                flags += panel.tell_away(state, entry, now)
                self._changed.add(entry.home)
        return flags

    def _gone(self, told: Iterable[AwayEntry]) -> list[AwayEntry]:
        """Return the remembered entries that are not among `told`, as revoked ones."""
        ids = {entry.entry_id for entry in told}
        return [
            AwayEntry(span.entry_id, home, EPOCH, None, "", revoked=True)
            for home, state in self.states.items()
            for span in state.away
            if span.entry_id not in ids
        ]

    def retune(self, settings: Mapping[str, HomeSettings], now: datetime) -> None:
        """Watch homes by other settings from now on."""
        for home, one in settings.items():
            if home in self.states:
                panel.retune(self.states[home], one, now)
                self._changed.add(home)

    def leap(self, by: timedelta) -> None:
        """Say that the clock was set by so much: in no home has anything lasted longer or shorter because of that."""
        for state in self.states.values():
            panel.leap(state, by.total_seconds())
        self._changed |= self.states.keys()

    def resume(self, now: datetime) -> None:
        """Say that nobody was asked until `now`."""
        for state in self.states.values():
            panel.resume(state, now)
        self._changed |= self.states.keys()

    def renew(self, home: str, state: HomeState) -> None:
        """Put a new state in the place of a home's old one."""
        self.states[home] = state
        self._changed.add(home)

    def take_changed(self) -> set[str]:
        """Return the homes that changed since the last call, and forget that they did."""
        changed, self._changed = self._changed, set()
        return changed

    def mark_changed(self, homes: Iterable[str]) -> None:
        """Remember again that these homes are to be saved: the last attempt failed."""
        self._changed |= set(homes)

    def drain_hours(self) -> dict[str, list[HourUse]]:
        """Return the hours that were finished or changed, by home, and forget them."""
        drained = {home: panel.drain_hours(state) for home, state in self.states.items()}
        self._changed |= {home for home, hours in drained.items() if hours}
        return {home: hours for home, hours in drained.items() if hours}

    def watch_states(self, now: datetime) -> list[HomeWatchState]:
        """Return how well each home is watched."""
        return [panel.watch_state(state, now) for state in self.states.values()]
