"""Memory of local alarms: what was told to whom, on the disk, so that a restart neither forgets nor repeats it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from gateway.local_alarm.contract import Matter
from gateway.local_alarm.decision import Progress, Task
from models.flag import FlagKind
from models.wire.messages import LocalTelling, ToldLocally

FACT = "local_alarm"
"""The fact under which it is kept."""
KEPT = timedelta(days=7)
MOST = 200


@dataclass(slots=True)
class SpotTelling:
    """Somebody was told."""

    way: str
    person: str
    matter: Matter
    at: datetime


@dataclass(slots=True)
class AlarmSituation:
    """One situation that was told locally."""

    home: str
    kind: FlagKind
    tellings: list[SpotTelling] = field(default_factory=list)
    accepted_by: str | None = None
    accepted_at: datetime | None = None

    def progress(self) -> Progress:
        """Return what the decision needs of it."""
        told = frozenset((one.way, one.person, one.matter) for one in self.tellings)
        return Progress(told, self.accepted_by)


@dataclass(slots=True)
class Memory:
    """Situations by episode, the oldest first."""

    situations: dict[str, AlarmSituation] = field(default_factory=dict)

    def note_told(self, task: Task, at: datetime) -> None:
        """Note that somebody was told something."""
        alarm = task.alarm
        situation = self.situations.setdefault(alarm.episode, AlarmSituation(alarm.home, alarm.kind))
        situation.tellings.append(SpotTelling(task.recipient.way, task.recipient.person, task.matter, at))

    def note_goes(self, person: str, at: datetime, among: Iterable[str]) -> str | None:
        """Note that `person` goes, and return the episode; None unless exactly one of `among` can be meant."""
        asked = [
            episode
            for episode in among
            if (one := self.situations.get(episode)) is not None
            and any(said.person == person and said.matter is Matter.ALARM for said in one.tellings)
        ]
        free = [episode for episode in asked if self.situations[episode].accepted_by is None]
        if len(free) != 1:
            return None
        situation = self.situations[free[0]]
        situation.accepted_by, situation.accepted_at = person, at
        return free[0]

    def message(self, episode: str) -> ToldLocally:
        """Return what ingest is to know of a situation: all of it, each time."""
        one = self.situations[episode]
        alarms = [LocalTelling(said.way, said.person, said.at) for said in one.tellings if said.matter is Matter.ALARM]
        return ToldLocally(episode, one.home, one.kind, alarms, one.accepted_by or "", one.accepted_at)

    def leap(self, by: timedelta) -> None:
        """Move what was told with the clock that was set by so much: answers are awaited as long as they would be."""
        for one in self.situations.values():
            for said in one.tellings:
                said.at += by

    def forget(self, now: datetime) -> None:
        """Drop what is old, and the oldest where there is too much."""
        for episode, one in list(self.situations.items()):
            last = max((said.at for said in one.tellings), default=now)
            if now - last > KEPT or len(self.situations) > MOST:
                del self.situations[episode]

    def as_text(self) -> str:
        """Return it as it is kept."""
        return msgspec.json.encode(self.situations).decode()


def recalled(text: str | None) -> Memory | None:
    """Return what was kept, None when it can't be read."""
    if text is None:
        return Memory()
    try:
        return Memory(msgspec.json.decode(text, type=dict[str, AlarmSituation]))
    except msgspec.MsgspecError:
        return None
