"""Uplink: takes what the outbox has due to whichever door is open, and takes receipts back.

A message leaves the outbox only when ingest's own sealed receipt names it; that a broker took it means nothing. What
comes down with a wrong seal, for another gateway or of an unknown kind is counted and otherwise ignored.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.clock import Clock, to_ms
from gateway.outbox.outbox import WINDOW, Outbox, Waiting
from gateway.uplink.http_door import DoorShutError, HttpDoor
from models.wire.codec import WireError, decode, read_body
from models.wire.envelope import Envelope
from models.wire.messages import AwayChanged, MessageKind, OnCallChanged, Receipt, SettingsChanged
from models.wire.seal import Direction, seal, unseal

log = logging.getLogger(__name__)

_LONGEST_NAP_S = 5.0
_HTTP_AFTER_S = 3.0
"""The broker may be away for so long before the HTTP door is tried."""
_HTTP_EVERY_TRY = 3
"""With the broker there but no receipts, every so-many-th try of a message goes through the HTTP door as well."""
_FRESH_S = 30.0
_MOST_REMEMBERED = 512
_HTTP_AT_ONCE = 4
"""Each post may take seconds: after so many the outbox is asked again what is most urgent."""


class UplinkDoor(Protocol):
    """The broker's side, as the uplink needs it."""

    @property
    def connected(self) -> bool:
        """Whether sending makes sense now."""

    async def start(
        self,
        on_down: Callable[[bytes], None],
        on_change: Callable[[str | None], None],
        on_ack: Callable[[str | None], None],
    ) -> None:
        """Begin to connect; see `gateway.uplink.mqtt`."""

    def send(self, sealed: bytes) -> bool:
        """Hand over sealed bytes; False when that was not possible."""

    async def stop(self) -> None:
        """Say goodbye."""


@dataclass(slots=True)
class UplinkState:
    """What the status tells of the uplink."""

    broker: str | None = "not reached yet"
    http: str | None = None
    mailbox: str | None = None
    ingest: str | None = None
    disk: str | None = None
    receipts: int = 0
    refused: int = 0
    stray: int = 0
    last_refusal: str | None = None

    def troubles(self) -> list[str]:
        """Return what is wrong now, in words."""
        named = (
            ("broker", self.broker),
            ("broker", self.mailbox),
            ("http door", self.http),
            ("ingest", self.ingest),
            ("state file", self.disk),
        )
        return [f"{name}: {reason}" for name, reason in named if reason]


