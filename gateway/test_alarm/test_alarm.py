"""Canary: once a day a synthetic home's detector sounds and its alarm goes the whole way, timed, to a phone that waits
for it. Its payload is read, judged and sent by the parts that do the same for a real one; no person hears of it.

The time runs on a clock that nobody can set: from the payload to ingest's own receipt. The rest of the way is ingest's
to time, and a canary that does not come is ingest's to miss.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
import zlib
from collections.abc import Callable
from datetime import date, datetime, timedelta, tzinfo

from gateway.clock import Clock
from gateway.drivers import mqtt_json
from gateway.drivers.contract import Device
from gateway.drivers.document import Document
from gateway.outbox.outbox import Outbox
from gateway.outbox.post import MessageWriter
from gateway.outbox.priority import Rank
from models.flag import Flag, FlagKind
from models.household import panel
from models.household.settings import DeviceWatch, HomeSettings
from models.wire.codec import flag_body
from models.wire.messages import Canary, CanaryTrip

log = logging.getLogger(__name__)

FACT = "canary"
"""The fact under which the day of the last one is kept."""
HOME = "canary"
DOCUMENT = "zigbee2mqtt-smoke"
_PAYLOAD = b'{"smoke": true, "battery": 100, "linkquality": 100}'
_LOOK_S = 30.0
_FIRST_AFTER_S = 60.0
_WAIT_S = 0.1
_LONGEST_WAIT = timedelta(hours=20)


class CanaryError(RuntimeError):
    """The alarm was not recognised as one: the gateway's own parts are at fault."""


def is_due(last: str | None, now: datetime, hour: int, gateway: str) -> bool:
    """Return whether today's is still to come: at `hour` and some minutes, each gateway at another one. Pure.

    `now` is aware, in the homes' zone; `last` the day of the newest, ISO, None if there never was one: then it is due
    at once, for whoever has just installed the gateway.
    """
    if last is None:
        return True
    minute = zlib.crc32(gateway.encode()) % 60
    return last != now.date().isoformat() and (now.hour, now.minute) >= (hour, minute)


def sing(document: Document, zone: tzinfo, now: datetime) -> Flag:
    """Return the flag that a detector's payload leads to in a home that is new; raises `CanaryError`."""
    device = Device(f"{HOME}-smoke", document, topic=HOME)
    quantities = frozenset(register.quantity for register in document.registers)
    home = panel.new_home(HOME, HomeSettings(zone=zone, devices=(DeviceWatch(device.id, quantities, None),)), now)
    answer = mqtt_json.interpret(device, HOME, _PAYLOAD, now)
    flags = [flag for reading in answer.readings for flag in panel.observe(home, reading, now)]
    smoke = [flag for flag in flags if flag.kind is FlagKind.SMOKE]
    if len(smoke) != 1:
        raise CanaryError(f"a detector that sounds led to {len(smoke)} smoke flags")
    return smoke[0]


class TestAlarmLoop:
    """The loop. `trip` is the newest canary's way, told in heartbeats."""

    def __init__(
        self,
        *,
        gateway: str,
        hour: int,
        document: Document,
        zone: tzinfo,
        outbox: Outbox,
        last: str | None,
        writer: MessageWriter,
        clock: Clock,
        is_trusted: Callable[[], bool],
        on_receipt: Callable[[], object],
    ) -> None:
        self._gateway = gateway
        self._hour = hour
        self._document = document
        self._zone = zone
        self._outbox = outbox
        self._last = last
        self._writer = writer
        self._clock = clock
        self._is_trusted = is_trusted
        self._on_receipt = on_receipt
        self.trip: CanaryTrip | None = None

    async def run(self) -> None:
        """Let one sing each day, for ever. The wall's day counts, not the readings'."""
        await asyncio.sleep(_FIRST_AFTER_S)
        while True:
            now = self._clock.wall().astimezone(self._zone)
            if self._is_trusted() and is_due(self._last, now, self._hour, self._gateway):
                await self._send(now.date())
            await asyncio.sleep(_LOOK_S)

    async def _send(self, day: date) -> None:
        sensed_at, begun = self._clock.wall(), self._clock.monotonic()
        flag = sing(self._document, self._zone, sensed_at)
        name = uuid.uuid4().hex
        body = Canary(name, sensed_at, flag_body(flag))
        self.trip = CanaryTrip(name, None)
        self._writer.put(Rank.CANARY, body, (FACT, day.isoformat()), name)
        self._last = day.isoformat()
        while self._outbox.is_waiting(name):
            if self._clock.monotonic() - begun > _LONGEST_WAIT.total_seconds():
                log.warning("the canary has no receipt for %s", _LONGEST_WAIT)
                return
            await asyncio.sleep(_WAIT_S)
        self.trip = CanaryTrip(name, round(self._clock.monotonic() - begun, 3))
        log.info("the canary had its receipt after %.1f s", self.trip.receipt_s)
        self._on_receipt()
