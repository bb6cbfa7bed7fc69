"""Caller: looks every second at the flags that ingest has not taken, and lets each way tell what `decision` says.

Each way has one telling under way at a time and none waits for another: a modem without a network holds up no siren.
What was told is on the disk before the next thing is; between the network's confirmation and that write a power cut
can make one message come twice, which is the right side to fail on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from gateway.clock import Clock, from_ms
from gateway.local_alarm.contract import AlarmWay, LocalAlarm, Matter, NotTold
from gateway.local_alarm.decision import Failure, OpenFlag, Task, TellingReason, next_task, why
from gateway.local_alarm.memory import FACT, Memory
from gateway.local_alarm.words import says_goes
from gateway.outbox.outbox import OpenMessage, Outbox
from gateway.outbox.post import MessageWriter
from gateway.outbox.priority import Rank
from models.flag import FlagEvent
from models.household.core.hold import REPEAT_S
from models.wire.codec import WireError, decode, read_body
from models.wire.messages import FlagBody

log = logging.getLogger(__name__)

_LOOK_S = 1.0
_CHECK_S, _CHECK_AGAIN_S = 3600.0, 60.0
_LISTEN_S = 10.0
_REPLIES_FOR = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A waiting flag as it was first seen in this run."""

    flag: FlagBody | None
    first_at: float
    age_s: float
    grows_worse: bool


