"""Flag: a verdict that the gateway stands by and sends. Flags of one continuing situation share an episode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class FlagKind(StrEnum):
    """What the matter is."""

    SMOKE = "smoke"
    INACTIVITY = "inactivity"
    RUNNING_WATER = "running_water"
    LEAK = "leak"
    APPLIANCE_ON = "appliance_on"
    SUPPLY_LOST = "supply_lost"
    UNUSUAL_USE = "unusual_use"
    WELLBEING = "wellbeing"
    DEVICE_SILENT = "device_silent"
    DEVICE_TROUBLE = "device_trouble"
    """Frozen, tampered with, battery low, end of life, clock wrong: something for the installer."""
    HOME_BLIND = "home_blind"
    """Nothing is left that could show whether the resident is well."""
    COMMON_CAUSE = "common_cause"
    """Many homes of one place changed in the same minutes: a flag about the place."""
    TEST = "test"


class Severity(StrEnum):
    """How much of a hurry there is; the order of the members is the order of urgency."""

    INFO = "info"
    """Worth knowing; nobody need go."""
    MAINTENANCE = "maintenance"
    VISIT = "visit"
    """A friendly visit in the coming days."""
    URGENT = "urgent"
    """Somebody should look now."""
    CRITICAL = "critical"
    """Life at risk: smoke."""

    @property
    def rank(self) -> int:
        """0 for the least urgent, growing with urgency."""
        return list(Severity).index(self)


PERSON_KINDS: frozenset[FlagKind] = frozenset(
    {FlagKind.INACTIVITY, FlagKind.RUNNING_WATER, FlagKind.APPLIANCE_ON, FlagKind.UNUSUAL_USE, FlagKind.LEAK}
)
"""Kinds that say something about the resident and may send somebody to the door."""


class FlagEvent(StrEnum):
    """Where in its life an episode is."""

    RAISED = "raised"
    UPDATED = "updated"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a flag rests on: the numbers, and the plain true sentence that says them.

    `key` names the sentence in `config/texts`; `facts` and `more`, which only the sentence needs, fill it. The texts
    are those of evidence without a key, which an older version has stored.
    """

    facts: Mapping[str, str | int | float | bool | None]
    text_zh: str = ""
    text_en: str = ""
    key: str = ""
    more: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Flag:
    """One step in the life of an episode at one home (or, for `COMMON_CAUSE`, one place).

    `episode` names the continuing situation, `number` counts its flags from 0, and both together are the flag's
    identity: the same situation replayed gives the same identity. `at` is when the gateway decided, `since` when the
    situation began, both aware UTC in the readings' own time. `score` grows with how unusual it is; its unit is the
    detector's. `reason` is a stable snake_case code.
    """

    home: str
    kind: FlagKind
    severity: Severity
    event: FlagEvent
    at: datetime
    since: datetime
    score: float
    reason: str
    evidence: Evidence
    episode: str
    number: int = 0

    @property
    def flag_id(self) -> str:
        """The identity by which both sides know that they speak of the same flag."""
        return f"{self.episode}.{self.number}"
