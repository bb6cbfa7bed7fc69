"""The panel: the one list of detectors, and the only way into a household's arithmetic.

The gateway's watcher and `replay` both call these functions and nothing else. Pure: the time is an argument, nothing
is read or written, the same calls give the same flags. States are mutable and belong to one caller at a time.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from models.flag import Evidence, Flag, FlagKind
from models.household import hearing, steady, stillness, telling
from models.household import leap as leaps
from models.household.core.localtime import LocalClock
from models.household.core.meters import MeterSample, take
from models.household.drift import drift
from models.household.drift.daily import Days, DriftDay
from models.household.health import legibility, self_told, supply, trouble
from models.household.health.health import DeviceMemory
from models.household.health.legibility import Legibility
from models.household.load import load as loads
from models.household.load import polarity
from models.household.settings import HomeSettings
from models.household.signs import activity
from models.household.silence import inactivity
from models.household.smoke import smoke
from models.household.state import HomeState, StateError, dump_state, load_state
from models.household.water import leak, running, unusual
from models.quantity import Quantity
from models.reading import Quality, Reading
from models.usage import Use
from models.wire.messages import AwayEntry, HomeWatchState, HourUse

__all__ = [
    "StateError",
    "drain_hours",
    "dump",
    "leap",
    "load",
    "new_home",
    "next_wake",
    "note_message",
    "observe",
    "resume",
    "retune",
    "silence_ratio",
    "tell_away",
    "tick",
    "tick_smoke",
    "watch_state",
]

_REST_S = 300.0
_SUN = (5.0, 20.0)
"""Local hours in which the sun can shine."""
_SMOKE = frozenset({Quantity.SMOKE, Quantity.SMOKE_COUNT, Quantity.SMOKE_TEST})
_MOST_L_PER_S = 0.6
"""More than this through a home's tap is a register that catches up."""


def new_home(home_id: str, settings: HomeSettings, now: datetime) -> HomeState:
    """Return the state of a home that is watched from `now` (aware UTC) on and of which nothing is known yet."""
    at = now.timestamp()
    clock = LocalClock(settings.zone)
    state = HomeState(home_id, settings, clock, at, inactivity.Silence(at), at, Days(DriftDay(clock.day(at))))
    for told in settings.devices:
        names = sorted(quantity.value for quantity in told.quantities)
        state.devices[told.device] = DeviceMemory(told.device, at, told.poll_s or 0.0, names)
    return state


def observe(state: HomeState, reading: Reading, now: datetime, *, is_last: bool = True) -> list[Flag]:
    """Take in one reading of one of the home's devices; return the flags that follow from it, often none.

    `is_last`: no other reading of the same message follows. A smoke detector is judged on its whole message.
    `now` is the gateway's time, aware UTC, normally that of the reading. Readings that are out of order, doubled,
    unusable or filled in are counted and change nothing about the person.
    """
    at = now.timestamp()
    if at >= state.now:
        state.now = at
    else:
        hearing.follow_clock(state, at)
    flags: list[Flag] = []
    heard_at = at if reading.at is now else reading.at.timestamp()
    if not steady.take(state, reading, heard_at, at, flags):
        sample = take(state.meters, reading, hearing.poll_s(state, reading.device))
        if sample is not None:
            hearing.hear(state, sample, at, flags)
            _detect(state, sample, at, flags)
            steady.pave(state, sample)
        elif reading.quality is Quality.FROZEN and reading.device in state.devices:
            state.devices[reading.device].frozen = heard_at
    if is_last and state.smoke.touched:
        _judge_smoke(state, at, flags)
    if is_last and at >= state.wake_at:
        _tick(state, at, flags)
    return flags


def note_message(state: HomeState, device: str, legible: Legibility, now: datetime) -> list[Flag]:
    """Take in whether a smoke detector's message could be read, after its readings; return the flags that follow."""
    at = now.timestamp()
    flags: list[Flag] = []
    telling.settle(state, legibility.judge(device, legible, at), at, flags)
    key = legibility.key_of(device)
    if key in state.episodes and legibility.is_over(state.episodes[key].severity, legible):
        telling.clear(state, key, at, Evidence({"device": device}, key="flags.smoke.readable_again"), flags)
    return flags