class LocalCaller:
    """The loop. `troubles` and `as_json` tell how it is doing."""

    def __init__(
        self,
        *,
        gateway: str,
        after_s: float,
        ways: Sequence[AlarmWay],
        doors: Mapping[str, str],
        zone: tzinfo,
        outbox: Outbox,
        writer: MessageWriter,
        memory: Memory,
        clock: Clock,
        is_trusted: Callable[[], bool],
    ) -> None:
        self._gateway = gateway
        self._after_s = after_s
        self._ways = {way.name: way for way in ways}
        self._doors = doors
        self._zone = zone
        self._outbox = outbox
        self._writer = writer
        self._memory = memory
        self._clock = clock
        self._is_trusted = is_trusted
        self._seen: dict[str, _Seen] = {}
        self._failures: dict[tuple[str, str, str, Matter], Failure] = {}
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._faults: dict[str, str] = {}
        self._check_at: dict[str, float] = {}
        self._listen_at = 0.0

    def troubles(self) -> list[str]:
        """Return which ways could tell nobody, in words."""
        return [f"local alarm by {way}: {reason}" for way, reason in self._faults.items()]

    def as_json(self) -> dict[str, object]:
        """Return the ways and how many situations were told locally in the last days."""
        ways = {name: self._faults.get(name, "ok") for name in self._ways}
        return {"ways": ways, "situations": len(self._memory.situations)}

    def leap(self, by: timedelta) -> None:
        """Say that the clock was set by so much."""
        self._memory.leap(by)

    async def run(self) -> None:
        """Look for ever."""
        try:
            while True:
                self._look()
                await asyncio.sleep(_LOOK_S)
        finally:
            for task in self._busy.values():
                task.cancel()
            await asyncio.gather(*self._busy.values(), return_exceptions=True)

    def _look(self) -> None:
        now = self._clock.monotonic()
        alarms = [flag.alarm for flag in self._open(now) if why(flag, self._after_s) is TellingReason.NO_RECEIPT]
        progress = {episode: one.progress() for episode, one in self._memory.situations.items()}
        for name, way in self._ways.items():
            if name in self._busy:
                continue
            recipients = {alarm.episode: way.recipients(alarm) for alarm in alarms}
            task = next_task(alarms, progress, recipients, self._failures, now)
            if task is not None:
                self._begin(name, self._tell(way, task))
            elif now >= self._check_at.get(name, 0.0):
                self._begin(name, self._check(way))
            elif self._listens() and now >= self._listen_at:
                self._begin(name, self._hear(way))

    def _begin(self, name: str, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work, name=f"local alarm by {name}")
        self._busy[name] = task
        task.add_done_callback(lambda done: self._ended(name, done))

    def _ended(self, name: str, task: asyncio.Task[None]) -> None:
        self._busy.pop(name, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fault(name, f"failed: {type(error).__name__}")
            self._check_at[name] = self._clock.monotonic() + _CHECK_AGAIN_S

    def _open(self, now: float) -> list[OpenFlag]:
        """Return the urgent flags without a receipt, with how long they have waited."""
        waiting = self._outbox.open_flags()
        self._seen = {one.message_id: self._seen.get(one.message_id) or self._first_sight(one, now) for one in waiting}
        found = []
        for seen in self._seen.values():
            if seen.flag is not None:
                here = now - seen.first_at
                alarm = self._alarm(seen.flag)
                found.append(OpenFlag(alarm, seen.flag.event, seen.age_s + here, here, seen.grows_worse))
        return found

    def _first_sight(self, message: OpenMessage, now: float) -> _Seen:
        try:
            flag = read_body(decode(message.envelope), FlagBody)
        except WireError:
            return _Seen(None, now, 0.0, grows_worse=False)  # ingest says what is wrong with it; nobody is called
        age = (self._clock.wall() - from_ms(message.created_ms)).total_seconds() if self._is_trusted() else 0.0
        before = self._outbox.made_before(flag.episode, flag.number) if flag.event is FlagEvent.UPDATED else None
        # an episode that just goes on is told again after REPEAT_S; sooner means that it has grown worse
        sooner = before is not None and message.created_ms - before < (REPEAT_S - 60) * 1000
        return _Seen(flag, now, max(0.0, age), grows_worse=sooner)

    def _alarm(self, flag: FlagBody) -> LocalAlarm:
        return LocalAlarm(
            gateway=self._gateway,
            episode=flag.episode,
            home=flag.home,
            door=self._doors.get(flag.home, flag.home),
            kind=flag.kind,
            severity=flag.severity,
            at=flag.at.astimezone(self._zone),
            text_zh=flag.text_zh,
            text_en=flag.text_en,
        )

    async def _tell(self, way: AlarmWay, task: Task) -> None:
        result = await way.tell(task.alarm, task.recipient, task.matter)
        if isinstance(result, NotTold):
            self._failures[task.key] = Failure.after(self._failures.get(task.key), self._clock.monotonic())
            self._fault(way.name, result.reason)
            return
        self._failures.pop(task.key, None)
        self._healed(way.name)
        log.warning("no receipt for %s: told locally by %s", task.alarm.episode, way.name)
        self._memory.note_told(task, self._clock.wall())
        self._save(task.alarm.episode)

    async def _check(self, way: AlarmWay) -> None:
        fault = await way.check()
        if fault is None:
            self._healed(way.name)
        else:
            self._fault(way.name, fault)
        pause = _CHECK_S if fault is None else _CHECK_AGAIN_S
        self._check_at[way.name] = self._clock.monotonic() + pause

    def _listens(self) -> bool:
        return bool(self._awaited(self._clock.wall()))

    def _awaited(self, now: datetime) -> list[str]:
        """Return the episodes to which an answer may come."""
        return [
            episode
            for episode, one in self._memory.situations.items()
            if one.accepted_by is None and one.tellings and now - one.tellings[-1].at < _REPLIES_FOR
        ]

    async def _hear(self, way: AlarmWay) -> None:
        self._listen_at = self._clock.monotonic() + _LISTEN_S
        for reply in await way.replies():
            if not says_goes(reply.text):
                log.info("local alarm by %s: an answer that leads to nothing", way.name)
                continue
            now = self._clock.wall()
            episode = self._memory.note_goes(reply.person, now, self._awaited(now))
            if episode is None:
                log.info("local alarm by %s: somebody goes, but it is not clear where", way.name)
                continue
            log.info("local alarm %s: somebody goes", episode)
            self._save(episode)

    def _save(self, episode: str) -> None:
        self._memory.forget(self._clock.wall())
        if episode in self._memory.situations:
            self._writer.put(Rank.TOLD, self._memory.message(episode), (FACT, self._memory.as_text()))

    def _fault(self, way: str, reason: str) -> None:
        if way not in self._faults:
            log.error("local alarm by %s: %s", way, reason)
        self._faults[way] = reason

    def _healed(self, way: str) -> None:
        if self._faults.pop(way, None) is not None:
            log.info("local alarm by %s: works again", way)
