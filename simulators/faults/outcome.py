"""Outcome: what a run is said to have been: the table of faults, the last line, what was lost or doubled."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from simulators.faults.kinds.table import TABLE


@dataclass(slots=True)
class Tally:
    """One fault's line of the table."""

    times: int = 0
    flags: int = 0
    recoveries_s: list[float] = field(default_factory=list)

    def row(self, name: str) -> str:
        """Return a line of the table."""
        ordered = sorted(self.recoveries_s) or [0.0]
        median, worst = ordered[len(ordered) // 2], ordered[-1]
        return f"| {name} | {TABLE[name].words} | {self.times} | {self.flags} | {median:.1f} | {worst:.1f} |"


@dataclass(slots=True)
class FaultOutcome:
    """The whole run. `figures` are further ones for the last line."""

    tallies: dict[str, Tally]
    flags: int
    lost: list[str]
    doubled: list[str]
    figures: dict[str, int]

    @property
    def good(self) -> bool:
        """Whether every howl had its one effect."""
        return not (self.lost or self.doubled)

    def table(self) -> str:
        """Return the table of faults, in Markdown."""
        head = "| fault | what is done | times | flags meanwhile | recovery s, median | worst |\n"
        head += "|---|---|---|---|---|---|\n"
        return head + "\n".join(tally.row(name) for name, tally in self.tallies.items() if tally.times)

    def last_line(self, **more: object) -> str:
        """Return the summary as one line of JSON."""
        worst = max((one for tally in self.tallies.values() for one in tally.recoveries_s), default=0.0)
        summary = {
            "faults": sum(tally.times for tally in self.tallies.values()),
            "flags": self.flags,
            "lost": len(self.lost),
            "doubled": len(self.doubled),
            "worst_recovery_s": round(worst, 1),
        }
        return json.dumps(summary | self.figures | more)
