"""App: puts the gateway together and runs it. The composition root; here and in the bus loop clocks are read.

Each line runs in a task of its own. A fault in one part (a bug, a driver that raises) is logged with its trace, told
in the status, and that part begins again: one odd meter must not blind the other homes.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import uuid
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from importlib.metadata import version
from zoneinfo import ZoneInfo

from gateway.assembly.homes import places, roster
from gateway.assembly.lines import HeardLine, PolledLine, broker_of, build, bus_plans, tls_of
from gateway.bus.listening import Heard, Listener
from gateway.bus.loop import BusLoop, Poll
from gateway.clock import Clock, from_ms
from gateway.config.settings import Settings, UplinkSettings
from gateway.drivers.document import Document
from gateway.health import systemd
from gateway.health.heartbeat_size import fitted
from gateway.health.status import SNAPSHOT as STATUS
from gateway.health.status import Health
from gateway.links.mqtt_session import MqttSession
from gateway.local_alarm import memory as told
from gateway.local_alarm.caller import Caller
from gateway.local_alarm.on_call import FACT as ON_CALL
from gateway.local_alarm.on_call import OnCall
from gateway.local_alarm.registry import build_ways, people_of
from gateway.outbox.outbox import Outbox
from gateway.pipeline import LEDGER, Pipeline, Sender
from gateway.state.archive import Archive, archive_path
from gateway.state.fallback_store import open_state
from gateway.state.registers import SNAPSHOT as REGISTERS
from gateway.state.registers import Registers
from gateway.state_saver import StateSaver
from gateway.test_alarm.test_alarm import DOCUMENT as CANARY_DOCUMENT
from gateway.test_alarm.test_alarm import FACT as CANARY
from gateway.test_alarm.test_alarm import TestAlarmLoop
from gateway.uplink.http_door import HttpDoor
from gateway.uplink.mqtt import MqttDoor
from gateway.uplink.uplink import Uplink
from gateway.watch.clockwatch import NOT_BEFORE, ClockWatch
from gateway.watch.common_causes import FACT as PLACES
from gateway.watch.common_causes import Places
from gateway.watch.home_status import as_plain
from gateway.watch.homes import last_saved_ms, load_states
from gateway.watch.tuning import FACT as TUNING
from gateway.watch.tuning import recalled, tuned
from gateway.watch.watcher import Watcher
from models.household import panel
from models.household.spells.prior import PriorError
from models.kit.secrets import read_key, read_secret
from models.wire.codec import write_down
from models.wire.messages import AwayChanged, Heartbeat, OnCallChanged, SettingsChanged

log = logging.getLogger(__name__)

_LONGEST_TICK_S = 5.0
_SHORTEST_TICK_S = 0.05
_RESTART_S = 2.0
_RECOVERED_S = 60.0
"""A part that has run for so long after it failed is well again."""


class App:
    """One gateway. Making it opens the state file; `run` opens everything else."""

    def __init__(self, settings: Settings, documents: Mapping[str, Document]) -> None:
        """Raises `StoreError` or `SecretError`."""
        self._settings = settings
        self._faults: dict[str, str] = {}
        self._store = open_state(settings.gateway.state, Clock().wall().strftime("%Y%m%dT%H%M%SZ"))
        pace, saved_ms = None if settings.clock is None else settings.clock.pace(), last_saved_ms(self._store.db)
        self._clock = Clock(pace, None if saved_ms is None else from_ms(saved_ms), NOT_BEFORE)
        self._started = self._clock.wall()
        self._polled, self._heard = build(settings, documents)
        homes = roster(settings, documents, self._polled)
        loaded = load_states(self._store.db, homes, self._clock.now())
        self._watcher = Watcher(loaded.states, homes.home_of)
        self._own = homes.homes
        self._zone = ZoneInfo(settings.gateway.timezone)
        self._settings_revision, learned = recalled(self._store.fact(TUNING), self._own)
        self._watcher.retune(learned, self._clock.now())
        self._fresh = loaded.fresh
        self._clockwatch = ClockWatch()
        receipt_s = 10.0 if settings.uplink is None else settings.uplink.receipt_s
        self._outbox = Outbox(self._store, receipt_s, settings.gateway.max_waiting, self._clock.monotonic)
        sender = Sender(settings.gateway.id, uuid.uuid4().hex)
        self._pipeline = Pipeline(
            store=self._store,
            outbox=self._outbox,
            watcher=self._watcher,
            sender=sender,
            clock=self._clock,
            clockwatch=self._clockwatch,
            on_flags=self._flags_made,
            places=self._recalled_places(),
        )
        plans = bus_plans(self._polled, 1.0 if settings.clock is None else settings.clock.rate)
        self._health = Health(homes.home_of, [line.name for line in settings.lines], plans)
        self._archive = Archive(archive_path(settings.gateway.state))
        self._registers = Registers()
        self._saving = StateSaver(
            gateway=settings.gateway.id,
            store=self._store,
            pipeline=self._pipeline,
            archive=self._archive,
            clock=self._clock,
            clockwatch=self._clockwatch,
            zone=self._zone,
            save_s=settings.gateway.save_s,
            troubles=self._troubles,
            snapshots=self._snapshots,
        )
        self._uplink = None if settings.uplink is None else self._make_uplink(settings.uplink)
        self._on_call: OnCall | None = None
        self._caller = self._make_caller()
        self._canary = self._make_canary(documents[CANARY_DOCUMENT]) if settings.gateway.canary else None
        if self._store.repaired is not None:
            self._faults["state file"] = (
                f"was not sound and lies in {self._store.repaired.name}; {self._store.salvaged}"
            )
        if loaded.fresh or loaded.unreadable:
            # what begins with nothing has to be told again who is away
            self._pipeline.remember(LEDGER, "")
        for home in loaded.unreadable:
            self._faults[f"memories of home {home}"] = "could not be read; it starts anew"

    def _recalled_places(self) -> Places:
        common = Places(places(self._settings), self._zone)
        going = (one.name for state in self._watcher.states.values() for one in state.episodes.values())
        if not common.recall(self._store.fact(PLACES), going):
            self._faults["memory of common causes"] = "could not be read; it starts anew"
        return common

    def _make_canary(self, document: Document) -> TestAlarmLoop:
        return TestAlarmLoop(
            gateway=self._settings.gateway.id,
            hour=self._settings.gateway.canary_hour,
            document=document,
            zone=self._zone,
            outbox=self._outbox,
            last=self._store.fact(CANARY),
            writer=self._pipeline,
            clock=self._clock,
            is_trusted=lambda: self._clockwatch.trusted,
            on_receipt=lambda: self._pipeline.beat(self._heartbeat()),
        )

    def _make_caller(self) -> Caller | None:
        settings = self._settings.local_alarm
        if settings is None:
            return None
        memory = told.recalled(self._store.fact(told.FACT))
        if memory is None:
            self._faults["memory of local alarms"] = "could not be read; somebody may be told again"
        on_call = people_of(settings, lambda: self._clock.wall() if self._clockwatch.trusted else None)
        if not on_call.recall(self._store.fact(ON_CALL)):
            log.warning("who is on call could not be read: gateway.toml counts until ingest tells again")
        self._on_call = on_call if settings.modem is not None else None
        return Caller(
            gateway=self._settings.gateway.id,
            after_s=settings.after_s,
            ways=build_ways(settings, on_call),
            doors={home.id: home.door for home in self._settings.homes if home.door is not None},
            zone=self._zone,
            outbox=self._outbox,
            writer=self._pipeline,
            memory=memory or told.Memory(),
            clock=self._clock,
            is_trusted=lambda: self._clockwatch.trusted,
        )

    def _make_uplink(self, settings: UplinkSettings) -> Uplink:
        name = self._settings.gateway.id
        tls = tls_of(settings.tls)
        password = read_secret(settings.password_file, settings.password_env)
        door = MqttDoor(name, settings.host, settings.port, username=settings.username, password=password, tls=tls)
        fallback = None if settings.http_url is None else HttpDoor(settings.http_url, tls)
        key = read_key(settings.key_file, settings.key_env)
        return Uplink(
            gateway_id=name,
            key=key,
            outbox=self._outbox,
            clock=self._clock,
            door=door,
            fallback=fallback,
            on_away=self._away_changed,
            on_settings=self._settings_changed,
            on_on_call=self._on_call_changed,
        )

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT, then save and close."""
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        self._clockwatch.note(self._clock.system(), self._clock.monotonic())
        tasks = [asyncio.create_task(self._for_ever(name, part), name=name) for name, part in self._parts().items()]
        log.info("gateway %s runs: %d homes", self._settings.gateway.id, len(self._settings.homes))
        systemd.notify(systemd.READY)
        try:
            await stop.wait()
        finally:
            systemd.notify(systemd.STOPPING)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._saving.close()
            self._store.close()
            log.info("gateway %s has stopped", self._settings.gateway.id)

    def _parts(self) -> dict[str, Callable[[], Awaitable[None]]]:
        parts: dict[str, Callable[[], Awaitable[None]]] = {"ticks": self._tick, "saves": self._saving.run}
        for polled in self._polled:
            parts[f"line {polled.settings.name}"] = lambda line=polled: self._poll(line)  # type: ignore[misc]
        for heard in self._heard:
            parts[f"line {heard.settings.name}"] = lambda line=heard: self._listen(line)  # type: ignore[misc]
        if self._uplink is not None:
            parts["heartbeat"] = self._beat
            parts["uplink"] = self._uplink.run
            if self._canary is not None:
                parts["canary"] = self._canary.run
        if self._caller is not None:
            parts["local alarm"] = self._caller.run
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
        self._archive.take(poll.device, poll.troubles, self._clock.wall())
        self._registers.note(poll.readings)
        if poll.answered:
            self._health.heard(poll.device, self._clock.now(), poll.latency_s)
        else:
            self._health.unheard(poll.device, poll.line_down or "no answer")

    async def _listen(self, line: HeardLine) -> None:
        settings = line.settings
        listener = Listener(line.devices, self._clock, self._take_heard)
        broker = broker_of(settings, f"linshe-{self._settings.gateway.id}-{settings.name}", listener.topics())
        session = MqttSession(broker, listener.hear, lambda reason: self._health.line(settings.name, reason))
        await session.start()
        try:
            await asyncio.Event().wait()
        finally:
            await session.stop()

    def _take_heard(self, heard: Heard) -> None:
        now = self._clock.now()
        self._health.troubled(heard.device, heard.answer.troubles)
        self._archive.take(heard.device, heard.answer.troubles, self._clock.wall())
        if heard.answer.readings:
            self._health.heard(heard.device, now)
        self._guard(f"device {heard.device}", self._pipeline.observe, heard.answer.readings, now)

    async def _tick(self) -> None:
        while True:
            trusted_before = self._clockwatch.trusted
            trusted = self._clockwatch.note(self._clock.system(), self._clock.monotonic())
            now = self._clock.now()
            if trusted and not trusted_before:
                self._begin_anew(now)
            for home in self._pipeline.due(now) if trusted else ():
                self._guard(f"home {home}", self._pipeline.tick, home, now)
            self._pipeline.let_go(now)
            systemd.notify(systemd.ALIVE)
            wait = self._clock.seconds_until(self._watcher.next_wake(now))
            await asyncio.sleep(min(max(wait, _SHORTEST_TICK_S), _LONGEST_TICK_S))

    def _begin_anew(self, now: datetime) -> None:
        """Let the homes that began at a wrong hour begin now that the clock is set, or they would seem long silent."""
        for home in self._fresh:
            if home not in self._pipeline.flagged:
                self._watcher.renew(home, panel.new_home(home, self._watcher.states[home].settings, now))

    async def _beat(self) -> None:
        while True:
            if self._on_call is not None and self._on_call.forget_old():
                self._pipeline.remember(ON_CALL, "")
            self._pipeline.beat(self._heartbeat())
            await asyncio.sleep(self._settings.gateway.heartbeat_s)

    def _heartbeat(self) -> Heartbeat:
        load = self._outbox.load()
        age = 0.0 if load.oldest_ms is None else (self._clock.wall() - from_ms(load.oldest_ms)).total_seconds()
        beat = Heartbeat(
            version=version("linshe"),
            started_at=self._started,
            interval_s=self._settings.gateway.heartbeat_s,
            outbox_waiting=load.waiting,
            outbox_oldest_s=max(0.0, age),
            clock_trusted=self._clockwatch.trusted,
            troubles=self._troubles(),
            devices=self._health.device_states(),
            homes=self._watcher.watch_states(self._clock.now()),
            ledger=self._store.fact(LEDGER) or "",
            settings=self._settings_revision,
            canary_every_s=0.0 if self._canary is None else 86400.0,
            canary=None if self._canary is None else self._canary.trip,
            on_call=None if self._on_call is None else self._on_call.revision,
        )
        return fitted(beat)

    def _troubles(self) -> list[str]:
        found = [f"{name}: {text}" for name, text in self._faults.items()]
        found += self._health.line_troubles()
        if not self._clockwatch.trusted:
            found.append("clock: not set yet; only smoke counts")
        if (disk := self._saving.disk_trouble()) is not None:
            found.append(disk)
        found += [] if self._caller is None else self._caller.troubles()
        return found + (["no uplink is configured"] if self._uplink is None else self._uplink.state.troubles())

    def _snapshots(self) -> dict[str, str]:
        """Return what is told of the running gateway: written with the homes' memories, for a card's sake."""
        content = {
            "gateway": self._settings.gateway.id,
            "written_at": self._clock.wall().isoformat(),
            "readings_time": self._clock.now().isoformat(),
            "started_at": self._started.isoformat(),
            "readings": self._pipeline.readings,
            "flags_made": self._pipeline.flags,
            "strangers": self._watcher.strangers,
            "clock": {"trusted": self._clockwatch.trusted, "jumps": self._clockwatch.jumps},
            "homes": [as_plain(state) for state in self._watcher.watch_states(self._clock.now())],
            "troubles": self._troubles(),
            "local_alarm": None if self._caller is None else self._caller.as_json(),
            "on_call_by": None if self._on_call is None else self._on_call.by(),
            **self._health.as_json(self._clock.monotonic()),
        }
        return {STATUS: json.dumps(content, ensure_ascii=False), REGISTERS: self._registers.as_text()}

    def _flags_made(self) -> None:
        if self._uplink is not None:
            self._uplink.wake()

    def _away_changed(self, changed: AwayChanged) -> None:
        self._pipeline.tell_away(changed, self._clock.now())
        self._pipeline.beat(self._heartbeat())

    def _on_call_changed(self, changed: OnCallChanged) -> None:
        if self._on_call is None:
            return  # nobody can be written to from here: no numbers are kept
        if not self._on_call.learn(changed):
            self._faults["on call"] = "what ingest told can't be used: a time without a zone"  # and it is not confirmed
            return
        self._faults.pop("on call", None)
        self._pipeline.remember(ON_CALL, write_down(changed))
        self._pipeline.beat(self._heartbeat())

    def _settings_changed(self, changed: SettingsChanged) -> None:
        try:
            settings = tuned(self._own, changed)
        except PriorError as error:
            # not confirmed, so that ingest sees it and sends again; the homes are watched as before
            self._faults["settings of ingest"] = f"can't be used: {error}"
            return
        self._faults.pop("settings of ingest", None)
        self._pipeline.tell_settings(changed, settings, self._clock.now())
        self._settings_revision = changed.revision
        self._pipeline.beat(self._heartbeat())
