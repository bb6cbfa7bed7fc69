"""Levels: at which power a home stands when nobody is about, as shares of bins with forgetting. Knows no meters."""

from __future__ import annotations

from dataclasses import dataclass, field

_BIN_W = 4.0
_LAST_BIN = 200
_KEEP = 0.93
"""What remains of the counts after each deep quiet: about two weeks of nights count."""
_KNOWN = 100.0
_RARE = 0.0015
_STEP_SHARE = 0.0015


@dataclass(slots=True)
class Levels:
    """Counts by bin (text keys, as JSON has them) and their sum; `steps` are the shares of differences, not stored."""

    counts: dict[str, float] = field(default_factory=dict)
    total: float = 0.0
    steps: list[float] = field(default_factory=list)

    @staticmethod
    def put(counts: dict[str, float], watts: float) -> None:
        """Count one level."""
        key = str(min(_LAST_BIN, int(max(watts, 0.0) / _BIN_W)))
        counts[key] = counts.get(key, 0.0) + 1.0

    def count(self, watts: float) -> None:
        """Count one level at once, with a little forgetting."""
        if self.total > 600.0:
            self._forget(_KEEP)
        self.put(self.counts, watts)
        self.total += 1.0
        self.steps = []

    def learn(self, quiet: dict[str, float]) -> None:
        """Take in the counts of one deep quiet."""
        if not quiet:
            return
        self._forget(_KEEP)
        for key, count in quiet.items():
            self.counts[key] = self.counts.get(key, 0.0) + count
        self.total += sum(quiet.values())
        self.steps = []

    def known(self) -> bool:
        """Whether enough has been seen to conclude anything."""
        return self.total >= _KNOWN

    def holds(self, watts: float, share_of_level: float, share: float) -> bool:
        """Whether the home stands near `watts` (3 W and a share of the level) for more than `share` of the time."""
        width = 3.0 + share_of_level * watts
        low, high = int(max(0.0, watts - width) / _BIN_W), int((watts + width) / _BIN_W)
        counts = self.counts
        near = sum(counts.get(str(index), 0.0) for index in range(low, high + 1))
        return near > share * self.total

    def steps_by(self, watts: float, width: float) -> bool:
        """Whether two levels at which the home stands lie `watts` apart, give or take `width`."""
        if not self.steps:
            self._find_steps()
        low, high = int(max(0.0, watts - width) / _BIN_W), int((watts + width) / _BIN_W)
        return sum(self.steps[low : high + 1]) >= _STEP_SHARE

    def _forget(self, keep: float) -> None:
        self.counts = {key: count * keep for key, count in self.counts.items() if count * keep > 0.02}
        self.total = sum(self.counts.values())

    def _find_steps(self) -> None:
        shares = [(int(key), count / self.total) for key, count in self.counts.items() if count > _RARE * self.total]
        self.steps = [0.0] * (_LAST_BIN + 1)
        for low, one in shares:
            for high, other in shares:
                if high > low:
                    self.steps[high - low] += 2.0 * one * other
