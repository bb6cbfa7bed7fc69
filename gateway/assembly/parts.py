"""Parts: makes every part of one gateway and ties them together. Making opens the state file and reads secrets."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.assembly.homes import places, roster
from gateway.assembly.lines import build, bus_plans, tls_of
from gateway.clock import Clock, from_ms
from gateway.config.settings import UplinkSettings
from gateway.config.settings_alarm import LocalAlarmSettings
from gateway.config.tolerant import UsableSettings
from gateway.downlink import DownlinkHandler
from gateway.drivers.document import Document
from gateway.health.status import Health
from gateway.local_alarm import memory as local_tellings
from gateway.local_alarm.caller import LocalCaller
from gateway.local_alarm.on_call import FACT as ON_CALL
from gateway.local_alarm.on_call import OnCall
from gateway.local_alarm.registry import build_ways, people_of
from gateway.outbox.outbox import Outbox
from gateway.outbox.post import EnvelopeWriter, Sender
from gateway.pipeline import LEDGER, Pipeline
from gateway.report import SelfReport
from gateway.state.archive import Archive, archive_path
from gateway.state.facts import FactStore
from gateway.state.fallback_store import open_state
from gateway.state.registers import Registers
from gateway.state_saver import StateSaver
from gateway.test_alarm.test_alarm import DOCUMENT as TEST_ALARM_DOCUMENT
from gateway.test_alarm.test_alarm import FACT as TEST_ALARM
from gateway.test_alarm.test_alarm import TestAlarmLoop
from gateway.uplink.http_door import HttpDoor
from gateway.uplink.mqtt import MqttDoor
from gateway.uplink.uplink import Uplink
from gateway.watch.clockwatch import NOT_AFTER, NOT_BEFORE, ClockWatch
from gateway.watch.common_causes import FACT as PLACES
from gateway.watch.common_causes import CommonCauses
from gateway.watch.homes import Loaded, last_saved_ms, load_states
from gateway.watch.left_out import FACT as LEFT_OUT
from gateway.watch.left_out import LeftOutWatch
from gateway.watch.tuning import FACT as TUNING
from gateway.watch.tuning import recalled
from gateway.watch.watcher import Watcher
from models.kit.secrets import read_key, read_secret

log = logging.getLogger(__name__)

_MOST_TOLD = 20


class Parts:
    """One gateway, not running yet. `faults` says what is wrong with which part; `fresh` homes begin with nothing."""

    def __init__(self, usable: UsableSettings) -> None:
        """Raises `StoreError` or `SecretError`."""
        settings, documents = usable.settings, usable.documents
        gateway = settings.gateway
        self.settings = settings
        self.faults: dict[str, str] = {}
        self._zone = ZoneInfo(gateway.timezone)
        self.store = open_state(gateway.state, Clock().wall().strftime("%Y%m%dT%H%M%SZ"))
        pace, saved_ms = None if settings.clock is None else settings.clock.pace(), last_saved_ms(self.store.db)
        self.clock = Clock(pace, None if saved_ms is None else from_ms(saved_ms), NOT_BEFORE, NOT_AFTER)
        self.clockwatch = ClockWatch()
        self.facts = FactStore(self.store)
        receipt_s = 10.0 if settings.uplink is None else settings.uplink.receipt_s
        self._outbox = Outbox(self.store, receipt_s, gateway.max_waiting, self.clock.monotonic)
        sender = Sender(gateway.id, uuid.uuid4().hex)
        self.post = EnvelopeWriter(
            store=self.store,
            facts=self.facts,
            outbox=self._outbox,
            sender=sender,
            clock=self.clock,
            is_certain=lambda: self.clockwatch.is_certain,
        )
        self.polled, self.heard = build(settings, documents)
        self._homes = roster(settings, documents, self.polled)
        loaded = load_states(self.store.db, self._homes, self.clock.now())
        self.fresh = loaded.fresh
        self.watcher = Watcher(loaded.states, self._homes.home_of)
        settings_revision, learned = recalled(self.facts.recall(TUNING), self._homes.homes)
        self.watcher.retune(learned, self.clock.now())
        self.pipeline = self._make_pipeline()
        self.archive = Archive(archive_path(gateway.state))
        self.on_call: OnCall | None = None
        self.caller = None if settings.local_alarm is None else self._make_caller(settings.local_alarm)
        self.report = self._make_report(settings_revision)
        self.saver = self._make_saver()
        self.test_alarm = self._make_test_alarm(documents.get(TEST_ALARM_DOCUMENT))
        self.uplink = None if settings.uplink is None else self._make_uplink(settings.uplink)
        self.report.test_alarm = self.test_alarm
        self.report.more_troubles = self._more_troubles()
        self._tell_of_losses(loaded)
        self._usable = usable
        for problem in usable.problems[:_MOST_TOLD]:
            # the words of a problem show what stands in the file: they are for whoever sits at the gateway
            place = f"{Path(problem.file).name}:{problem.line}"
            self.faults[f"paper {place}"] = f"{problem.key} is wrong and not used; check-config says why"

    def tell_left_out(self) -> None:
        """Tell of what is declared and can't be used, once; and that it can be used again."""
        watch = LeftOutWatch(self.settings.gateway.id, self.facts.recall(LEFT_OUT))
        left_out: dict[tuple[str, str], int] = {}
        for problem in self._usable.problems:
            left_out.setdefault(("", Path(problem.file).name), problem.line)
        for one in self._usable.left_out:
            if one.home:
                left_out[one.home, one.name] = 0
        flags = watch.note(left_out, self.clock.now())
        self.pipeline.tell(flags, (LEFT_OUT, watch.memory()))

    def _make_pipeline(self) -> Pipeline:
        common_causes = CommonCauses(places(self.settings), self._zone)
        going = (one.name for state in self.watcher.states.values() for one in state.episodes.values())
        if not common_causes.recall(self.facts.recall(PLACES), going):
            self.faults["memory of common causes"] = "could not be read; it starts anew"
        return Pipeline(
            store=self.store,
            facts=self.facts,
            outbox=self._outbox,
            post=self.post,
            watcher=self.watcher,
            clock=self.clock,
            clockwatch=self.clockwatch,
            places=common_causes,
        )

    def _make_caller(self, settings: LocalAlarmSettings) -> LocalCaller:
        memory = local_tellings.recalled(self.facts.recall(local_tellings.FACT))
        if memory is None:
            self.faults["memory of local alarms"] = "could not be read; somebody may be told again"
        on_call = people_of(settings, lambda: self.clock.wall() if self.clockwatch.trusted else None)
        if not on_call.recall(self.facts.recall(ON_CALL)):
            log.warning("who is on call could not be read: gateway.toml counts until ingest tells again")
        self.on_call = on_call if settings.modem is not None else None
        return LocalCaller(
            gateway=self.settings.gateway.id,
            after_s=settings.after_s,
            ways=build_ways(settings, on_call),
            doors={home.id: home.door for home in self.settings.homes if home.door is not None},
            zone=self._zone,
            outbox=self._outbox,
            writer=self.post,
            memory=memory or local_tellings.Memory(),
            clock=self.clock,
            is_trusted=lambda: self.clockwatch.trusted,
        )

    def _make_report(self, settings_revision: str) -> SelfReport:
        rate = 1.0 if self.settings.clock is None else self.settings.clock.rate
        lines = [line.name for line in self.settings.lines]
        return SelfReport(
            gateway=self.settings.gateway.id,
            interval_s=self.settings.gateway.heartbeat_s,
            started_at=self.clock.wall(),
            clock=self.clock,
            clockwatch=self.clockwatch,
            outbox=self._outbox,
            facts=self.facts,
            watcher=self.watcher,
            pipeline=self.pipeline,
            health=Health(self._homes.home_of, lines, bus_plans(self.polled, rate)),
            registers=Registers(),
            faults=self.faults,
            caller=self.caller,
            on_call=self.on_call,
            settings_revision=settings_revision,
        )

    def _make_saver(self) -> StateSaver:
        return StateSaver(
            gateway=self.settings.gateway.id,
            store=self.store,
            facts=self.facts,
            pipeline=self.pipeline,
            archive=self.archive,
            clock=self.clock,
            clockwatch=self.clockwatch,
            zone=self._zone,
            save_s=self.settings.gateway.save_s,
            troubles=self.report.troubles,
            snapshots=self.report.snapshots,
        )

    def _make_test_alarm(self, document: Document | None) -> TestAlarmLoop | None:
        if not self.settings.gateway.canary:
            return None
        if document is None:
            self.faults["canary"] = f"there is no good document {TEST_ALARM_DOCUMENT}"
            return None
        return TestAlarmLoop(
            gateway=self.settings.gateway.id,
            hour=self.settings.gateway.canary_hour,
            document=document,
            zone=self._zone,
            outbox=self._outbox,
            last=self.facts.recall(TEST_ALARM),
            writer=self.post,
            clock=self.clock,
            is_trusted=lambda: self.clockwatch.trusted,
            on_receipt=lambda: self.post.beat(self.report.heartbeat()),
        )

    def _make_uplink(self, settings: UplinkSettings) -> Uplink:
        name, tls = self.settings.gateway.id, tls_of(settings.tls)
        password = read_secret(settings.password_file, settings.password_env)
        downlink = DownlinkHandler(
            pipeline=self.pipeline,
            facts=self.facts,
            post=self.post,
            report=self.report,
            faults=self.faults,
            own=self._homes.homes,
            on_call=self.on_call,
            clock=self.clock,
        )
        uplink = Uplink(
            gateway_id=name,
            key=read_key(settings.key_file, settings.key_env),
            outbox=self._outbox,
            clock=self.clock,
            door=MqttDoor(name, settings.host, settings.port, username=settings.username, password=password, tls=tls),
            fallback=None if settings.http_url is None else HttpDoor(settings.http_url, tls),
            on_away=downlink.away_changed,
            on_settings=downlink.settings_changed,
            on_on_call=downlink.on_call_changed,
            on_word=self.clockwatch.hear,
        )
        self.post.on_sent = uplink.wake
        return uplink

    def _more_troubles(self) -> list[Callable[[], list[str]]]:
        uplink, found = self.uplink, [self.saver.disk_troubles]
        found += [] if self.caller is None else [self.caller.troubles]
        return [*found, (lambda: ["no uplink is configured"]) if uplink is None else uplink.state.troubles]

    def _tell_of_losses(self, loaded: Loaded) -> None:
        if self.store.repaired is not None:
            self.faults["state file"] = f"was not sound and lies in {self.store.repaired.name}; {self.store.salvaged}"
        if loaded.fresh or loaded.unreadable:
            # what begins with nothing has to be told again who is away
            self.facts.remember(LEDGER, "")
        for home in loaded.unreadable:
            self.faults[f"memories of home {home}"] = "could not be read; it starts anew"
