"""Decision: which flags a gateway has to tell people of itself, and whom it tells next. Pure; reasons are codes.

Everything is a value of now: flags that wait for a receipt, what was told already, who can be told, when something
failed. Nothing here knows a modem, a disk or a clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.local_alarm.contract import LocalAlarm, Matter, Recipient
from models.flag import PERSON_KINDS, FlagEvent, FlagKind, Severity

SETTLE_S = 5.0
"""A gateway that has just started gives the way to ingest so long before it speaks for itself."""
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 5.0, 300.0


@dataclass(frozen=True, slots=True)
class OpenFlag:
    """A flag without a receipt. `waited_s` since it was made, `here_s` of it in this run of the gateway.

    `grows_worse`: an update that says more than "it still goes on".
    """

    alarm: LocalAlarm
    event: FlagEvent
    waited_s: float
    here_s: float
    grows_worse: bool = False


class TellingReason(StrEnum):
    """Why a flag is told locally, or not."""

    NO_RECEIPT = "no_receipt"
    RECEIPT_AWAITED = "receipt_awaited"
    NOT_URGENT = "not_urgent"
    OVER = "over"
    """It says that the situation has ended: nobody is called for that, and who was called still looks."""
    KNOWN = "known"
    """Ingest has the situation; this only repeats it."""


def why(flag: OpenFlag, after_s: float) -> TellingReason:
    """Return what is to be done about one flag and why; only `NO_RECEIPT` leads to telling."""
    urgent = flag.alarm.severity.rank >= Severity.URGENT.rank
    person_or_smoke = flag.alarm.kind is FlagKind.SMOKE or flag.alarm.kind in PERSON_KINDS
    if not (urgent and person_or_smoke) and flag.alarm.severity is not Severity.CRITICAL:
        return TellingReason.NOT_URGENT
    if flag.event is FlagEvent.CLEARED:
        return TellingReason.OVER
    if flag.event is FlagEvent.UPDATED and not flag.grows_worse:
        return TellingReason.KNOWN
    if flag.waited_s < after_s or flag.here_s < min(after_s, SETTLE_S):
        return TellingReason.RECEIPT_AWAITED
    return TellingReason.NO_RECEIPT


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one situation has been told. `told` are (way, person, matter)."""

    told: frozenset[tuple[str, str, Matter]] = frozenset()
    accepted_by: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """A telling that failed: how often, and when to try again (monotonic seconds)."""

    tries: int
    again_at: float

    @staticmethod
    def after(before: Failure | None, now: float) -> Failure:
        """Return the failure that follows one more try at `now`."""
        tries = 1 if before is None else before.tries + 1
        return Failure(tries, now + min(_FIRST_PAUSE_S * 2 ** min(tries - 1, 10), _LONGEST_PAUSE_S))


@dataclass(frozen=True, slots=True)
class Task:
    """Somebody to be told something."""

    alarm: LocalAlarm
    recipient: Recipient
    matter: Matter = field(default=Matter.ALARM)

    @property
    def key(self) -> tuple[str, str, str, Matter]:
        """What makes it the same telling."""
        return (self.alarm.episode, self.recipient.way, self.recipient.person, self.matter)


def next_task(
    alarms: Iterable[LocalAlarm],
    progress: Mapping[str, Progress],
    recipients: Mapping[str, Sequence[Recipient]],
    failures: Mapping[tuple[str, str, str, Matter], Failure],
    now: float,
) -> Task | None:
    """Return what one way does next, None for nothing now; `recipients` are its own, by episode.

    The most urgent situation goes first, then the older one; a recipient for whom it failed waits, the others don't.
    Once somebody has said that they go, nobody else is asked, and who was asked is told so.
    """
    for alarm in sorted(alarms, key=lambda one: (-one.severity.rank, one.at, one.episode)):
        so_far = progress.get(alarm.episode, Progress())
        for recipient in recipients.get(alarm.episode, ()):
            matter = _matter(so_far, recipient)
            if matter is None or (recipient.way, recipient.person, matter) in so_far.told:
                continue
            task = Task(alarm, recipient, matter)
            failed = failures.get(task.key)
            if failed is None or failed.again_at <= now:
                return task
    return None


def _matter(so_far: Progress, recipient: Recipient) -> Matter | None:
    if so_far.accepted_by is None:
        return Matter.ALARM
    asked = (recipient.way, recipient.person, Matter.ALARM) in so_far.told
    return Matter.GOES if asked and recipient.address and recipient.person != so_far.accepted_by else None
