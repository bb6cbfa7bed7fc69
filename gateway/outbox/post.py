"""Post: wraps what this run has to say into envelopes and puts them into the outbox. It decides nothing.

A message that is not a flag may carry a fact (that it was sent): both are in one commit.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from gateway.clock import Clock
from gateway.outbox.outbox import Outbox
from gateway.outbox.priority import Rank, rank_of
from gateway.state.facts import FactStore
from gateway.state.store import Store
from models.flag import Flag
from models.wire.codec import flag_body, kind_of, write_body
from models.wire.envelope import Envelope
from models.wire.messages import Body, HabitCounts, Heartbeat

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


class MessageWriter(Protocol):
    """What parts see of the `EnvelopeWriter` that have a message and a fact to write in one commit."""

    def put(self, rank: Rank, body: Body, fact: tuple[str, str] | None = None, message_id: str | None = None) -> None:
        """Queue a message and write a fact in one commit."""


class EnvelopeWriter:
    """Everything that leaves the gateway passes here. `on_sent` wakes whoever empties the outbox."""

    def __init__(
        self,
        *,
        store: Store,
        facts: FactStore,
        outbox: Outbox,
        sender: Sender,
        clock: Clock,
        on_sent: Callable[[], None] = lambda: None,
        is_certain: Callable[[], bool] = lambda: True,
    ) -> None:
        """`on_sent` may be set later: the uplink needs parts that need the post. `is_certain`: what hour it is."""
        self._store = store
        self._facts = facts
        self._outbox = outbox
        self._sender = sender
        self._clock = clock
        self.on_sent = on_sent
        self._is_certain = is_certain

    def put(self, rank: Rank, body: Body, fact: tuple[str, str] | None = None, message_id: str | None = None) -> None:
        """Queue a message that is not a flag, and write a fact with it; what the disk refuses is written later."""
        envelope = self._sender.envelope(body, self._clock.wall(), message_id)
        try:
            with self._store.transaction() as db:
                self._outbox.put(db, rank, envelope)
                if fact is not None:
                    self._store.remember(*fact)
        except sqlite3.DatabaseError as error:
            self._facts.refused(error)
            self._outbox.hold(rank, envelope)
            if fact is not None:
                self._facts.hold(*fact)
        self.on_sent()

    def put_week(self, counts: HabitCounts, fact: tuple[str, str]) -> None:
        """Queue a week's counts, which are one message however often they are put, and write that they were."""
        self.put(Rank.COUNTS, counts, fact, self._sender.week_message_id(counts.week))

    def hold(self, rank: Rank, body: Body) -> None:
        """Queue a message that is not a flag in memory; the next commit of somebody else writes it."""
        self._outbox.hold(rank, self._sender.envelope(body, self._clock.wall()))

    def beat(self, body: Heartbeat) -> None:
        """Send a heartbeat, whatever the disk does; it is never written."""
        self.hold(Rank.HEARTBEAT, body)
        self.on_sent()

    def put_flag(self, db: sqlite3.Connection, flag: Flag) -> None:
        """Queue a flag inside the caller's transaction; after its commit the caller says `on_sent`."""
        self._outbox.put_flag(db, flag.flag_id, flag.event.value, rank_of(flag), self._envelope(flag))

    def hold_flag(self, flag: Flag) -> None:
        """Queue a flag in memory while the disk takes nothing."""
        self._outbox.hold_flag(flag.flag_id, flag.event.value, rank_of(flag), self._envelope(flag))

    def _envelope(self, flag: Flag) -> Envelope:
        body = replace(flag_body(flag), clock_trusted=self._is_certain())
        return self._sender.envelope(body, self._clock.wall(), self._sender.flag_message_id(flag))
