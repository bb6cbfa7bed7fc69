"""Verdict: what one detector thinks now. Whether it becomes a flag is decided in `hold`."""

from __future__ import annotations

from dataclasses import dataclass

from models.flag import Evidence, FlagKind, Severity


@dataclass(frozen=True, slots=True)
class Verdict:
    """Something is the matter, since `since` (epoch seconds).

    `subject` tells episodes of the same kind apart that may live side by side, such as two silent devices.
    """

    kind: FlagKind
    severity: Severity
    since: float
    score: float
    reason: str
    evidence: Evidence
    subject: str = ""

    @property
    def key(self) -> str:
        """The name under which `hold` keeps its episode."""
        return f"{self.kind.value}/{self.subject}" if self.subject else self.kind.value