def tick(state: HomeState, now: datetime) -> list[Flag]:
    """Let time pass: flags that come of nothing happening. Cheap before `next_wake`; call it then, or each minute."""
    at = now.timestamp()
    if at >= state.now:
        state.now = at
    else:
        hearing.follow_clock(state, at)
    flags: list[Flag] = []
    if at >= state.wake_at:
        _tick(state, at, flags)
    return flags


def tick_smoke(state: HomeState, now: datetime) -> list[Flag]:
    """Let time pass over the smoke detectors alone: while the hour is not known, nothing else can be judged."""
    flags: list[Flag] = []
    _judge_smoke(state, now.timestamp(), flags)
    return flags


def next_wake(state: HomeState) -> datetime:
    """Return when `tick` may next have something to say, if no reading comes before; aware UTC."""
    return datetime.fromtimestamp(state.wake_at, UTC)


def tell_away(state: HomeState, entry: AwayEntry, now: datetime) -> list[Flag]:
    """Write an entry of the away ledger (new, changed or revoked); an inactivity that it explains is cleared."""
    flags: list[Flag] = []
    stillness.tell_away(state, entry, now.timestamp(), flags)
    return flags


def dump(state: HomeState) -> bytes:
    """Return the memories as versioned JSON, 16 KB at most; settings are not part of it."""
    return dump_state(state)


def load(data: bytes, settings: HomeSettings) -> HomeState:
    """Return the state that `dump` wrote, under (perhaps changed) settings.

    Raises `StateError` (a ValueError) when the data can't be read: the caller starts anew and says so.
    """
    return load_state(data, settings)


def resume(state: HomeState, now: datetime) -> None:
    """Say that the gateway was away until `now`: nobody was asked, so nobody's silence counts from before."""
    for device in state.devices.values():
        device.asked_from = now.timestamp()


def leap(state: HomeState, seconds: float) -> None:
    """Say that the clock was set by `seconds` (negative: back) while the home was watched: no duration has changed."""
    leaps.leap(state, seconds)


def retune(state: HomeState, settings: HomeSettings, now: datetime) -> None:
    """Watch the home by other settings from `now` on; the present silence is judged by them too."""
    ledger = settings.ledger or state.told_away > 0
    state.settings = replace(settings, ledger=ledger)
    state.roads.clear()
    inactivity.look_again(state.silence)
    state.wake_at = min(state.wake_at, now.timestamp())


def drain_hours(state: HomeState) -> list[HourUse]:
    """Return the clock hours finished since the last call, for the charts, and forget them."""
    return state.hours.drain(state.now)


def watch_state(state: HomeState, now: datetime) -> HomeWatchState:
    """Return how well the home is watched: blind or not, away or not, the last sign of life, the silence budget."""
    at = now.timestamp()
    blind = hearing.blind_since(state, at)
    away = stillness.is_away(state, at)
    last = datetime.fromtimestamp(state.last_sign, UTC) if state.last_sign else None
    notice = None
    if blind is None and not away:
        notice = datetime.fromtimestamp(stillness.noticed_by(state, at), UTC)
    since = None if blind is None else datetime.fromtimestamp(blind, UTC)
    scale = state.settings.params.inactivity.line_scale
    return HomeWatchState(state.home_id, blind is not None, last, notice, away, since, scale)


def silence_ratio(state: HomeState, now: datetime) -> float:
    """Return the silence's score over the line at which it is flagged; 0 while away. For back-tests and charts."""
    if stillness.is_away(state, now.timestamp()):
        return 0.0
    return inactivity.ratio(state.silence, state.heard, state.settings)


def _detect(state: HomeState, sample: MeterSample, at: float, flags: list[Flag]) -> None:
    """The list of detectors that look at a sample."""
    quantity, use = sample.quantity, sample.use
    if quantity is Quantity.POWER:
        state.tells_power = True
        load = _load_of(state, sample, at, flags)
        if load is None:
            return
        sample = sample._replace(value=load)
        _detect_load(state, sample, at, flags)
        if _is_suns(state, sample.at):
            activity.break_off(state.activity)
            return
    elif quantity is Quantity.WATER_VOLUME:
        _detect_water(state, sample, at, flags)
    elif quantity in _SMOKE:
        smoke.note(state.smoke, sample)
        return
    elif quantity is Quantity.ENERGY:
        _detect_energy(state, sample, at, flags)
    elif use is None:
        if self_told.note(state.self_told, sample):
            _judge_self_told(state, at, flags)
        return
    stillness.note(state, sample, at, flags)


