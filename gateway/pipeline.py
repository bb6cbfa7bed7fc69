"""Pipeline: what the homes decided and what must be sent, in one commit, before anything else happens.

A flag is in the outbox together with the memory that it was raised, or neither is there: killed at any moment, the
gateway neither forgets a flag nor raises it twice. While the disk takes nothing, flags are kept in memory and sent from
there, every later call tries to write them, and the status says so.

What is no flag is written seldom, to spare the card: memories with the next `save`, summaries only if they have no
receipt by then. A power cut costs what was learned since, never a flag.
"""

from __future__ import annotations

import logging
import sqlite3
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

from gateway.clock import Clock, to_ms
from gateway.outbox.outbox import Outbox
from gateway.outbox.priority import Rank, rank_of
from gateway.state.store import Store
from gateway.watch.clockwatch import TIMELESS, ClockWatch
from gateway.watch.common_causes import FACT as PLACES
from gateway.watch.common_causes import Places
from gateway.watch.habits import FACT as HABITS
from gateway.watch.habits import counts_of, week_due
from gateway.watch.homes import save_states
from gateway.watch.tuning import FACT as TUNING
from gateway.watch.watcher import Watcher
from models.flag import Flag
from models.household.settings import HomeSettings
from models.reading import Reading
from models.wire.codec import flag_body, kind_of, write_body, write_down
from models.wire.envelope import Envelope
from models.wire.messages import AwayChanged, Body, Heartbeat, SettingsChanged, UsageSummary

log = logging.getLogger(__name__)

NO_SNAPSHOTS: Mapping[str, str] = MappingProxyType({})
LEDGER = "ledger"
"""The fact under which the revision of the away ledger is kept."""
_NAMES = uuid.UUID("8f0c1f6e-2d5b-4c0e-9a53-6c7a4d1b0e42")


@dataclass(slots=True)
class Sender:
    """Makes envelopes: who we are, which run this is, and the running number."""

    gateway_id: str
    boot_id: str
    seq: int = 0

    def envelope(self, body: Body, sent_at: datetime, message_id: str | None = None) -> Envelope:
        """Wrap `body`; the message gets a new id unless one is given."""
        self.seq += 1
        return Envelope(
            message_id=message_id or uuid.uuid4().hex,
            gateway_id=self.gateway_id,
            boot_id=self.boot_id,
            seq=self.seq,
            sent_at=sent_at,
            kind=kind_of(body).value,
            body=write_body(body),
        )

    def flag_message_id(self, flag: Flag) -> str:
        """Return the id of a flag's message: the same flag has the same id, even after the state file was lost."""
        return uuid.uuid5(_NAMES, f"{self.gateway_id}/{flag.flag_id}/{flag.event.value}").hex

    def week_message_id(self, week: str) -> str:
        """Return the id of a week's counts: of each week there is one message, even after the state file was lost."""
        return uuid.uuid5(_NAMES, f"{self.gateway_id}/habits/{week}").hex


