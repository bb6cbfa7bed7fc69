"""Canary: how long each stage of a synthetic alarm's way took, where it ended, and which stage was too slow. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

CANARY_LATE = "canary_late"
"""Ticket kind: a gateway's daily test alarm came through, but one stage took longer than a real one may."""


class Ends(StrEnum):
    """Where the way ended, the shortest first."""

    HERE = "here"
    """No phone is configured: nothing is known of the way beyond us."""
    VENDOR = "vendor"
    """The vendor took it and never reports on what becomes of a message."""
    PHONE = "phone"
    """The vendor reported that the phone has it."""


class Stage(StrEnum):
    """A part of the way."""

    HERE = "here"
    """From the detector's payload to our receipt at the gateway, by the gateway's own clock."""
    VENDOR = "vendor"
    """From our having it to the vendor's having it."""
    PHONE = "phone"
    """From the vendor's having it to its report that the phone has it."""


LONGEST_S = {Stage.HERE: 60.0, Stage.VENDOR: 60.0, Stage.PHONE: 120.0}
"""What is longer is a fault to look for: an alarm that takes as long is told on the spot, or by the next channel."""


@dataclass(frozen=True, slots=True)
class CanaryWay:
    """Seconds of each stage; None for one that there was not, or whose time is not known yet."""

    here_s: float | None
    vendor_s: float | None = None
    phone_s: float | None = None

    def stages(self) -> dict[Stage, float]:
        """Return the stages whose time is known, in their order."""
        times = {Stage.HERE: self.here_s, Stage.VENDOR: self.vendor_s, Stage.PHONE: self.phone_s}
        return {stage: seconds for stage, seconds in times.items() if seconds is not None}

    @property
    def total_s(self) -> float:
        """All that is known, together."""
        return sum(self.stages().values())

    def slow(self) -> dict[Stage, float]:
        """Return the stages that took longer than they may."""
        return {stage: seconds for stage, seconds in self.stages().items() if seconds > LONGEST_S[stage]}