def _load_of(state: HomeState, sample: MeterSample, at: float, flags: list[Flag]) -> float | None:
    """Return the load in watts, None while the home feeds in and nobody can tell."""
    device = sample.meter.device
    load = polarity.load_of(state.polarity, sample.value, sample.at)
    if load is None:
        supply.note(state.supply, abs(sample.value), sample.at)
        activity.break_off(state.activity)
    verdict = polarity.judge(state.polarity, device, at)
    telling.settle(state, verdict, at, flags)
    if verdict is None and state.episodes:
        key = f"{FlagKind.DEVICE_TROUBLE.value}/{device}/clamp_reversed"
        telling.clear(state, key, at, Evidence({"device": device}, key="flags.device.well_again"), flags)
    return load


def _is_suns(state: HomeState, at: float) -> bool:
    """Whether a step of power may be the sun's: by day, in a home that feeds in."""
    return polarity.feeds_in(state.polarity) and _SUN[0] <= state.clock.hour(at) < _SUN[1]


def _detect_load(state: HomeState, sample: MeterSample, at: float, flags: list[Flag]) -> None:
    params, watts = state.settings.params, sample.value
    state.days.load(watts, sample.at)
    loads.note(state.load, watts, sample.at, params.load)
    supply.note(state.supply, watts, sample.at)
    if state.load.since:
        hhmm = state.clock.hhmm(state.load.since)
        telling.settle(state, loads.judge(state.load, at - state.silence.since, params.load, hhmm), at, flags)
    if state.supply.since:
        hhmm = state.clock.hhmm(state.supply.since)
        telling.settle(state, supply.judge(state.supply, params.supply, hhmm), at, flags)
    if state.episodes:
        telling.clear_over(state, FlagKind.APPLIANCE_ON, state.load.since == 0.0, at, flags)
        telling.clear_over(state, FlagKind.SUPPLY_LOST, state.supply.since == 0.0, at, flags)


def _detect_energy(state: HomeState, sample: MeterSample, at: float, flags: list[Flag]) -> None:
    use, device = sample.use, sample.meter.device
    if use is None:
        return
    state.hours.add(sample.quantity, use)
    state.days.today.energy_wh += use.amount or 0.0
    was_frozen = trouble.is_frozen(state.frozen)
    unheard = trouble.is_unheard(use.end - use.start, sample.meter.pace_s)
    least_w = -1.0 if unheard else min(state.activity.slots[-2:], default=-1.0)
    trouble.note_energy(state.frozen, use.amount, use.start, use.end, least_w)
    if trouble.is_frozen(state.frozen):
        if not was_frozen:
            # what was taken for silence since then was no data
            state.silence.missing_s += max(0.0, state.heard - max(state.frozen.since, state.silence.since))
        hhmm = state.clock.hhmm(state.frozen.since)
        telling.settle(state, trouble.judge_frozen(state.frozen, device, hhmm), at, flags)
    elif was_frozen:
        evidence = Evidence({"device": device}, key="flags.device.moves_again")
        telling.clear(state, f"{FlagKind.DEVICE_TROUBLE.value}/{device}/frozen", at, evidence, flags)


def _judge_self_told(state: HomeState, at: float, flags: list[Flag]) -> None:
    """Judge what devices say of their own health."""
    for step in self_told.judge(state.self_told, at):
        telling.settle(state, step.verdict, at, flags)
        if step.over:
            device = step.over.split("/")[1]
            telling.clear(state, step.over, at, Evidence({"device": device}, key="flags.device.well_again"), flags)
    state.wake_at = min(state.wake_at, self_told.wake_at(state.self_told, at))


