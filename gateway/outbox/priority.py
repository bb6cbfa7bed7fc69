"""Priority: who goes first when things back up. Smoke, then people, then the rest. Pure."""

from __future__ import annotations

from enum import IntEnum

from models.flag import PERSON_KINDS, Flag, FlagKind, Severity


class Rank(IntEnum):
    """The order of leaving; small goes first. The numbers are stored: they may be added to, never changed."""

    TOLD = -10
    """What was told locally goes before the flag it is about, so that ingest asks nobody twice."""
    SMOKE = 0
    CANARY = 5
    """The daily synthetic alarm: as soon as smoke allows."""
    PERSON = 10
    OTHER_FLAG = 20
    HEARTBEAT = 30
    SUMMARY = 40
    COUNTS = 50


def rank_of(flag: Flag) -> Rank:
    """Return the rank of a flag. Anything critical travels with the smoke."""
    if flag.kind is FlagKind.SMOKE or flag.severity is Severity.CRITICAL:
        return Rank.SMOKE
    # a detector that nobody can read, and that may be alarming, is about a person
    is_persons = flag.kind in PERSON_KINDS or (flag.kind, flag.severity) == (FlagKind.DEVICE_TROUBLE, Severity.URGENT)
    return Rank.PERSON if is_persons else Rank.OTHER_FLAG
