"""App: runs the parts of one gateway. Here and in the bus loop clocks are read; what is made of what, assembly knows.

Each line runs in a task of its own. A fault in one part (a bug, a driver that raises) is logged with its trace, told
in the status, and that part begins again: one odd meter must not blind the other homes.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from gateway.assembly.lines import HeardLine, PolledLine, broker_of
from gateway.assembly.parts import Parts
from gateway.bus.listening import HeardAnswer, TopicListener
from gateway.bus.loop import BusLoop, Poll
from gateway.config.tolerant import UsableSettings
from gateway.health import systemd
from gateway.links.mqtt_session import MqttSession
from gateway.local_alarm.on_call import FACT as ON_CALL
from gateway.time_service import is_synced
from models.household import panel
from models.household.health.legibility import Legibility

log = logging.getLogger(__name__)

_LONGEST_TICK_S = 5.0
_SHORTEST_TICK_S = 0.05
_RESTART_S = 2.0
_RECOVERED_S = 60.0
"""A part that has run for so long after it failed is well again."""


class App:
    """One gateway. Making it opens the state file; `run` opens everything else."""

    def __init__(self, usable: UsableSettings) -> None:
        """Raises `StoreError` or `SecretError`."""
        parts = self._parts = Parts(usable)
        self._settings = usable.settings
        self._faults = parts.faults
        self._clock = parts.clock
        self._clockwatch = parts.clockwatch
        self._watcher = parts.watcher
        self._pipeline = parts.pipeline
        self._health = parts.report.health

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT, then save and close."""
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        self._keep_time()
        self._parts.tell_left_out()
        tasks = [asyncio.create_task(self._for_ever(name, part), name=name) for name, part in self._loops().items()]
        log.info("gateway %s runs: %d homes", self._settings.gateway.id, len(self._settings.homes))
        systemd.notify(systemd.READY)
        try:
            await stop.wait()
        finally:
            systemd.notify(systemd.STOPPING)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._parts.saver.close()
            self._parts.store.close()
            log.info("gateway %s has stopped", self._settings.gateway.id)

    def _loops(self) -> dict[str, Callable[[], Awaitable[None]]]:
        parts: dict[str, Callable[[], Awaitable[None]]] = {"ticks": self._tick, "saves": self._parts.saver.run}
        for polled in self._parts.polled:
            parts[f"line {polled.settings.name}"] = lambda line=polled: self._poll(line)  # type: ignore[misc]
        for heard in self._parts.heard:
            parts[f"line {heard.settings.name}"] = lambda line=heard: self._listen(line)  # type: ignore[misc]
        if self._parts.uplink is not None:
            parts["heartbeat"] = self._beat
            parts["uplink"] = self._parts.uplink.run
            if self._parts.test_alarm is not None:
                parts["canary"] = self._parts.test_alarm.run
        if self._parts.caller is not None:
            parts["local alarm"] = self._parts.caller.run
        return parts

    async def _for_ever(self, name: str, part: Callable[[], Awaitable[None]]) -> None:
        while True:
            recovery = asyncio.get_running_loop().call_later(_RECOVERED_S, self._faults.pop, name, None)
            try:
                await part()
            except Exception as error:
                if name not in self._faults:
                    log.exception("%s failed and begins again", name)
                self._faults[name] = f"failed: {type(error).__name__}"
            recovery.cancel()
            await asyncio.sleep(_RESTART_S)

    def _guard(self, name: str, work: Callable[..., None], *arguments: object) -> None:
        """Do one device's or home's work; what fails there is told once and ends there."""
        try:
            work(*arguments)
            self._faults.pop(name, None)
        except Exception as error:
            if name not in self._faults:
                log.exception("%s: its readings can't be worked on; the others go on", name)
            self._faults[name] = f"failed: {type(error).__name__}"

    async def _poll(self, line: PolledLine) -> None:
        loop = BusLoop(line.link(), line.asked, line.timing, self._clock)
        async for poll in loop.polls():
            self._note(line.settings.name, poll)
            self._guard(f"device {poll.device}", self._pipeline.observe, poll.readings, self._clock.now())

    def _note(self, line: str, poll: Poll) -> None:
        self._health.line(line, poll.line_down)
        if poll.line_down is None:
            self._health.polled(line, self._clock.monotonic(), poll.latency_s)
        self._health.troubled(poll.device, poll.troubles)
        self._parts.archive.take(poll.device, poll.troubles, self._clock.wall())
        self._parts.report.registers.note(poll.readings)
        if poll.answered:
            self._health.heard(poll.device, self._clock.now(), poll.latency_s)
        else:
            self._health.unheard(poll.device, poll.line_down or "no answer")

    async def _listen(self, line: HeardLine) -> None:
        settings = line.settings
        listener = TopicListener(line.devices, self._clock, self._take_heard)
        broker = broker_of(settings, f"linshe-{self._settings.gateway.id}-{settings.name}", listener.topics())
        session = MqttSession(broker, listener.hear, lambda reason: self._health.line(settings.name, reason))
        await session.start()
        try:
            await asyncio.Event().wait()
        finally:
            await session.stop()

    def _take_heard(self, heard: HeardAnswer) -> None:
        now = self._clock.now()
        self._health.troubled(heard.device, heard.answer.troubles)
        self._parts.archive.take(heard.device, heard.answer.troubles, self._clock.wall())
        if heard.answer.readings:
            self._health.heard(heard.device, now)
        self._guard(f"device {heard.device}", self._pipeline.observe, heard.answer.readings, now)
        if heard.is_detector:
            # unreadable after its readings: what could be read of it does not make it whole
            legible = Legibility(heard.unreadable, heard.may_alarm, heard.tells_alarm)
            self._guard(f"messages of {heard.device}", self._pipeline.note_message, heard.device, legible, now)

    async def _tick(self) -> None:
        while True:
            self._keep_time()
            now = self._clock.now()
            for home in self._pipeline.due(now):
                self._guard(f"home {home}", self._pipeline.tick, home, now)
            self._pipeline.let_go(now)
            systemd.notify(systemd.ALIVE)
            wait = self._clock.seconds_until(self._watcher.next_wake(now))
            await asyncio.sleep(min(max(wait, _SHORTEST_TICK_S), _LONGEST_TICK_S))

    def _keep_time(self) -> None:
        """Look at the clocks, and follow a leap that is to be believed.

        No duration changes by a leap: the homes, and whatever waits, move with the clock.
        """
        watch, trusted_before = self._clockwatch, self._clockwatch.trusted
        contradicted = bool(watch.ahead)
        ahead = self._clock.ahead()
        watch.note(self._clock.system(), self._clock.monotonic(), ahead=ahead, synced=is_synced() if ahead else None)
        if watch.believes:
            by = self._clock.follow()
            log.warning("the clock was set by %+.0f s: nobody was silent longer because of that", by.total_seconds())
            watch.note(self._clock.system(), self._clock.monotonic())
            self._leap(by, was_trusted=trusted_before)
        elif ahead and trusted_before and not contradicted:
            log.warning("the system's clock has leapt by %+.0f s: not followed yet", ahead.total_seconds())
        if watch.trusted and not trusted_before:
            self._begin_anew(self._clock.now())

    def _leap(self, by: timedelta, *, was_trusted: bool) -> None:
        now = self._clock.now()
        if not was_trusted and by > timedelta():
            # the gateway was off until it was told the time: what is remembered was dated rightly before that
            self._watcher.resume(now)
            return
        self._pipeline.leap(by, now)
        self._health.leap(by)
        if self._parts.caller is not None:
            self._parts.caller.leap(by)

    def _begin_anew(self, now: datetime) -> None:
        """Let the homes that began at a wrong hour begin now that the clock is set, or they would seem long silent."""
        for home in self._parts.fresh:
            if home not in self._pipeline.flagged:
                self._watcher.renew(home, panel.new_home(home, self._watcher.states[home].settings, now))

    async def _beat(self) -> None:
        while True:
            on_call = self._parts.on_call
            if on_call is not None and on_call.forget_old():
                self._parts.facts.remember(ON_CALL, "")
            self._parts.post.beat(self._parts.report.heartbeat())
            await asyncio.sleep(self._settings.gateway.heartbeat_s)
