"""Hearing: which devices answer, how far the data reach, whether the clock can be followed. Nothing of use."""

from __future__ import annotations

from models.flag import Evidence, Flag, FlagKind
from models.household import telling
from models.household.core import register_gate
from models.household.core.meters import LIFE, MeterSample
from models.household.health import health, self_told, supply, trouble
from models.household.health.health import DeviceMemory
from models.household.silence import inactivity, water_guard
from models.household.smoke import smoke
from models.household.state import HomeState
from models.quantity import Quantity

_CLOCK_BACK_S = 120.0
HOLE_S = 900.0
_STILL_SIGNS, _STILL_BEYOND = 6, 1.5
"""Signs of life by load since the last draw, over the most this home has shown, from which on the water meter counts
as standing still by itself. A fixed number would slow the silence down after every evening before the television."""
_WATER, _LOAD = Quantity.WATER_VOLUME.value, Quantity.POWER.value


def follow_clock(state: HomeState, at: float) -> None:
    """Take the time in. A clock that stepped back makes every remembered time doubtful: silence counts anew."""
    if at >= state.now - _CLOCK_BACK_S:
        state.now = max(at, state.now)
        return
    state.clock_steps += 1
    inactivity.restart(state.silence, at)
    state.now = state.heard = state.wake_at = at
    for meter in state.meters.values():
        meter.at = min(meter.at, at)
        register_gate.follow_clock(meter.gate, at)
    for device in state.devices.values():
        device.heard = min(device.heard, at)
    smoke.follow_clock(state.smoke, at)
    self_told.follow_clock(state.self_told, at)
    water_guard.restart(state.water_guard, min(state.water_guard.since, at))
    state.water_guard.since = state.water_guard.heard = min(state.water_guard.heard, at)
    state.running.since = state.load.since = state.supply.since = 0.0


def poll_s(state: HomeState, device: str) -> float | None:
    """Return how often a device is asked, None where nobody said."""
    for told in state.settings.devices:
        if told.device == device:
            return told.poll_s
    return None


def hear(state: HomeState, sample: MeterSample, at: float, flags: list[Flag]) -> None:
    """Note that a device has spoken; what was raised about its silence is over."""
    meter = sample.meter
    device = state.devices.get(meter.device)
    if device is None:
        device = state.devices[meter.device] = DeviceMemory(meter.device, sample.at, 0.0, [])
    if meter.quantity not in device.quantities:
        device.quantities = sorted([*device.quantities, meter.quantity])
    if meter.pace_s:
        device.pace_s = meter.pace_s
    health.note_heard(device, sample.at)
    if state.episodes:
        evidence = Evidence({"device": meter.device}, key="flags.device.answers_again")
        telling.clear(state, f"{FlagKind.DEVICE_SILENT.value}/{meter.device}", at, evidence, flags)
    if sample.quantity in LIFE:
        _extend(state, sample)
        if FlagKind.HOME_BLIND.value in state.episodes:
            evidence = Evidence({}, key="flags.home.seen_again")
            telling.clear(state, FlagKind.HOME_BLIND.value, at, evidence, flags)


def _extend(state: HomeState, sample: MeterSample) -> None:
    """Data reach further now; what lay between without data does not count as silence."""
    gap = sample.at - state.heard
    if gap <= 0 or is_doubtful(state):
        return
    if gap > HOLE_S and gap > 3.0 * sample.meter.pace_s:
        state.silence.missing_s += gap
        state.heard = sample.at
    else:
        reach(state, sample.at)


def reach(state: HomeState, at: float) -> None:
    """Let data reach on to `at`, without a hole and beyond doubt."""
    gap = at - state.heard
    state.days.today.seen_h += gap / 3600.0
    state.silence.missing_s += gap * _unseen_share(state, at)
    state.heard = at


def _unseen_share(state: HomeState, at: float) -> float:
    """Return which share of this home's signs of life can't be seen, because their meter is silent or stands still."""
    water = load = False
    for meter in state.meters.values():
        quiet = at - meter.at
        if quiet > HOLE_S and quiet > 3.0 * meter.pace_s:
            water = water or meter.quantity == _WATER
            load = load or meter.quantity == _LOAD
    seen = state.seen
    # lamps go on and off, and no water for so long: the water meter stands still by itself
    water = water or seen.loads_since_draw >= max(_STILL_SIGNS, _STILL_BEYOND * seen.most_loads)
    if water and not load:
        return seen.draws / (seen.draws + seen.loads)
    if load and not water:
        return seen.loads / (seen.draws + seen.loads)
    return 0.0


def is_doubtful(state: HomeState) -> bool:
    """Whether what the meters say may be nobody's doing: frozen, filled with zeros, or without supply."""
    return trouble.is_frozen(state.frozen) or supply.is_lost(state.supply, state.settings.params.supply)


def tick_devices(state: HomeState, at: float, flags: list[Flag]) -> None:
    """Let time pass over devices that do not speak, and over a home of which none does."""
    params = state.settings.params.health
    for device in state.devices.values():
        if at - device.heard >= params.least_silent_s:
            verdict = health.judge_device(device, at, params, state.clock.hhmm)
            telling.settle(state, verdict, at, flags)
    # a home that was heard just now is not blind, whatever its other devices do
    blind = blind_since(state, at) if at - state.heard >= params.least_silent_s else None
    if blind is not None:
        telling.settle(state, health.judge_blind(blind, at, params, state.clock.hhmm(blind)), at, flags)


def blind_since(state: HomeState, at: float) -> float | None:
    """Return since when nothing is left that could show a person (epoch seconds), None while something is."""
    return health.blind_since(state.devices.values(), at, state.settings.params.health)
