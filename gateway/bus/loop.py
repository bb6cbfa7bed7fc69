"""The bus loop owns one line: it asks whoever is due and yields what came of it. It must not know homes or flags.

While the line itself is down it goes on yielding unanswered polls at their times, so that nobody takes a pulled plug
for a quiet home, and tries to open the line again with growing pauses.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, replace

from gateway.bus.exchange import Exchange, Finished, Send, Timing, Wait
from gateway.bus.standstill import Standstill
from gateway.bus.timetable import Timetable
from gateway.clock import Clock
from gateway.drivers.contract import Device, Driver, Request, unanswered
from gateway.links.contract import Link, LinkDownError
from gateway.protocols.framing import Code, Diagnostic
from models.reading import Reading

log = logging.getLogger(__name__)

_REOPEN_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_IDLE_S = 5.0


@dataclass(frozen=True, slots=True)
class Poll:
    """What came of asking one device once. `trouble` says why there was no answer, when the line was to blame."""

    device: str
    answered: bool
    readings: tuple[Reading, ...]
    troubles: tuple[Diagnostic, ...] = ()
    latency_s: float = 0.0
    line_down: str | None = None


@dataclass(frozen=True, slots=True)
class LineSpeed:
    """How a device's bytes stand on a serial wire."""

    baud: int
    parity: str


@dataclass(frozen=True, slots=True)
class PolledDevice:
    """A device on this line: how it speaks and how often it is asked.

    `timing` and `speed` are its own, where they are not the line's. `otherwise` is how else it may have to be spoken
    to, where nobody said what the server at the other end takes.
    """

    device: Device
    driver: Driver
    poll_s: float
    timing: Timing | None = None
    speed: LineSpeed | None = None
    otherwise: Driver | None = None


