"""Spans: half-open stretches of time and what can be done with many of them. Knows nothing of who they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

Span = tuple[datetime, datetime]
"""(start, end), the end not included."""


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return the same stretches in order, without overlaps; those that touch are one."""
    result: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def clipped(spans: Iterable[Span], within: Span) -> list[Span]:
    """Return what of each span lies within one stretch."""
    cut = [(max(start, within[0]), min(end, within[1])) for start, end in spans]
    return [span for span in cut if span[0] < span[1]]


def without(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """Return what is left of `spans` where `taken` is cut out."""
    left = merged(spans)
    for start, end in merged(taken):
        left = [
            piece
            for span in left
            for piece in ((span[0], min(span[1], start)), (max(span[0], end), span[1]))
            if piece[0] < piece[1]
        ]
    return left


def gaps(covered: Iterable[Span], within: Span) -> list[Span]:
    """Return the stretches of `within` that nothing covers, in order."""
    return without([within], covered)


def covers(spans: Sequence[Span], at: datetime) -> bool:
    """Return whether one of the spans has `at` in it."""
    return any(start <= at < end for start, end in spans)
