"""Leak: water that never rests. A drip or a running cistern is found by hours of which none is dry, more of them than
this home's own busy days have; and what a drip explains is no sign of life. Knows no people.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from models.flag import Evidence, FlagKind, Severity
from models.household.core.verdict import Verdict
from models.params import LeakParams
from models.usage import Use

_HOUR_S = 3600.0
_KEPT_HOURS = 24
_DAYS = 7
_LEAST_REST_S = 3600.0
_SEEN_SHARE = 0.45
_TELLS_REST_S = 2.5 * 3600.0
_NEVER_LESS_L_PER_H = 8.0
_MORE_THAN_DRIPS = 1.25
"""Between two readings further apart than the first the water may have rested, whatever they show. They are wet only at
such a rate: one person uses no more on the whole. A slower leak is neither found nor told from use by such meters."""
_STRANGE_DAYS = 10
_STRANGE_HOURS = 20
"""How many wet hours it takes in a home of which few days are known."""


@dataclass(slots=True)
class LeakMemory:
    """Litres an hour of the last whole hours (UTC, newest last), the wet run that goes on, how long the water rests."""

    hour: int = 0
    litres: float = 0.0
    seconds: float = 0.0
    hours: list[float] = field(default_factory=list)
    wet: int = 0
    """Whole hours without a dry one among them, up to now."""
    longest_wet: list[int] = field(default_factory=list)
    """By day, newest last: how long the wet run was at its longest."""
    moved: float = 0.0
    """When the register last moved (epoch seconds)."""
    rests: list[float] = field(default_factory=list)
    """By day, newest last: the longest time that the register stood still, in seconds."""
    step: float = 0.0
    """The smallest movement of the register that was ever seen."""


def note(memory: LeakMemory, use: Use) -> bool:
    """Take in one use of water; return whether it may be more than a drip explains: a person's."""
    if use.amount is None:
        _forget(memory)
        return False
    hour = int(use.end // _HOUR_S)
    if hour != memory.hour:
        _close(memory, hour)
    memory.litres += use.amount
    memory.seconds += use.seconds
    if use.amount <= 0:
        return False
    persons = not _is_drip(memory, use, use.amount)
    _note_rest(memory, use)
    return persons


def _is_drip(memory: LeakMemory, use: Use, amount: float) -> bool:
    """One step of the register, no sooner than a drip alone has brought it lately; or no more than any hour brings."""
    memory.step = min(memory.step or amount, amount)
    background = min(memory.hours) if len(memory.hours) == _KEPT_HOURS else 0.0
    if use.seconds > _TELLS_REST_S:
        least = _MORE_THAN_DRIPS * background * use.seconds / _HOUR_S
        return background >= _NEVER_LESS_L_PER_H and amount <= memory.step + least
    if background > 0 and amount <= memory.step + 1.5 * background * use.seconds / _HOUR_S:
        return True
    longest = max(memory.rests[-_DAYS:], default=0.0)
    rested = use.end - memory.moved
    return bool(
        memory.moved
        and len(memory.rests) >= 3
        and amount <= memory.step
        and rested >= max(0.9 * longest, _LEAST_REST_S)
    )


def _note_rest(memory: LeakMemory, use: Use) -> None:
    if memory.moved and memory.rests:
        memory.rests[-1] = max(memory.rests[-1], use.end - memory.moved)
    memory.moved = use.end


def _close(memory: LeakMemory, hour: int) -> None:
    """An hour is over: it counts if nearly all of it was seen."""
    # a register that is read hourly at odd minutes skips an hour now and then
    if memory.seconds < _SEEN_SHARE * _HOUR_S * (hour - memory.hour):
        memory.wet = 0
        memory.hours.clear()
    else:
        hours = max(1, round(memory.seconds / _HOUR_S))
        per_hour = memory.litres / hours
        if memory.seconds > _TELLS_REST_S:
            memory.wet = memory.wet + hours if per_hour >= _NEVER_LESS_L_PER_H else 0
        else:
            memory.wet = memory.wet + 1 if memory.litres > 0 else 0
        memory.hours = [*memory.hours, *[per_hour] * hours][-_KEPT_HOURS:]
    if not memory.longest_wet or hour // 24 != memory.hour // 24:
        memory.longest_wet = [*memory.longest_wet[-20:], 0]
        memory.rests = [*memory.rests[1 - _DAYS :], 0.0]
    memory.longest_wet[-1] = max(memory.longest_wet[-1], memory.wet)
    memory.hour, memory.litres, memory.seconds = hour, 0.0, 0.0


def _forget(memory: LeakMemory) -> None:
    memory.hours.clear()
    memory.wet = 0
    memory.moved = 0.0
    memory.rests.clear()
    memory.step = 0.0


def usual_wet(memory: LeakMemory) -> int:
    """Return the longest run of wet hours that the home's days have shown, the last two days left out."""
    return max(memory.longest_wet[:-2], default=0)


def judge(memory: LeakMemory, params: LeakParams) -> Verdict | None:
    """Return the verdict on water that does not rest."""
    if memory.wet < params.least_wet_hours:
        return None
    usual = usual_wet(memory)
    needed = max(params.least_wet_hours, usual + params.beyond_usual_hours)
    if len(memory.longest_wet) < _STRANGE_DAYS:
        needed = max(needed, _STRANGE_HOURS)
    if memory.wet < needed:
        return None
    recent = memory.hours[-memory.wet :] or memory.hours
    rate = min(recent)
    if rate < params.least_l_per_h:
        return None
    severity = Severity.URGENT if rate >= params.urgent_l_per_h else Severity.VISIT
    since = (memory.hour - memory.wet) * _HOUR_S
    return Verdict(
        kind=FlagKind.LEAK,
        severity=severity,
        since=since,
        score=memory.wet / max(usual, 1),
        reason="never_rests",
        evidence=Evidence(
            {"wet_hours": memory.wet, "least_l_per_h": round(rate, 1), "usual_wet_hours": usual},
            key="flags.water.never_rests",
        ),
    )
