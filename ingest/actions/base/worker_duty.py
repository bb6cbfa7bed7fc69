"""Worker duty: one thing that the worker does by itself, again and again: what and how often. A loop runs it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum


class Concern(IntEnum):
    """What a duty is for. After a start, and after an outage, safety has its first round before bookkeeping begins."""

    SAFETY = 0
    """Somebody may be in trouble, or waits to be told."""
    BOOKKEEPING = 1


@dataclass(frozen=True, slots=True)
class WorkerDuty:
    """One row of the worker's table; its name stands in the log."""

    name: str
    every_s: float
    run: Callable[[datetime], Awaitable[int | None]]
    """One round at a given time; it returns how much came of it."""
    concern: Concern = Concern.SAFETY
    wakes: bool = False
    """Whether notices may wait to be sent where something came of a round."""
    rest: Callable[[], Awaitable[None]] | None = None
    """How to wait for the next round; without it `every_s` pass."""
