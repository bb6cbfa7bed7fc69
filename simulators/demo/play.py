"""Play: the demonstration from its first line to its verdict, whatever is pulled out meanwhile."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from simulators.demo.actors import home_labels
from simulators.demo.children import Supervisor
from simulators.demo.counts import GatewayCounts, IngestCounts, Losses, compare, read_gateway, read_ingest
from simulators.demo.documents import story
from simulators.demo.folder import claim
from simulators.demo.narrator import Narrator
from simulators.demo.phones import PhoneError, PhoneMessage, read_messages
from simulators.demo.players import Players
from simulators.demo.ports import choose_ports
from simulators.demo.stage import DemoStage, Doors
from simulators.demo.timing import choose_pace
from simulators.demo.verdict import DemoVerdict, judge

_ZONE = ZoneInfo("Asia/Shanghai")
_LOOK_EVERY_S = 0.5
_START_S, _LONGEST_START_S = 2.0, 20.0
_DRAIN_S = 15.0
_CHAOS_FROM_S, _CHAOS_TO_S = 8.0, 60.0
_SETTLED = frozenset({"delivered", "rejected", "cancelled"})


@dataclass(frozen=True, slots=True)
class DemoWishes:
    """What the command line asked for."""

    seconds: float | None
    homes: int
    root: Path
    rate: float | None
    kill: tuple[str, ...]
    seed: int


class Demo:
    """One demonstration. Making it takes the folder and the ports; raises `FolderError`."""

    def __init__(self, wishes: DemoWishes) -> None:
        self._wishes = wishes
        self._folder = claim(wishes.root)
        self._ports = choose_ports()
        self._labels = home_labels(wishes.homes)
        self._narrator = Narrator(self._labels, _ZONE)
        self._supervisor = Supervisor(self._folder.logs, self._restarted)

    async def play(self) -> int:
        """Play; returns the exit code. Whatever happens, nothing that was started is left running."""
        say = self._narrator.say
        try:
            say(f"start   broker, vendor and ingester come up in {self._folder.root}")
            stage = DemoStage(self._folder, self._ports, self._supervisor)
            doors = await stage.open(self._wishes.homes)
            begin_at = datetime.now(UTC) + timedelta(seconds=min(max(_START_S, stage.start_s), _LONGEST_START_S))
            pace = choose_pace(begin_at, _ZONE, self._wishes.rate)
            self._announce(doors, pace.rate)
            scenario = story().replace("[street]", f"[street]\nhomes = {self._wishes.homes}", 1)
            await stage.light(scenario, pace, poll_s=max(300.0, pace.rate * 0.75))
            begin = time.monotonic()
            interrupted = await self._story(doors)
            verdict = await self._settle(doors, time.monotonic() - begin)
        finally:
            await self._supervisor.stop()
            self._folder.release()
            self._ports.release()
        return self._close(verdict, interrupted)

    def _announce(self, doors: Doors, rate: float) -> None:
        wishes = self._wishes
        print(
            f"\n  Console  控制台   {doors.console}   login {doors.login}   password {doors.password}"
            f"\n  Phones   手机     {doors.phones}"
            f"\n  {wishes.homes} homes; their clock runs {rate:.0f} times as fast until it reaches the present"
            f"\n  {'Ctrl-C ends it' if wishes.seconds is None else f'ends by itself after {wishes.seconds:g} s'}\n",
            flush=True,
        )

    async def _story(self, doors: Doors) -> bool:
        """Play until the time is up; returns whether somebody pressed Ctrl-C instead."""
        players = Players(doors.phones.rstrip("/"), self._labels, self._narrator.say)
        try:
            async with asyncio.timeout(self._wishes.seconds), asyncio.TaskGroup() as parts:
                parts.create_task(players.play())
                parts.create_task(self._watch())
                parts.create_task(self._chaos())
        except TimeoutError:
            return False
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None:
                task.uncancel()  # one Ctrl-C ends the story and still gives a verdict; a second one ends all
        return True

    async def _watch(self) -> None:
        while True:
            self._narrator.tell(*await asyncio.to_thread(self._read))
            failure = self._supervisor.failed()
            if failure is not None:
                raise failure
            await asyncio.sleep(_LOOK_EVERY_S)

    async def _chaos(self) -> None:
        """Kill what is to be killed, each at a moment of its own."""
        rng = Random(self._wishes.seed)  # noqa: S311 - a play, not a secret
        begin = time.monotonic()
        names = self._wishes.kill
        span = (_CHAOS_TO_S - _CHAOS_FROM_S) / max(1, len(names))
        for number, name in enumerate(names):
            at = begin + _CHAOS_FROM_S + span * (number + rng.random())
            await asyncio.sleep(max(0.0, at - time.monotonic()))
            self._narrator.say(f"chaos   kill -9 {name}")
            self._supervisor.kill(name)

    def _restarted(self, name: str) -> None:
        self._narrator.say(f"chaos   {name} is gone; it is started again")

    def _read(self) -> tuple[GatewayCounts | None, IngestCounts | None]:
        return read_gateway(self._folder.gateway_state), read_ingest(self._folder.database)

    async def _settle(self, doors: Doors, seconds: float) -> DemoVerdict:
        """Wait until what is under way has arrived, then compare the ends."""
        deadline = time.monotonic() + _DRAIN_S
        while True:
            losses, ingest, messages = await asyncio.to_thread(self._compare, doors.phones.rstrip("/"))
            under_way = any(status not in _SETTLED for _, status in ingest.notices)
            if not (losses.lost or losses.doubled or under_way) or time.monotonic() > deadline:
                break
            await asyncio.sleep(_LOOK_EVERY_S)
        self._narrator.tell(*self._read())
        return judge(
            ingest,
            losses,
            readings=self._narrator.readings,
            messages=messages,
            restarts=self._supervisor.restarts,
            seconds=seconds,
        )

    def _compare(self, vendor: str) -> tuple[Losses, IngestCounts, list[PhoneMessage]]:
        gateway = read_gateway(self._folder.gateway_state)
        try:
            before = read_messages(vendor)
            ingest = read_ingest(self._folder.database)
            after = read_messages(vendor)
        except PhoneError as error:
            return Losses(lost=[f"the vendor: {error}"]), IngestCounts(), []
        if gateway is None or ingest is None:
            return Losses(lost=["a store that can't be read"]), ingest or IngestCounts(), after
        return compare(gateway, before, ingest, after), ingest, after

    def _close(self, verdict: DemoVerdict, interrupted: bool) -> int:
        for kind, found in (("lost", verdict.losses.lost), ("twice", verdict.losses.doubled)):
            for one in found:
                self._narrator.say(f"{kind:7} {one}")
        for one in verdict.missing:
            self._narrator.say(f"missing {one}")
        print(verdict.last_line(), flush=True)
        broken = bool(verdict.losses.lost or verdict.losses.doubled)
        if interrupted:
            return 1 if broken else 0  # a story that was cut short promises nothing but this
        return 0 if verdict.good else 1
