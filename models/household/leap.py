"""Leap: the clock was set, and everything that a home remembers keeps its distance from now. Pure.

Whatever says since when something has lasted moves with the clock, so that every duration stays what it was. What is
bound to the calendar stays: the away ledger, and the days and habits of the past (but whole weeks move them, too: so
they keep their weekdays and their age). A time of 0 or below means that there is none. Knows no detector's rules.
"""

from __future__ import annotations

from models.household.core.register_gate import Gate
from models.household.drift.daily import Days
from models.household.health.health import DeviceMemory
from models.household.signs.own_loads import OwnLoads
from models.household.silence.inactivity import Silence
from models.household.smoke.smoke import SmokeMemory
from models.household.state import HomeState
from models.household.water.leak import LeakMemory

_DAY_S = 86_400.0
_HOUR_S = 3600.0
_WEEK_S = 7 * _DAY_S
_NEVER = float("inf")


def leap(state: HomeState, seconds: float) -> None:
    """Move a home's memories by `seconds`, which may be negative: what was `state.now` is so much later now."""
    before, now = state.now, state.now + seconds
    weeks = round(seconds / _WEEK_S)
    state.clock_steps += 1
    days = state.clock.day(now) - state.clock.day(before)
    _move(state, seconds, "now", "heard", "wake_at", "last_sign")
    for meter in state.meters.values():
        _move(meter, seconds, "at")
        _move_gate(meter.gate, seconds)
    for device in state.devices.values():
        _move_device(device, seconds, int(now // _DAY_S) - int(before // _DAY_S))
    for episode in state.episodes.values():
        _move(episode, seconds, "since", "told_at")
    for told in state.self_told.values():
        _move(told, seconds, "since", "well_since")
    _move_silence(state.silence, seconds, weeks)
    _move_days(state.days, seconds, days, weeks)
    _move_smoke(state.smoke, seconds)
    _move_leak(state.leak, seconds, before)
    _move_own_loads(state.own_loads, seconds, weeks)
    _move(state.activity, seconds, "last_draw", "switched")
    slot_s = 300.0
    state.activity.slot += int(now // slot_s) - int(before // slot_s)
    _move(state.running, seconds, "since", "until")
    _move(state.load, seconds, "since", "until")
    _move(state.supply, seconds, "since", "until", "begun")
    _move(state.frozen, seconds, "since", "until")
    _move(state.polarity, seconds, "since")
    _move(state.water_guard, seconds, "since", "heard")
    state.water_guard.day += 7 * weeks
    if seconds < 0:
        # hours that are still to come can't have been seen
        hours = int(now // _HOUR_S) - int(before // _HOUR_S)
        state.hours.open = {number + hours: hour for number, hour in state.hours.open.items()}


def _move(memory: object, seconds: float, *names: str) -> None:
    for name in names:
        setattr(memory, name, _moved(getattr(memory, name), seconds))


def _moved(at: float, seconds: float) -> float:
    return at + seconds if 0.0 < at < _NEVER else at


def _move_gate(gate: Gate, seconds: float) -> None:
    _move(gate, seconds, "booked", "rise_at", "other_from", "peak_at", "swapped")
    gate.faults = [_moved(fault, seconds) for fault in gate.faults]


def _move_device(device: DeviceMemory, seconds: float, days: int) -> None:
    _move(device, seconds, "heard", "asked_from", "frozen")
    device.gap_day += days


def _move_silence(silence: Silence, seconds: float, weeks: int) -> None:
    _move(silence, seconds, "since", "due_at")
    silence.peak_day += 7 * weeks
    silence.tail.day += 7 * weeks if silence.tail.day else 0
    silence.spells.move(7 * weeks)


def _move_days(days: Days, seconds: float, today: int, weeks: int) -> None:
    _move(days, seconds, "meal_at", "drift_told")
    days.today.number += today
    for past in days.past:
        past.number += 7 * weeks


def _move_smoke(memory: SmokeMemory, seconds: float) -> None:
    for one in memory.detectors.values():
        _move(one, seconds, "rose", "fell", "pressed", "released", "counted")
        one.rises = [_moved(rise, seconds) for rise in one.rises]


def _move_leak(memory: LeakMemory, seconds: float, before: float) -> None:
    """Let the hour that is being seen go on under its new number; it counts as seen for as much as is over of it."""
    now = before + seconds
    _move(memory, seconds, "moved")
    if memory.hour:
        memory.hour += int(now // _HOUR_S) - int(before // _HOUR_S)
        memory.seconds = max(0.0, memory.seconds + now % _HOUR_S - before % _HOUR_S)


def _move_own_loads(memory: OwnLoads, seconds: float, weeks: int) -> None:
    minutes = round(seconds / 60.0)
    _move(memory, seconds, "drawn", "hint_at")
    memory.begun += minutes if memory.begun else 0
    memory.waiting = [(at + seconds, key, hour) for at, key, hour in memory.waiting]
    for size in memory.sizes.values():
        size.first += minutes
        size.alone = [one + minutes for one in size.alone]
        size.nights = [one + 7 * weeks for one in size.nights]
        size.clock_day += 7 * weeks
