"""Line: how outcomes of tickets move the line at which a home's silence is flagged, a little and within bounds. Pure.

Each resolved ticket about a silence is a label: somebody was needed, or nobody was. The share of visits that were
needed is estimated with a Beta(1, 3) prior, for one in four is what a plan of visits can live with; where it is lower
the line rises, where it is higher it falls. Asymmetric, for a missed fall costs more than a visit: one confirmed need
lowers the line at once, visits for nothing raise it by small steps. Other rules, smoke above all, have no such line.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from ingest.domain.tickets.ticket import Cause, Outcome
from models.flag import FlagKind
from models.texts.texts import texts_of

RULES: frozenset[str] = frozenset({FlagKind.INACTIVITY.value})
"""Kinds of tickets whose outcomes move a line."""
LOWEST, HIGHEST = 0.85, 1.25
"""Bounds of the multiplier, well inside those of the gateway: as if the home's budget of false alarms were twice as
large at most, or a quarter at least."""
REMEMBERED = timedelta(days=180)
"""Older outcomes do not count."""
_NEEDED_FIRST, _NEEDLESS_FIRST = 1.0, 3.0
_PER_HALVING = 0.15
"""By how much the wanted line is higher where the share of needed visits is half as large."""
_STEP_UP, _STEP_DOWN = 0.05, 0.10


class Label(StrEnum):
    """What a ticket's outcome says of the flag."""

    NEEDED = "needed"
    NEEDLESS = "needless"


@dataclass(frozen=True, slots=True)
class Move:
    """The line's multiplier before and after, and the labels it rests on."""

    before: float
    after: float
    needed: int
    needless: int


_NEEDED_OUTCOMES = frozenset({Outcome.HELPED, Outcome.HOSPITAL, Outcome.DIED})
_NEEDED_CAUSES = frozenset({Cause.FALL, Cause.ILLNESS})
_NEEDLESS = frozenset({Cause.HABIT, Cause.UNHEARD, Cause.GUESTS})
_SAYS_NOTHING = frozenset({Cause.AWAY, Cause.DEVICE, Cause.TEST, Cause.OUTAGE})
"""An absence belongs into the ledger and a broken meter to the installer: neither is a habit of the home."""


def label_of(outcome: Outcome, cause: Cause | None) -> Label | None:
    """Return what an outcome says of the flag, None where it says nothing of this home's habits."""
    if outcome in _NEEDED_OUTCOMES or cause in _NEEDED_CAUSES:
        return Label.NEEDED
    if cause in _SAYS_NOTHING:
        return None
    return Label.NEEDLESS if outcome is Outcome.HABIT or cause in _NEEDLESS else None


def moved(before: float, labels: Sequence[Label]) -> Move | None:
    """Return how the newest of a home's labels (oldest first) moves its line, None if it stays.

    A needed visit never raises the line and a needless one never lowers it.
    """
    if not labels:
        return None
    needed = sum(label is Label.NEEDED for label in labels)
    needless = len(labels) - needed
    if labels[-1] is Label.NEEDED:
        after = min(before, max(_wanted(needed, needless), before - _STEP_DOWN))
    else:
        after = max(before, min(_wanted(needed, needless), before + _STEP_UP))
    after = round(min(HIGHEST, max(LOWEST, after)), 3)
    return None if after == before else Move(before, after, needed, needless)


def _wanted(needed: int, needless: int) -> float:
    expected = _NEEDED_FIRST / (_NEEDED_FIRST + _NEEDLESS_FIRST)
    share = (_NEEDED_FIRST + needed) / (_NEEDED_FIRST + _NEEDLESS_FIRST + needed + needless)
    return 1.0 + _PER_HALVING * math.log2(expected / share)


def words_of(move: Move) -> dict[str, str]:
    """Return what the history says of a move, in both languages."""
    percent = round(100 * (move.after - 1))
    if move.after > move.before:
        key = "tickets.threshold.longer_above" if percent > 0 else "tickets.threshold.longer_below"
    else:
        key = "tickets.threshold.shorter_above" if percent > 0 else "tickets.threshold.shorter_below"
    zh, en = texts_of(key, percent=abs(percent), days=REMEMBERED.days, needed=move.needed, needless=move.needless)
    return {"text_zh": zh, "text_en": en}
