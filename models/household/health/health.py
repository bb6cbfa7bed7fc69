"""Health: devices that do not answer, and homes in which nothing is left that could show a person. Never about use."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from models.flag import Evidence, FlagKind, Severity
from models.household.core.meters import LIFE
from models.household.core.verdict import Verdict
from models.params import HealthParams

_UNKNOWN_PACE_S = 3 * 3600.0
"""Silence of a device of which nobody knows yet how often it speaks."""
_GAP_DAYS = 14
_BEYOND_GAPS = 2.0
_MOST_GAP_S = 24 * 3600.0
"""A device with routine gaps, such as a radio meter, is silent when twice its second longest gap of two weeks is over:
the second, so that one outage makes nobody blind to the next. No gap makes a day's silence routine."""


@dataclass(slots=True)
class DeviceMemory:
    """When a device was last heard (epoch seconds), its pace (0: speaks when it likes) and what it tells."""

    device: str
    heard: float
    pace_s: float
    quantities: list[str]
    asked_from: float = 0.0
    """Since when it could have been heard at all: while the gateway itself was away, silence says nothing."""
    gaps: list[int] = field(default_factory=list)
    """By day, newest last: the longest time between two readings, in seconds; 0 for a day without a gap."""
    gap_day: int = 0
    frozen: float = 0.0
    """When it last repeated an old answer; 0 since it was heard again."""

    def quiet_s(self, now: float) -> float:
        """Return for how long it could have spoken and did not."""
        return now - max(self.heard, self.asked_from)

    def shows_life(self) -> bool:
        """Whether the device can show that somebody is up."""
        return not LIFE.isdisjoint(self.quantities)


def note_heard(device: DeviceMemory, at: float) -> None:
    """Take in that the device has spoken at `at` (epoch seconds)."""
    day = int(at // 86_400.0)
    if day != device.gap_day:
        device.gap_day = day
        device.gaps = [*device.gaps[1 - _GAP_DAYS :], 0]
    gap = device.quiet_s(at)
    if gap > 2.0 * device.pace_s and gap > device.gaps[-1]:
        device.gaps[-1] = round(gap)
    device.heard = max(device.heard, at)
    device.frozen = 0.0


def _routine_s(device: DeviceMemory) -> float:
    """Return how long this device is often silent without being lost, in seconds."""
    if len(device.gaps) < 2 or not any(device.gaps):
        return 0.0
    return min(_MOST_GAP_S, _BEYOND_GAPS * sorted(device.gaps)[-2])


def silent_after(device: DeviceMemory, params: HealthParams) -> float:
    """Return after how many seconds without a good reading the device counts as silent."""
    if not device.shows_life() and device.quantities:
        return max(params.detector_silent_s, params.silent_polls * device.pace_s)
    if device.pace_s == 0.0:
        return _UNKNOWN_PACE_S
    return max(params.least_silent_s, params.silent_polls * device.pace_s, _routine_s(device))


def judge_device(
    device: DeviceMemory, now: float, params: HealthParams, hhmm: Callable[[float], str]
) -> Verdict | None:
    """Return the verdict on one device; `hhmm` says a time (epoch seconds) as the home's clock shows it."""
    quiet = device.quiet_s(now)
    if quiet < silent_after(device, params):
        return None
    minutes = round((now - device.heard) / 60.0)
    return Verdict(
        kind=FlagKind.DEVICE_SILENT,
        severity=Severity.MAINTENANCE,
        since=device.heard,
        score=quiet / silent_after(device, params),
        reason="frozen" if device.frozen else "no_answer",
        evidence=Evidence(
            {"device": device.device, "minutes_silent": minutes},
            key="flags.device.repeats" if device.frozen else "flags.device.no_answer",
            more={"since": hhmm(device.heard)},
        ),
        subject=device.device,
    )


def blind_since(devices: Iterable[DeviceMemory], now: float, params: HealthParams) -> float | None:
    """Return since when no device could show a person (epoch seconds), or None while one can."""
    alive = [device for device in devices if device.shows_life()]
    if not alive or any(device.quiet_s(now) < silent_after(device, params) for device in alive):
        return None
    return max(device.heard for device in alive)


def judge_blind(since: float, now: float, params: HealthParams, hhmm: str) -> Verdict | None:
    """Return the verdict on a home that nothing has shown since `since`."""
    lasted = now - since
    if lasted < params.blind_after_s:
        return None
    hours = lasted / 3600.0
    return Verdict(
        kind=FlagKind.HOME_BLIND,
        severity=Severity.VISIT if lasted >= params.blind_visit_s else Severity.MAINTENANCE,
        since=since,
        score=hours,
        reason="no_data",
        evidence=Evidence(
            {"hours_blind": round(hours, 2)},
            key="flags.home.blind",
            more={"since": hhmm},
        ),
    )
