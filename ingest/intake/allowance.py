"""Allowance: how many calm messages a gateway may send on the long run: a bucket of tokens for each. Pure.

It holds enough for what lay waiting through an outage, so only a gateway that goes on for ever comes to its bottom.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

BURST = 50_000
"""Two days of two hundred homes, and more."""
_BEATS_EACH_S, _BEATS = 0.1, 6
"""Heartbeats that are taken all the same: who talks too much is not silent, and the fleet page stays true."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: datetime
    told: bool = False


class Allowance:
    """One bucket for each gateway; `each_s` flow in every second. Zero: nobody is held back.

    A small second one is for heartbeats alone.
    """

    def __init__(self, each_s: float, burst: int = BURST) -> None:
        self._each_s, self._burst = each_s, burst
        self._buckets: dict[str, _Bucket] = {}
        self._beats: dict[str, _Bucket] = {}

    def admits(self, gateway: str, now: datetime, *, heartbeat: bool = False) -> bool:
        """Take a token and return whether there was one."""
        if self._each_s == 0:
            return True
        bucket = self._buckets.setdefault(gateway, _Bucket(self._burst, now))
        if _take(bucket, now, self._each_s, self._burst):
            bucket.told &= bucket.tokens < self._burst / 2
            return True
        return heartbeat and _take(self._beats.setdefault(gateway, _Bucket(_BEATS, now)), now, _BEATS_EACH_S, _BEATS)

    def is_news(self, gateway: str) -> bool:
        """Return whether it has not been said yet that this gateway is held back; true once until it has rested."""
        bucket = self._buckets.get(gateway)
        if bucket is None or bucket.told:
            return False
        bucket.told = True
        return True


def _take(bucket: _Bucket, now: datetime, each_s: float, burst: int) -> bool:
    # a clock that was set back gives nothing and takes nothing
    gained = max(0.0, (now - bucket.at).total_seconds()) * each_s
    bucket.tokens, bucket.at = min(burst, bucket.tokens + gained), now
    if bucket.tokens < 1:
        return False
    bucket.tokens -= 1
    return True
