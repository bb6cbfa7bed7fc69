"""Legibility: messages of a smoke detector that can't be read. What nobody can read may be a fire. Pure.

Told once, urgent where the bytes may hold an alarm; over with the next message that can be read, and after one that may
have held an alarm only with one that says whether there is any.
"""

from __future__ import annotations

from typing import NamedTuple

from models.flag import Evidence, FlagKind, Severity
from models.household.core.verdict import Verdict

REASON = "unreadable"


class Legibility(NamedTuple):
    """Whether a message could not be read, may hold an alarm in what was not read, and says whether there is one."""

    unreadable: bool
    may_alarm: bool = False
    tells_alarm: bool = False


def key_of(device: str) -> str:
    """Return the key of a detector's episode."""
    return f"{FlagKind.DEVICE_TROUBLE.value}/{device}/{REASON}"


def judge(device: str, legible: Legibility, at: float) -> Verdict | None:
    """Return the verdict on a message that came at `at` (epoch seconds), None for one that could be read."""
    if not legible.unreadable:
        return None
    sentence = "flags.smoke.unreadable_alarm" if legible.may_alarm else "flags.smoke.unreadable"
    return Verdict(
        kind=FlagKind.DEVICE_TROUBLE,
        severity=Severity.URGENT if legible.may_alarm else Severity.MAINTENANCE,
        since=at,
        score=1.0,
        reason=REASON,
        evidence=Evidence({"device": device}, key=sentence),
        subject=f"{device}/{REASON}",
    )


def is_over(severity: str, legible: Legibility) -> bool:
    """Whether a trouble that was told with `severity` ends with this message."""
    return not legible.unreadable and (legible.tells_alarm or severity != Severity.URGENT)
