"""Pipeline: what the homes decided and what must be sent, in one commit, before anything else happens.

A flag is in the outbox together with the memory that it was raised, or neither is there: killed at any moment, the
gateway neither forgets a flag nor raises it twice. While the disk takes nothing, flags are kept in memory and sent from
there, every later call tries to write them, and the status says so.

What is no flag is written seldom, to spare the card: memories with the next `save`, summaries only if they have no
receipt by then. A power cut costs what was learned since, never a flag.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from types import MappingProxyType

from gateway.clock import Clock, to_ms
from gateway.outbox.outbox import Outbox
from gateway.outbox.post import EnvelopeWriter
from gateway.outbox.priority import Rank
from gateway.state.facts import FactStore
from gateway.state.store import Store
from gateway.watch.clockwatch import TIMELESS, ClockWatch
from gateway.watch.common_causes import FACT as PLACES
from gateway.watch.common_causes import CommonCauses
from gateway.watch.habits import FACT as HABITS
from gateway.watch.habits import counts_of, week_due
from gateway.watch.homes import save_states
from gateway.watch.tuning import FACT as TUNING
from gateway.watch.watcher import Watcher
from models.flag import Flag
from models.household.health.legibility import Legibility
from models.household.settings import HomeSettings
from models.reading import Reading
from models.wire.codec import write_down
from models.wire.messages import AwayChanged, SettingsChanged, UsageSummary

NO_SNAPSHOTS: Mapping[str, str] = MappingProxyType({})
_IN_FLIGHT = timedelta(minutes=5)
"""So long after a leap a reading may still come that was dated before it."""
LEDGER = "ledger"
"""The fact under which the revision of the away ledger is kept."""


class Pipeline:
    """From readings to the outbox."""

    def __init__(
        self,
        *,
        store: Store,
        facts: FactStore,
        outbox: Outbox,
        post: EnvelopeWriter,
        watcher: Watcher,
        clock: Clock,
        clockwatch: ClockWatch,
        places: CommonCauses | None = None,
    ) -> None:
        self._store = store
        self._facts = facts
        self._outbox = outbox
        self._post = post
        self._watcher = watcher
        self._clock = clock
        self._clockwatch = clockwatch
        self._places = places or CommonCauses()
        self._unsaved: list[Flag] = []
        self._decided: set[str] = set()
        self.readings = 0
        self.flags = 0
        self.flagged: set[str] = set()
        self._leapt: tuple[datetime, timedelta] | None = None

    def observe(self, readings: Iterable[Reading], now: datetime) -> None:
        """Take in what a device said, in its order; `now` is when it reached us, not before the readings' own times.

        While the clock is not to be believed only smoke is taken in: whatever else was told at a wrong hour could
        never be put right.
        """
        heard = [self._dated(reading, now) for reading in readings]
        self.readings += len(heard)
        told = [one for one in heard if self._clockwatch.trusted or one.quantity in TIMELESS]
        for place, reading in enumerate(told, 1):
            self._keep(self._watcher.observe(reading, now, is_last=place == len(told)), now)

    def note_message(self, device: str, legible: Legibility, now: datetime) -> None:
        """Take in whether a detector's message could be read; that counts whatever the hour."""
        self._keep(self._watcher.note_message(device, legible, now), now)

    def leap(self, by: timedelta, now: datetime) -> None:
        """Say that the clock was set by so much and shows `now`: durations stay, in the homes and in what waits."""
        self._leapt = (now, by)
        self._watcher.leap(by)
        self._places.leap(by)
        try:
            self._outbox.leap(by // timedelta(milliseconds=1))
        except sqlite3.DatabaseError as error:
            self._facts.refused(error)
        self.save()

    def _dated(self, reading: Reading, now: datetime) -> Reading:
        """Return a reading that was dated before the clock was set as it would be dated now."""
        if self._leapt is None:
            return reading
        leapt, by = self._leapt
        if reading.at > now or (by > timedelta() and reading.at < leapt and now - leapt < _IN_FLIGHT):
            return replace(reading, at=min(reading.at + by, now))
        return reading

    def due(self, now: datetime) -> list[str]:
        """Return the homes in which something may follow from the time alone."""
        return self._watcher.due(now)

    def tick(self, home: str, now: datetime) -> None:
        """Let time pass in one home; over its smoke detectors alone while the clock is not to be believed."""
        tick = self._watcher.tick_home if self._clockwatch.trusted else self._watcher.tick_smoke
        self._keep(tick(home, now), now)

    def tell(self, flags: list[Flag], fact: tuple[str, str]) -> None:
        """Send flags about the gateway itself, and write with them the fact that follows; without flags nothing."""
        if flags:
            self._facts.hold(*fact)
            self._unsaved += flags
            self._commit(all_homes=False)

    def let_go(self, now: datetime) -> None:
        """Send what was held back for a common cause and is due, and write what the disk refused, if there is any."""
        self._keep([], now)

    def tell_away(self, changed: AwayChanged, now: datetime) -> None:
        """Write the ledger's news into the homes; they are saved at once."""
        self._keep(self._watcher.tell_away(changed.entries, now, whole=changed.revision is not None), now)
        self.save()
        if changed.revision is not None and self._facts.disk_trouble is None:
            self._facts.remember(LEDGER, changed.revision)

    def tell_settings(self, changed: SettingsChanged, settings: Mapping[str, HomeSettings], now: datetime) -> None:
        """Watch the homes by what ingest has set, and write it down; once it is on the disk, it is in force."""
        self._watcher.retune(settings, now)
        self.save()
        self._facts.remember(TUNING, write_down(changed))

    def tell_habits(self, today: date) -> None:
        """Queue the newest week's added habits, once; a week of too few homes is settled without a word."""
        monday = week_due(today, self._facts.recall(HABITS))
        if monday is None:
            return
        counts = counts_of(self._watcher.states.values(), monday)
        settled = (HABITS, monday.isoformat())
        if counts is None:
            self._facts.remember(*settled)
        else:
            self._post.put_week(counts, settled)

    def save(self, snapshots: Mapping[str, str] = NO_SNAPSHOTS) -> None:
        """Write the memories of every home that changed, `snapshots`, and what is only in memory: one commit."""
        self._commit(all_homes=True, snapshots=snapshots)

    def summarize(self) -> None:
        """Queue the hours that were finished or have changed, for the charts; the next `save` may write them."""
        drained = self._watcher.drain_hours()
        for home, hours in drained.items():
            self._post.hold(Rank.SUMMARY, UsageSummary(home, list(hours)))
        if drained:
            self._post.on_sent()

    def forget(self, before: datetime) -> None:
        """Forget the ledger's lines of flags that were receipted before."""
        try:
            self._outbox.prune(to_ms(before))
        except sqlite3.DatabaseError as error:
            self._facts.refused(error)

    def _keep(self, flags: list[Flag], now: datetime) -> None:
        homes = {flag.home for flag in flags}
        self.flagged |= homes
        self._decided |= homes
        if flags or self._places.due(now):
            self._unsaved += self._places.sift(flags, now)
        if self._unsaved or self._decided or self._places.changed or self._facts.are_waiting:
            self._commit(all_homes=False)

    def _commit(self, *, all_homes: bool, snapshots: Mapping[str, str] = NO_SNAPSHOTS) -> None:
        changed = self._watcher.take_changed()
        flags = self._unsaved
        # a home that decided is saved with its flag, in the outbox or held back, or neither is
        homes = changed if all_homes else changed & self._decided
        self._watcher.mark_changed(changed - homes)
        if not (homes or flags or snapshots or self._places.changed or self._facts.are_waiting):
            return
        try:
            with self._store.transaction() as db:
                save_states(db, self._watcher.states, homes, to_ms(self._clock.wall()))
                self._facts.write_down(snapshots)
                if self._places.changed:
                    self._store.remember(PLACES, self._places.memory())
                self._outbox.write_down(db)
                for flag in flags:
                    self._post.put_flag(db, flag)
        except sqlite3.DatabaseError as error:
            self._watcher.mark_changed(homes)
            self._facts.refused(error)
            for flag in flags:
                self._post.hold_flag(flag)
            self._sent(flags)
            return
        self._outbox.written()
        self._facts.written()
        self._decided = set()
        self._places.changed = False
        self._sent(flags)

    def _sent(self, flags: list[Flag]) -> None:
        self._unsaved = []
        if flags:
            self.flags += len(flags)
            self._post.on_sent()
