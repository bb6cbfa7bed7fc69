"""Params: the thresholds of every detector, typed and bounded. Knows nothing of files."""

from __future__ import annotations

from dataclasses import dataclass, field

HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class InactivityParams:
    """The silence score. Durations in seconds."""

    least_silence_s: float = 1.5 * HOUR
    """Nobody is sent before this much silence, however surprising it is."""
    line_scale: float = 1.0
    """Multiplies the line that follows from the budget; outcome labels move it, within its bounds."""


@dataclass(frozen=True, slots=True)
class RunningParams:
    """Water that does not stop."""

    least_flow_l_min: float = 1.0
    least_run_s: float = 50 * 60.0
    least_volume_l: float = 150.0
    beyond_usual: float = 1.5
    """How many times the home's own longest run it takes."""
    critical_volume_l: float = 2_000.0


@dataclass(frozen=True, slots=True)
class LoadParams:
    """A big appliance left on."""

    least_w: float = 500.0
    least_run_s: float = 3 * HOUR
    beyond_usual: float = 1.3
    unattended_s: float = 1 * HOUR
    """Without a sign of life for so long, a running appliance counts as left alone."""


@dataclass(frozen=True, slots=True)
class LeakParams:
    """Water that never rests."""

    least_wet_hours: float = 14.0
    beyond_usual_hours: float = 8.0
    least_l_per_h: float = 1.5
    urgent_l_per_h: float = 60.0


@dataclass(frozen=True, slots=True)
class SupplyParams:
    """A home without power behind a meter that answers."""

    least_s: float = 20 * 60.0
    urgent_s: float = 6 * HOUR
    least_floor_w: float = 5.0


@dataclass(frozen=True, slots=True)
class UnusualParams:
    """A day's water far above the home's own days."""

    least_days: float = 10.0
    least_l: float = 400.0
    beyond_usual: float = 3.0


@dataclass(frozen=True, slots=True)
class DriftParams:
    """Slow change. The score is in spreads of a week's middle, added over what changed in each of three weeks."""

    least_score: float = 2.5
    apart_s: float = 30 * 24 * HOUR
    """At most one such flag in this time."""


@dataclass(frozen=True, slots=True)
class HealthParams:
    """Devices that do not answer."""

    silent_polls: float = 3.0
    least_silent_s: float = 15 * 60.0
    detector_silent_s: float = 26 * HOUR
    blind_after_s: float = 1 * HOUR
    blind_visit_s: float = 12 * HOUR
    smoke_calm_s: float = 600.0
    """After a second alarm within an hour, so long without one ends it; 0: each ends at once, and none flaps."""


@dataclass(frozen=True, slots=True)
class Params:
    """All thresholds of one home."""

    inactivity: InactivityParams = field(default_factory=InactivityParams)
    running: RunningParams = field(default_factory=RunningParams)
    load: LoadParams = field(default_factory=LoadParams)
    leak: LeakParams = field(default_factory=LeakParams)
    supply: SupplyParams = field(default_factory=SupplyParams)
    unusual: UnusualParams = field(default_factory=UnusualParams)
    drift: DriftParams = field(default_factory=DriftParams)
    health: HealthParams = field(default_factory=HealthParams)


BOUNDS: dict[str, tuple[float, float]] = {
    "inactivity.least_silence_s": (0.5 * HOUR, 24 * HOUR),
    "inactivity.line_scale": (0.5, 2.0),
    "running.least_flow_l_min": (0.05, 20.0),
    "running.least_run_s": (5 * 60.0, 12 * HOUR),
    "running.least_volume_l": (10.0, 5_000.0),
    "running.beyond_usual": (1.0, 5.0),
    "running.critical_volume_l": (200.0, 50_000.0),
    "load.least_w": (100.0, 10_000.0),
    "load.least_run_s": (600.0, 24 * HOUR),
    "load.beyond_usual": (1.0, 5.0),
    "load.unattended_s": (600.0, 12 * HOUR),
    "leak.least_wet_hours": (6.0, 72.0),
    "leak.beyond_usual_hours": (0.0, 48.0),
    "leak.least_l_per_h": (0.1, 60.0),
    "leak.urgent_l_per_h": (1.0, 1_000.0),
    "supply.least_s": (300.0, 24 * HOUR),
    "supply.urgent_s": (600.0, 72 * HOUR),
    "supply.least_floor_w": (1.0, 200.0),
    "unusual.least_days": (3.0, 60.0),
    "unusual.least_l": (50.0, 10_000.0),
    "unusual.beyond_usual": (1.5, 20.0),
    "drift.least_score": (1.5, 30.0),
    "drift.apart_s": (7 * 24 * HOUR, 180 * 24 * HOUR),
    "health.silent_polls": (2.0, 20.0),
    "health.least_silent_s": (60.0, 24 * HOUR),
    "health.detector_silent_s": (2 * HOUR, 7 * 24 * HOUR),
    "health.blind_after_s": (600.0, 24 * HOUR),
    "health.blind_visit_s": (1 * HOUR, 7 * 24 * HOUR),
    "health.smoke_calm_s": (0.0, 3600.0),
}
"""From, to (both allowed) of every threshold, by `section.name`."""
