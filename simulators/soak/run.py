"""Run: the command `linshe-sim soak`: plays the month, looks at the programs, says what grew."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from simulators.demo.children import ChildError
from simulators.demo.documents import LOGIN
from simulators.demo.folder import FolderError, claim
from simulators.demo.ports import HOST
from simulators.soak.dispatcher import Dispatcher
from simulators.soak.growth import Growth, GrowthSample, growth, look, slope
from simulators.soak.installation import SoakInstallation
from simulators.soak.readings import ZONE, SoakMessage, messages

_LOOK_EVERY_S = 5.0
_REST_S = 120.0
_PROGRAMS = ("gateway", "ingest")
_MOST_MB_A_DAY = 0.5
_LEARNT_MB_A_DAY = 0.0007
"""A home's memory fills for some weeks and is full then: so much more is allowed to the gateway, for each home."""
_FEW = 4
_SMOKE = (
    "SELECT home_id, sum(event = 'raised'), sum(event = 'cleared') FROM flags WHERE kind = 'smoke' GROUP BY home_id"
)
_KINDS = "SELECT kind, count(*) FROM flags WHERE event = 'raised' GROUP BY kind ORDER BY kind"
_STATE = "SELECT count(*), avg(length(state)), max(length(state)) FROM home_state"
_WAITING = "SELECT count(*) FROM outbox WHERE kind = 'flag'"
_TICKETS = "SELECT status, count(*) FROM tickets GROUP BY status ORDER BY status"
_PATIENCE = timedelta(hours=12)
"""In the homes' time: so long after it was opened a ticket is seen to."""


def add_soak_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--homes", type=int, default=1000, help="homes on the one gateway; default 1000")
    parser.add_argument("--days", type=float, default=30.0, help="days of their lives; default 30")
    parser.add_argument("--every", type=float, default=1.0, help="hours between two readings of a meter; default 1")
    parser.add_argument(
        "--for", dest="seconds", type=float, default=1500.0, help="how long that may take; default 1500"
    )
    parser.add_argument("--dir", type=Path, default=Path(".soak"), help="where everything is kept; an empty folder")


def run_soak(args: argparse.Namespace) -> int:
    """Play, print a table and one line of JSON; 1 if something grew, was lost or doubled."""
    for name, value, most in (
        ("--homes", args.homes, 5000),
        ("--days", args.days, 400),
        ("--for", args.seconds, 86400),
    ):
        if not 1 <= value <= most:
            print(f"linshe-sim soak: {name} {value:g}: must be 1 to {most}", file=sys.stderr)
            return 2
    if not 0.1 <= args.every <= 12:
        print(f"linshe-sim soak: --every {args.every:g}: must be 0.1 to 12 hours", file=sys.stderr)
        return 2
    try:
        return asyncio.run(_perform(args))
    except (FolderError, ChildError, OSError) as error:
        print(f"linshe-sim soak: {error}", file=sys.stderr)
        return 1


def _now() -> datetime:
    return datetime.now(UTC)


async def _perform(args: argparse.Namespace) -> int:
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    first_day = (_now() - timedelta(days=args.days + 1)).astimezone(ZONE).date()
    begin = datetime.combine(first_day, datetime.min.time(), ZONE).astimezone(UTC)
    installation = SoakInstallation(
        claim(args.dir), args.homes, begin, args.days * 86400 / args.seconds, _now, time.monotonic
    )
    soak = Soak(installation, args, lambda text: print(text, flush=True))
    seen_to = _PATIENCE / installation.rate
    dispatcher = Dispatcher(installation.web, LOGIN, installation.password, seen_to, seen_to.total_seconds() / 2, _now)
    at_work: asyncio.Task[None] | None = None
    try:
        await installation.open()
        at_work = asyncio.create_task(dispatcher.work())
        published = await soak.play(messages(args.homes, args.days, args.every * 3600, first_day))
        return await soak.verdict(published)
    except asyncio.CancelledError:
        return 130
    finally:
        if at_work is not None:
            at_work.cancel()
            await asyncio.wait([at_work])
        await installation.close()
        installation.folder.release()