class Pipeline:
    """From readings to the outbox. `on_flags` is called after the commit."""

    def __init__(
        self,
        *,
        store: Store,
        outbox: Outbox,
        watcher: Watcher,
        sender: Sender,
        clock: Clock,
        clockwatch: ClockWatch,
        on_flags: Callable[[], None],
        places: Places | None = None,
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._watcher = watcher
        self._sender = sender
        self._clock = clock
        self._clockwatch = clockwatch
        self._on_flags = on_flags
        self._places = places or Places()
        self._unsaved: list[Flag] = []
        self._decided: set[str] = set()
        self._facts: dict[str, str] = {}
        self.readings = 0
        self.flags = 0
        self.disk_trouble: str | None = None
        self.flagged: set[str] = set()

    def observe(self, readings: Iterable[Reading], now: datetime) -> None:
        """Take in what a device said, in its order; `now` is when it reached us, not before the readings' own times.

        While the clock is not to be believed only smoke is taken in: whatever else was told at a wrong hour could
        never be put right.
        """
        for reading in readings:
            self.readings += 1
            if self._clockwatch.trusted or reading.quantity in TIMELESS:
                self._keep(self._watcher.observe(reading, now), now)

    def due(self, now: datetime) -> list[str]:
        """Return the homes in which something may follow from the time alone."""
        return self._watcher.due(now)

    def tick(self, home: str, now: datetime) -> None:
        """Let time pass in one home."""
        self._keep(self._watcher.tick_home(home, now), now)

    def tell(self, flags: list[Flag], fact: tuple[str, str]) -> None:
        """Send flags about the gateway itself, and write with them the fact that follows; without flags nothing."""
        if flags:
            self._facts |= dict([fact])
            self._unsaved += flags
            self._commit(all_homes=False)

    def let_go(self, now: datetime) -> None:
        """Send what was held back for a common cause and is due, and write what the disk refused, if there is any."""
        self._keep([], now)

    def tell_away(self, changed: AwayChanged, now: datetime) -> None:
        """Write the ledger's news into the homes; they are saved at once."""
        self._keep(self._watcher.tell_away(changed.entries, now, whole=changed.revision is not None), now)
        self.save()
        if changed.revision is not None and self.disk_trouble is None:
            self.remember(LEDGER, changed.revision)

    def tell_settings(self, changed: SettingsChanged, settings: Mapping[str, HomeSettings], now: datetime) -> None:
        """Watch the homes by what ingest has set, and write it down; once it is on the disk, it is in force."""
        self._watcher.retune(settings, now)
        self.save()
        self.remember(TUNING, write_down(changed))

    def tell_habits(self, today: date) -> None:
        """Queue the newest week's added habits, once; a week of too few homes is settled without a word."""
        monday = week_due(today, self._store.fact(HABITS))
        if monday is None:
            return
        counts = counts_of(self._watcher.states.values(), monday)
        try:
            with self._store.transaction() as db:
                self._store.remember(HABITS, monday.isoformat())
                if counts is not None:
                    name = self._sender.week_message_id(counts.week)
                    self._outbox.put(db, Rank.COUNTS, self._sender.envelope(counts, self._clock.wall(), name))
        except sqlite3.DatabaseError as error:
            self._complain(error)
            return
        if counts is not None:
            self._on_flags()

    def save(self, snapshots: Mapping[str, str] = NO_SNAPSHOTS) -> None:
        """Write the memories of every home that changed, `snapshots`, and what is only in memory: one commit."""
        self._commit(all_homes=True, snapshots=snapshots)

    def summarize(self) -> None:
        """Queue the hours that were finished or have changed, for the charts; the next `save` may write them."""
        drained = self._watcher.drain_hours()
        for home, hours in drained.items():
            self._outbox.hold(Rank.SUMMARY, self._sender.envelope(UsageSummary(home, list(hours)), self._clock.wall()))
        if drained:
            self._on_flags()

    def beat(self, body: Heartbeat) -> None:
        """Send a heartbeat, whatever the disk does; it is never written."""
        self._outbox.hold(Rank.HEARTBEAT, self._sender.envelope(body, self._clock.wall()))
        self._on_flags()

    def put(self, rank: Rank, body: Body, fact: tuple[str, str] | None = None, message_id: str | None = None) -> None:
        """Queue a message that is not a flag, and write a fact with it; what the disk refuses is written later."""
        envelope = self._sender.envelope(body, self._clock.wall(), message_id)
        try:
            with self._store.transaction() as db:
                self._outbox.put(db, rank, envelope)
                if fact is not None:
                    self._store.remember(*fact)
        except sqlite3.DatabaseError as error:
            self._complain(error)
            self._outbox.hold(rank, envelope)
            self._facts |= {} if fact is None else dict([fact])
        self._on_flags()

    def remember(self, name: str, value: str) -> None:
        """Write a fact into the state file, later if it takes no writes now."""
        try:
            with self._store.transaction():
                self._store.remember(name, value)
            self._facts.pop(name, None)
        except sqlite3.DatabaseError as error:
            self._complain(error)
            self._facts[name] = value

    def forget(self, before: datetime) -> None:
        """Forget the ledger's lines of flags that were receipted before."""
        try:
            self._outbox.prune(to_ms(before))
        except sqlite3.DatabaseError as error:
            self._complain(error)

    def _keep(self, flags: list[Flag], now: datetime) -> None:
        homes = {flag.home for flag in flags}
        self.flagged |= homes
        self._decided |= homes
        if flags or self._places.due(now):
            self._unsaved += self._places.sift(flags, now)
        if self._unsaved or self._decided or self._places.changed or self._facts:
            self._commit(all_homes=False)

    def _commit(self, *, all_homes: bool, snapshots: Mapping[str, str] = NO_SNAPSHOTS) -> None:
        changed = self._watcher.take_changed()
        flags = self._unsaved
        # a home that decided is saved with its flag, in the outbox or held back, or neither is
        homes = changed if all_homes else changed & self._decided
        self._watcher.mark_changed(changed - homes)
        if not homes and not flags and not snapshots and not self._places.changed and not self._facts:
            return
        try:
            with self._store.transaction() as db:
                save_states(db, self._watcher.states, homes, to_ms(self._clock.wall()))
                for name, text in snapshots.items():
                    self._store.snapshot(name, text)
                for name, value in self._facts.items():
                    self._store.remember(name, value)
                if self._places.changed:
                    self._store.remember(PLACES, self._places.memory())
                self._outbox.write_down(db)
                for flag in flags:
                    self._outbox.put_flag(db, flag.flag_id, flag.event.value, rank_of(flag), self._envelope(flag))
        except sqlite3.DatabaseError as error:
            self._watcher.mark_changed(homes)
            self._complain(error)
            for flag in flags:
                self._outbox.hold_flag(flag.flag_id, flag.event.value, rank_of(flag), self._envelope(flag))
            self._sent(flags)
            return
        self._outbox.written()
        if self.disk_trouble is not None:
            log.info("the state file takes writes again")
            self.disk_trouble = None
        self._decided = set()
        self._facts = {}
        self._places.changed = False
        self._sent(flags)

    def _sent(self, flags: list[Flag]) -> None:
        self._unsaved = []
        if flags:
            self.flags += len(flags)
            self._on_flags()

    def _envelope(self, flag: Flag) -> Envelope:
        return self._sender.envelope(flag_body(flag), self._clock.wall(), self._sender.flag_message_id(flag))

    def _complain(self, error: sqlite3.DatabaseError) -> None:
        if self.disk_trouble is None:
            log.error("the state file takes no writes (%s): flags are sent from memory; is the disk full?", error)
        self.disk_trouble = f"the state file takes no writes: {error}"