class Uplink:
    """Sends from the outbox and empties it by receipts."""

    def __init__(
        self,
        *,
        gateway_id: str,
        key: bytes,
        outbox: Outbox,
        clock: Clock,
        door: UplinkDoor,
        fallback: HttpDoor | None,
        on_away: Callable[[AwayChanged], None],
        on_settings: Callable[[SettingsChanged], None],
        on_on_call: Callable[[OnCallChanged], None],
        on_word: Callable[[datetime, float], None] = lambda _said, _at: None,
    ) -> None:
        """`on_word` is told what time it is for ingest, and the monotonic seconds at which that was so."""
        self._gateway_id = gateway_id
        self._key = key
        self._outbox = outbox
        self._clock = clock
        self._door = door
        self._fallback = fallback
        self._on_away = on_away
        self._on_settings = on_settings
        self._on_on_call = on_on_call
        self._on_word = on_word
        self._first_sent: dict[str, float] = {}
        self._some = asyncio.Event()
        self._away_since: float | None = None
        self._stalled = False
        self._beside: asyncio.Task[bool] | None = None
        self.state = UplinkState()

    def wake(self) -> None:
        """Say that something new is in the outbox."""
        self._some.set()

    async def run(self) -> None:
        """Send for ever."""
        self._away_since = self._clock.monotonic()
        await self._door.start(self.take, self._changed, self._acked)
        try:
            while True:
                self._some.clear()
                await self._send_due()
                await self._nap()
        finally:
            if self._beside is not None:
                self._beside.cancel()
            await self._door.stop()

    async def _nap(self) -> None:
        due = self._outbox.next_due(self._clock.monotonic())
        if self._fallback is not None and not self._door.connected:
            due = min(1.0, due if due is not None else 1.0)
        nap = _LONGEST_NAP_S if due is None else min(max(due, 0.02), _LONGEST_NAP_S)
        with suppress(TimeoutError):
            async with asyncio.timeout(nap):
                await self._some.wait()

    def _acked(self, reason: str | None) -> None:
        self.state.mailbox = reason

    def _changed(self, reason: str | None) -> None:
        was, self.state.broker = self.state.broker, reason
        if self._door.connected:
            self._away_since = None
            if was is not None:
                self._outbox.hurry()
        elif self._away_since is None:
            self._away_since = self._clock.monotonic()
        self.wake()

    async def _send_due(self) -> None:
        while True:
            now = self._clock.monotonic()
            use_http = self._fallback is not None and not self._door.connected and self._away_for(now) >= _HTTP_AFTER_S
            if not self._door.connected and not use_http:
                return
            batch = self._outbox.lease(now, _HTTP_AT_ONCE if use_http else WINDOW)
            if not batch or not await self._send_all(batch, use_http):
                return

    async def _send_all(self, batch: list[Waiting], use_http: bool) -> bool:
        """Send a batch; False when a door shut, and then the rest is due again."""
        for number, waiting in enumerate(batch):
            if not await self._send(waiting, use_http):
                self._outbox.give_back(one.message_id for one in batch[number:])
                return False
            if waiting.attempt > 1 and not self._stalled:
                self._stalled = True
                self.state.ingest = "no receipt for what was sent; it is kept and sent again"
                log.warning("ingest gives no receipts: keeping everything and sending again")
        return True

    def _away_for(self, now: float) -> float:
        return 0.0 if self._away_since is None else now - self._away_since

    async def _send(self, waiting: Waiting, use_http: bool) -> bool:
        envelope = self._outbox.to_send(waiting, to_ms(self._clock.wall()))
        sealed = seal(self._key, self._gateway_id, Direction.UP, envelope)
        self._note_sent(waiting.message_id)
        if use_http:
            return await self._post(sealed)
        if waiting.attempt % _HTTP_EVERY_TRY == 0:
            self._post_beside(sealed)
        return self._door.send(sealed)

    def _note_sent(self, message_id: str) -> None:
        self._first_sent.setdefault(message_id, self._clock.monotonic())
        if len(self._first_sent) > _MOST_REMEMBERED:
            del self._first_sent[next(iter(self._first_sent))]

    def _post_beside(self, sealed: bytes) -> None:
        """Try the second way too, one message at a time and beside the first: a door that hangs holds up nothing."""
        if self._fallback is not None and (self._beside is None or self._beside.done()):
            self._beside = asyncio.create_task(self._post(sealed), name="second way")

    async def _post(self, sealed: bytes) -> bool:
        assert self._fallback is not None
        try:
            answer = await asyncio.to_thread(self._fallback.post, sealed)
        except DoorShutError as error:
            if self.state.http is None:
                log.warning("http door: %s", error)
            self.state.http = str(error)
            return False
        self.state.http = None
        self.take(answer)
        return True

    def take(self, sealed: bytes) -> None:
        """Take sealed bytes that came down. Never raises for what somebody else wrote."""
        try:
            sender, data = unseal(self._key_of, Direction.DOWN, sealed)
            envelope = decode(data)
            self._act(envelope, sender)
        except sqlite3.DatabaseError as error:
            # the receipt could not be noted: the message stays, is sent again and gets another receipt
            self.state.disk = f"a receipt could not be noted: {error}"
        except WireError as error:
            self.state.stray += 1
            if self.state.stray == 1:
                log.warning("something came down that is not for us: %s", error)

    def _key_of(self, gateway_id: str) -> bytes | None:
        return self._key if gateway_id == self._gateway_id else None

    def _act(self, envelope: Envelope, sender: str) -> None:
        if envelope.gateway_id != sender:
            raise WireError("envelope and seal name different gateways")
        if envelope.kind == MessageKind.RECEIPT:
            receipt = read_body(envelope, Receipt)
            self._hear_time(receipt, envelope.sent_at)
            self._receipt(receipt)
        elif envelope.kind == MessageKind.AWAY_CHANGED:
            self._on_away(read_body(envelope, AwayChanged))
        elif envelope.kind == MessageKind.SETTINGS_CHANGED:
            self._on_settings(read_body(envelope, SettingsChanged))
        elif envelope.kind == MessageKind.ON_CALL_CHANGED:
            self._on_on_call(read_body(envelope, OnCallChanged))

    def _hear_time(self, receipt: Receipt, said: datetime) -> None:
        """Take ingest's time from a receipt that can't have lain anywhere: what it answers was sent just now."""
        now = self._clock.monotonic()
        sent = [at for line in receipt.lines if (at := self._first_sent.pop(line.message_id, None)) is not None]
        if sent and now - max(sent) <= _FRESH_S:
            self._on_word(said, now)

    def _receipt(self, receipt: Receipt) -> None:
        self.state.receipts += self._outbox.done(receipt.lines, to_ms(self._clock.wall()))
        self.state.disk = None
        for line in receipt.lines:
            if line.status.value == "refused":
                self.state.refused += 1
                self.state.last_refusal = line.detail or line.message_id
        if self._stalled:
            log.info("ingest gives receipts again")
            self._stalled = False
            self.state.ingest = None
            self._outbox.hurry()
        self.wake()