@dataclass(slots=True)
class Soak:
    """One run in a house that stands."""

    installation: SoakInstallation
    args: argparse.Namespace
    say: Callable[[str], None]
    samples: dict[str, list[GrowthSample]] = field(default_factory=lambda: {name: [] for name in _PROGRAMS})
    sizes: list[tuple[float, float]] = field(default_factory=list)
    worst_lag_s: float = 0.0
    _shown: int = -1

    async def play(self, said: Iterable[SoakMessage]) -> int:
        """Publish every message when it is due, and look at the programs meanwhile; return how many were published."""
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="homes", protocol=mqtt.MQTTv5)
        client.max_inflight_messages_set(1000)
        client.connect(HOST, self.installation.broker)
        client.loop_start()
        count, looked = 0, 0.0
        last: mqtt.MQTTMessageInfo | None = None
        try:
            for message in said:
                due = datetime.fromtimestamp(message.at, UTC)
                wait = self.installation.pace.wall_seconds_until(due, _now())
                if wait > 0.02:
                    await asyncio.sleep(wait)
                elif count % 200 == 0:
                    await asyncio.sleep(0)
                    self._note_lag(due)
                last = client.publish(message.topic, message.payload, qos=1)
                count += 1
                if time.monotonic() - looked > _LOOK_EVERY_S:
                    looked = time.monotonic()
                    await self._look()
            if last is not None:
                await asyncio.to_thread(last.wait_for_publish, _REST_S)
        finally:
            client.disconnect()
            client.loop_stop()
        return count

    def _note_lag(self, due: datetime) -> None:
        late = (self.installation.pace.virtual(_now()) - due).total_seconds() / self.installation.pace.rate
        self.worst_lag_s = max(self.worst_lag_s, late)

    async def _look(self) -> None:
        failure = self.installation.supervisor.failed()
        if failure is not None:
            raise failure
        day = (self.installation.pace.virtual(_now()) - self.installation.pace.virtual_start).total_seconds() / 86400
        for name in _PROGRAMS:
            pid = self.installation.supervisor.pid(name)
            sample = None if pid is None else await asyncio.to_thread(look, pid, day)
            if sample is not None:
                self.samples[name].append(sample)
        rows = await asyncio.to_thread(self.installation.ask, self.installation.state, _STATE)
        if rows and rows[0][0]:
            self.sizes.append((day, float(str(rows[0][1]))))
        if day // (self.args.days / 10) > self._shown and all(self.samples.values()) and self.sizes:
            self._shown = int(day // (self.args.days / 10))
            self.say(self._line(day))

    def _line(self, day: float) -> str:
        """Return a line of the table."""
        cells = [f"{day:5.1f}"]
        for name in _PROGRAMS:
            last = self.samples[name][-1]
            cells.append(f"{last.memory_mb:.1f} MB, {last.descriptors} fd, {last.threads} threads")
        cells += [f"{self.installation.state.stat().st_size / 2**20:.1f} MB", f"{self.sizes[-1][1]:.0f} bytes"]
        return "| " + " | ".join(cells) + " |"

    async def verdict(self, published: int) -> int:
        """Wait for the last howl's flags, stop the gateway's clock with it, compare, print; return the exit code."""
        told = {str(kind): count for kind, count in self.installation.ask(self.installation.folder.database, _KINDS)}
        smoke = await self._rest()
        await self.installation.supervisor.stop("gateway")
        taken = json.loads(self.installation.status() or "{}")
        grown = {name: growth(self.samples[name]) for name in _PROGRAMS}
        lost = sum(2 - min(1, int(one)) - min(1, int(other)) for one, other in smoke.values())
        lost += 2 * (self.args.homes - len(smoke))
        doubled = sum(max(0, int(one) - 1) + max(0, int(other) - 1) for one, other in smoke.values())
        state = self.installation.ask(self.installation.state, _STATE)[0]
        summary: dict[str, object] = {
            "homes": self.args.homes,
            "days": self.args.days,
            "messages": published,
            "readings_taken": taken.get("readings"),
            "smoke_flags": 2 * self.args.homes,
            "lost": lost,
            "doubled": doubled,
            "flags_raised": told,
            "tickets": {
                str(status): count
                for status, count in self.installation.ask(self.installation.folder.database, _TICKETS)
            },
            "flags_waiting_at_the_end": self.installation.ask(self.installation.state, _WAITING)[0][0],
            "home_memory_bytes": [round(float(str(state[1]))), state[2]],
            "home_memory_bytes_a_day": round(slope(self.sizes[len(self.sizes) // 2 :]), 1),
            "worst_lag_s": round(self.worst_lag_s, 1),
        }
        for name, one in grown.items():
            summary[name] = {
                "memory_mb": round(one.memory_mb, 1),
                "memory_mb_a_day": round(one.memory_mb_a_day, 3),
                "descriptors": one.descriptors,
                "threads": one.threads,
            }
        self.say(json.dumps(summary))
        missed = published != taken.get("readings")
        learnt = {"gateway": self.args.homes * _LEARNT_MB_A_DAY}
        leaks = any(_leaks(one, _MOST_MB_A_DAY + learnt.get(name, 0.0)) for name, one in grown.items())
        return int(bool(missed or lost or doubled or leaks))

    async def _rest(self) -> dict[str, tuple[str, str]]:
        """Wait until every howl's two flags are there, or for too long; return each home's."""
        found: dict[str, tuple[str, str]] = {}
        end = time.monotonic() + _REST_S
        while time.monotonic() < end:
            rows = await asyncio.to_thread(self.installation.ask, self.installation.folder.database, _SMOKE)
            found = {str(home): (str(one), str(other)) for home, one, other in rows}
            if sum(int(one) + int(other) for one, other in found.values()) >= 2 * self.args.homes:
                break
            await asyncio.sleep(0.5)
        return found


def _leaks(one: Growth, most_mb_a_day: float) -> bool:
    """Whether memory, descriptors or threads go on growing when everything has warmed up."""
    more = any(after > before + _FEW for before, after in (one.descriptors, one.threads))
    return more or one.memory_mb_a_day > most_mb_a_day
