"""Shares: so many of so many, and the rate where there is something to judge."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole`; the rate is None where there is nothing to judge."""

    part: int
    whole: int

    @property
    def rate(self) -> float | None:
        """Return the part, 0 to 1."""
        return self.part / self.whole if self.whole else None
