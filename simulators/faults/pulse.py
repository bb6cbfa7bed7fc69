"""Pulse: when the intake was seen to have taken something new, and how long it stood still at most. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise


@dataclass(slots=True)
class Pulse:
    """Told again and again how much was taken in all; seconds that only grow."""

    taken: int = -1
    beats: list[float] = field(default_factory=list)

    def note(self, now: float, taken: int) -> None:
        """Take down that `taken` is the count at `now`."""
        if taken > self.taken:
            self.taken = taken
            self.beats.append(now)

    def longest_pause(self, since: float, until: float) -> float:
        """Return the longest time within `since` to `until` in which nothing new was taken."""
        edges = [since, *(beat for beat in self.beats if since < beat < until), until]
        return max(later - earlier for earlier, later in pairwise(edges))
