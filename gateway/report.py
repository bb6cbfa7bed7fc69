"""Report: what the running gateway says of itself, in heartbeats to ingest and in the state file for `status`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version

from gateway.clock import Clock, from_ms
from gateway.health.heartbeat_size import fitted
from gateway.health.status import SNAPSHOT as STATUS
from gateway.health.status import Health
from gateway.local_alarm.caller import LocalCaller
from gateway.local_alarm.on_call import OnCall
from gateway.outbox.outbox import Outbox
from gateway.pipeline import LEDGER, Pipeline
from gateway.state.facts import FactStore
from gateway.state.registers import SNAPSHOT as REGISTERS
from gateway.state.registers import Registers
from gateway.test_alarm.test_alarm import TestAlarmLoop
from gateway.watch.clockwatch import ClockWatch
from gateway.watch.home_status import as_plain
from gateway.watch.watcher import Watcher
from models.wire.messages import Heartbeat


@dataclass(slots=True)
class SelfReport:
    """Reads the parts and changes none. `more_troubles` are those of parts that need the report to be made."""

    gateway: str
    interval_s: int
    started_at: datetime
    clock: Clock
    clockwatch: ClockWatch
    outbox: Outbox
    facts: FactStore
    watcher: Watcher
    pipeline: Pipeline
    health: Health
    registers: Registers
    faults: Mapping[str, str]
    caller: LocalCaller | None
    on_call: OnCall | None
    settings_revision: str
    test_alarm: TestAlarmLoop | None = None
    more_troubles: list[Callable[[], list[str]]] = field(default_factory=list)

    def heartbeat(self) -> Heartbeat:
        """Return a heartbeat of this moment."""
        load = self.outbox.load()
        age = 0.0 if load.oldest_ms is None else (self.clock.wall() - from_ms(load.oldest_ms)).total_seconds()
        beat = Heartbeat(
            version=version("linshe"),
            started_at=self.started_at,
            interval_s=self.interval_s,
            outbox_waiting=load.waiting,
            outbox_oldest_s=max(0.0, age),
            clock_trusted=self.clockwatch.is_certain,
            troubles=self.troubles(),
            devices=self.health.device_states(),
            homes=self.watcher.watch_states(self.clock.now()),
            ledger=self.facts.stored(LEDGER) or "",
            settings=self.settings_revision,
            canary_every_s=0.0 if self.test_alarm is None else 86400.0,
            canary=None if self.test_alarm is None else self.test_alarm.trip,
            on_call=None if self.on_call is None else self.on_call.revision,
        )
        return fitted(beat)

    def troubles(self) -> list[str]:
        """Return what is wrong, in words; before the first colon of each stands what it is about."""
        found = [f"{name}: {text}" for name, text in self.faults.items()]
        found += self.health.line_troubles()
        clock = self.clockwatch.trouble()
        found += [] if clock is None else [clock]
        for troubles in self.more_troubles:
            found += troubles()
        return found

    def snapshots(self) -> dict[str, str]:
        """Return what is told of the running gateway: written with the homes' memories, for a card's sake."""
        content = {
            "gateway": self.gateway,
            "written_at": self.clock.wall().isoformat(),
            "readings_time": self.clock.now().isoformat(),
            "started_at": self.started_at.isoformat(),
            "readings": self.pipeline.readings,
            "flags_made": self.pipeline.flags,
            "strangers": self.watcher.strangers,
            "clock": {
                "trusted": self.clockwatch.trusted,
                "certain": self.clockwatch.is_certain,
                "jumps": self.clockwatch.jumps,
            },
            "homes": [as_plain(state) for state in self.watcher.watch_states(self.clock.now())],
            "troubles": self.troubles(),
            "local_alarm": None if self.caller is None else self.caller.as_json(),
            "on_call_by": None if self.on_call is None else self.on_call.by(),
            **self.health.as_json(self.clock.monotonic()),
        }
        return {STATUS: json.dumps(content, ensure_ascii=False), REGISTERS: self.registers.as_text()}