def _detect_water(state: HomeState, sample: MeterSample, at: float, flags: list[Flag]) -> None:
    params, use = state.settings.params, sample.use
    if use is None:
        return
    state.hours.add(sample.quantity, use)
    state.days.today.water_l += _of_today(use, state.clock.seconds(use.end) % 86_400.0)
    running.note(state.running, use, params.running)
    if state.running.since:
        hhmm = state.clock.hhmm(state.running.since)
        telling.settle(state, running.judge(state.running, params.running, hhmm), at, flags)
    if state.days.today.water_l >= params.unusual.least_l:
        begun = at - state.clock.seconds(at) % 86_400.0
        telling.settle(state, unusual.judge(state.days, begun, params.unusual), at, flags)
    if state.episodes:
        telling.clear_over(state, FlagKind.RUNNING_WATER, state.running.since == 0.0, at, flags)


def _of_today(use: Use, today_s: float) -> float:
    """Return the litres of a use that belong to today, which is `today_s` seconds old; none of a catch-up."""
    if not use.amount or use.amount > _MOST_L_PER_S * use.seconds:
        return 0.0
    return use.amount * min(1.0, today_s / use.seconds)


def _judge_smoke(state: HomeState, at: float, flags: list[Flag]) -> None:
    """Judge the detectors by their levels as they are now."""
    calm_s = state.settings.params.health.smoke_calm_s
    for step in smoke.judge(state.smoke, at, calm_s):
        telling.settle(state, step.verdict, at, flags)
        if step.over and step.evidence is not None:
            telling.clear(state, step.over, at, step.evidence, flags)
    state.wake_at = min(state.wake_at, smoke.wake_at(state.smoke, at, calm_s))


def _tick(state: HomeState, at: float, flags: list[Flag]) -> None:
    """The list of detectors that look at time passing; ends by saying when to look again."""
    state.wake_at = at + _REST_S
    _judge_smoke(state, at, flags)
    hearing.tick_devices(state, at, flags)
    _judge_registers(state, at, flags)
    _judge_still_water(state, at, flags)
    _judge_self_told(state, at, flags)
    stillness.tick(state, at, flags)
    telling.settle(state, leak.judge(state.leak, state.settings.params.leak), at, flags)
    if state.episodes:
        telling.clear_over(state, FlagKind.LEAK, state.leak.wet == 0, at, flags)
    if state.days.turn(state.clock.day(at)):
        _new_day(state, at, flags)


def _judge_registers(state: HomeState, at: float, flags: list[Flag]) -> None:
    """Tell of registers that do not stand by what they show, and of those that were exchanged."""
    for meter in state.meters.values():
        gate = meter.gate
        if not gate.faults and not gate.swapped:
            continue
        for key, verdict in trouble.judge_register(meter, at):
            telling.settle(state, verdict, at, flags)
            if verdict is None:
                evidence = Evidence({"device": meter.device}, key="flags.device.well_again")
                telling.clear(state, key, at, evidence, flags)
        gate.was_told = f"{FlagKind.DEVICE_TROUBLE.value}/{meter.device}/register_unwell" in state.episodes


def _judge_still_water(state: HomeState, at: float, flags: list[Flag]) -> None:
    """Hold the meters against each other: loads that show a person, and a water register that shows nobody for days."""
    for meter in state.meters.values():
        if meter.quantity != Quantity.WATER_VOLUME:
            continue
        is_away = stillness.is_away(state, at)
        drawn, loads_since = state.own_loads.drawn, state.seen.loads_since_draw
        verdict = None if is_away else trouble.judge_still_water(meter.device, drawn, loads_since, at)
        telling.settle(state, verdict, at, flags)
        key = f"{FlagKind.DEVICE_TROUBLE.value}/{meter.device}/water_still"
        if verdict is None and loads_since == 0 and key in state.episodes:
            telling.clear(state, key, at, Evidence({"device": meter.device}, key="flags.device.well_again"), flags)


def _new_day(state: HomeState, at: float, flags: list[Flag]) -> None:
    """The list of detectors that look at finished days."""
    telling.clear_over(state, FlagKind.UNUSUAL_USE, True, at, flags)
    params = state.settings.params.drift
    if at - state.days.drift_told < params.apart_s:
        return
    telling.clear_over(state, FlagKind.WELLBEING, True, at, flags)
    verdict = drift.judge(state.days, at, params)
    if verdict is not None:
        state.days.drift_told = at
        telling.settle(state, verdict, at, flags)