class BusLoop:
    """One line and its devices."""

    def __init__(self, link: Link, devices: Mapping[str, PolledDevice], timing: Timing, clock: Clock) -> None:
        self._link = link
        self._devices = devices
        self._timing = timing
        self._clock = clock
        self._serial = 0
        self._open = False
        self._reopen_at = 0.0
        self._failures = 0
        self._quiet_since = 0.0
        self._is_otherwise = False
        self._is_known = False  # whether the server has answered, and so which way it is spoken to
        self._stills = {name: Standstill() for name in devices}

    async def polls(self) -> AsyncGenerator[Poll, None]:
        """Yield polls for ever; the line is closed when the iteration ends."""
        timetable = Timetable({name: one.poll_s for name, one in self._devices.items()}, self._clock.beat())
        try:
            while True:
                device = timetable.due(self._clock.beat())
                if device is None:
                    await self._sleep_until_due(timetable)
                    continue
                poll = await self._poll(self._devices[device], once=timetable.is_dead(device))
                timetable.asked(device, self._clock.beat(), answered=poll.answered or poll.line_down is not None)
                yield poll
                if poll.line_down is not None:
                    await asyncio.sleep(0)
        finally:
            self._link.close()

    async def _sleep_until_due(self, timetable: Timetable) -> None:
        due = timetable.next_at()
        wait = _IDLE_S if due is None else min(self._clock.seconds_until_beat(due), _IDLE_S)
        await asyncio.sleep(max(wait, 0.001))
        timetable.restart(self._clock.beat())

    async def _poll(self, asked: PolledDevice, *, once: bool) -> Poll:
        """Ask in the way that the line takes; until something has answered, a silent one is tried the other way."""
        if asked.otherwise is None:
            return await self._poll_by(asked.driver, asked, once=once)
        for is_last in (False, True):
            driver = asked.otherwise if self._is_otherwise else asked.driver
            poll = await self._poll_by(driver, asked, once=once)
            self._is_known = self._is_known or poll.answered
            if self._is_known:
                break
            self._is_otherwise = not self._is_otherwise
            if poll.line_down is not None or is_last:
                break
            # what the server could not read stands in its way: only a new connection is clean
            self._link.close()
            self._open = False
        return poll

    async def _poll_by(self, driver: Driver, asked: PolledDevice, *, once: bool) -> Poll:
        self._serial += 1
        requests = driver.requests(asked.device, self._serial)
        timing = asked.timing or self._timing
        timing = replace(timing, retries=0) if once else timing
        started = self._clock.monotonic()
        readings: list[Reading] = []
        troubles: list[Diagnostic] = []
        answered = False
        for number, request in enumerate(requests):
            try:
                await self._make_ready()
                if asked.speed is not None:
                    self._link.tune(asked.speed.baud, asked.speed.parity)
                end = await self._exchange(driver, asked.device, request, timing)
                if timing.settle_s and (end.sent > 1 or not end.answered):
                    await self._settle(timing.settle_s)
            except LinkDownError as error:
                self._broken(error)
                return self._unasked(asked, [*readings], requests[number:], str(error))
            readings += end.readings
            troubles += end.troubles
            answered = answered or end.answered
            if not end.answered:
                # a meter that is silent on one question is silent on the next: don't spend the bus on it
                timing = replace(timing, retries=0)
        kept, stood = self._stills[asked.device.id].judge(readings)
        if stood:
            troubles.append(Diagnostic(Code.FROZEN, 0, kept[0].raw, f"its clock has stood still for {stood:.0f} s"))
        return Poll(asked.device.id, answered, kept, tuple(troubles), self._clock.monotonic() - started)

    async def _exchange(self, driver: Driver, device: Device, request: Request, timing: Timing) -> Finished:
        exchange = Exchange(driver, device, request, timing)
        step = exchange.start(self._clock.monotonic())
        while not isinstance(step, Finished):
            if isinstance(step, Send):
                await self._rest(timing)
                await self._link.write(step.payload)
                self._quiet_since = self._clock.monotonic() + len(step.payload) * timing.byte_s
                step = exchange.wake(self._clock.monotonic(), self._clock.now())
            elif isinstance(step, Wait):
                data = await self._link.read(max(0.0, step.until - self._clock.monotonic()))
                now, at = self._clock.monotonic(), self._clock.now()
                self._quiet_since = max(self._quiet_since, now) if data else self._quiet_since
                step = exchange.feed(data, now, at) if data else exchange.wake(now, at)
        return step

    async def _rest(self, timing: Timing) -> None:
        """Leave the line the silence that its standard asks for; what comes meanwhile is nobody's answer."""
        pause = self._quiet_since + timing.rest_s - self._clock.monotonic()
        if pause > 0:
            await asyncio.sleep(pause)
        self._link.discard()

    async def _settle(self, seconds: float) -> None:
        """Let answers pass that come too late."""
        until = self._clock.monotonic() + seconds
        while (left := until - self._clock.monotonic()) > 0:
            await self._link.read(left)

    async def _make_ready(self) -> None:
        if self._open:
            return
        if self._clock.monotonic() < self._reopen_at:
            raise LinkDownError("waiting before the line is opened again")
        await self._link.open()
        self._open = True
        if self._failures:
            log.info("line %s is back", self._link.name)
        self._failures = 0

    def _broken(self, error: LinkDownError) -> None:
        now = self._clock.monotonic()
        if not self._open and now < self._reopen_at:
            return
        if self._failures == 0:
            log.warning("line %s is down: %s", self._link.name, error)
        self._link.close()
        self._open = False
        self._reopen_at = now + _REOPEN_S[min(self._failures, len(_REOPEN_S) - 1)]
        self._failures += 1

    def _unasked(self, asked: PolledDevice, heard: list[Reading], left: list[Request] | object, reason: str) -> Poll:
        at = self._clock.now()
        for request in left if isinstance(left, (list, tuple)) else ():
            heard += unanswered(asked.device, request, at)
        return Poll(asked.device.id, False, tuple(heard), line_down=reason)
