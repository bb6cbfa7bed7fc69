"""Lateness: what a flag asks of people that lay at its gateway while the line was down. Pure.

A situation that still goes on is an alarm, however late. One that is over by the time we hear of it sends nobody out at
night: what was urgent becomes a visit, so that somebody asks how it was, and what was less only stays in the record.
How long it lay is measured by the gateway on a clock that nobody can set.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from models.flag import Severity
from models.texts.texts import text_of, texts_of
from models.wire.messages import FlagBody

LATE = timedelta(minutes=30)
MOST = timedelta(days=3650)


def is_late(flag: FlagBody) -> bool:
    """Return whether the flag lay at its gateway for so long that people must know it."""
    return flag.waited_s >= LATE.total_seconds()


def as_weighed(flag: FlagBody) -> FlagBody:
    """Return the flag as it is acted upon: what is late says so, and what is late and over is no longer urgent."""
    if not is_late(flag):
        return flag
    key = "tickets.late.over" if flag.over else "tickets.late.begun"
    age_zh, age_en = _how_late(flag.waited_s)
    said = replace(
        flag,
        text_zh=text_of("zh", key, said=flag.text_zh, age=age_zh),
        text_en=text_of("en", key, said=flag.text_en, age=age_en),
    )
    if not flag.over:
        return said
    return replace(said, severity=min(flag.severity, Severity.VISIT, key=lambda one: one.rank))


def is_history(flag: FlagBody) -> bool:
    """Return whether nobody need do anything: late, over, and never urgent."""
    return is_late(flag) and flag.over and flag.severity.rank < Severity.URGENT.rank


def _how_late(seconds: float) -> tuple[str, str]:
    minutes = round(seconds / 60)
    if minutes < 120:
        return texts_of("tickets.late.minutes", count=minutes)
    hours = round(minutes / 60)
    if hours < 48:
        return texts_of("tickets.late.hours", count=hours)
    return texts_of("tickets.late.days", count=hours // 24)
