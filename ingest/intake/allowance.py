"""Allowance: how many calm messages a gateway may send on the long run: a bucket of tokens for each. Pure.

It holds enough for what lay waiting through an outage, so only a gateway that goes on for ever comes to its bottom.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

BURST = 50_000
"""Two days of two hundred homes, and more."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: datetime
    told: bool = False


class Allowance:
    """One bucket for each gateway; `each_s` flow in every second. Zero: nobody is held back."""

    def __init__(self, each_s: float, burst: int = BURST) -> None:
        self._each_s, self._burst = each_s, burst
        self._buckets: dict[str, _Bucket] = {}

    def admits(self, gateway: str, now: datetime) -> bool:
        """Take a token and return whether there was one."""
        if self._each_s == 0:
            return True
        bucket = self._buckets.setdefault(gateway, _Bucket(self._burst, now))
        # a clock that was set back gives nothing and takes nothing
        gained = max(0.0, (now - bucket.at).total_seconds()) * self._each_s
        bucket.tokens, bucket.at = min(self._burst, bucket.tokens + gained), now
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        bucket.told &= bucket.tokens < self._burst / 2
        return True

    def is_news(self, gateway: str) -> bool:
        """Return whether it has not been said yet that this gateway is held back; true once until it has rested."""
        bucket = self._buckets.get(gateway)
        if bucket is None or bucket.told:
            return False
        bucket.told = True
        return True
