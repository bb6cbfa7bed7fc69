"""Stillness: signs of life on their way to the silence, the away ledger, and when the silence is too long."""

from __future__ import annotations

from dataclasses import replace

from models.flag import Evidence, Flag, FlagKind
from models.household import telling
from models.household.core.meters import ENERGY, POWER, Meter, MeterSample, fastest_s
from models.household.signs import activity
from models.household.silence import inactivity
from models.household.spells.spells import LEAST_S
from models.household.state import AwaySpan, HomeState
from models.household.water import leak
from models.quantity import Quantity
from models.usage import GapReason, Use
from models.wire.messages import AwayEntry, AwayWhy

_FORGET_AWAY_S = 86_400.0
_NEVER = 1e12
_KNOWS_LOADS_S = 1.5 * 3600.0
"""A meter that tells loads less often knows what was on in a moment, not what stays on."""
_EXPLAINS = {
    AwayWhy.AWAY: "flags.inactivity.away",
    AwayWhy.SEEN: "flags.inactivity.seen",
}


def note(state: HomeState, sample: MeterSample, at: float, flags: list[Flag]) -> None:
    """Take in a sample of a meter: a sign of life ends the silence."""
    sign_at = _sign_of(state, sample)
    if sign_at is not None:
        _show(state, sign_at, sample.quantity is Quantity.WATER_VOLUME, at, flags)


def note_power(state: HomeState, meter: Meter, at: float, flags: list[Flag]) -> None:
    """Take in what a power meter has just said, as `note` does."""
    sign_at = _powered(state, meter.value, meter.at, meter.pace_s)
    if sign_at is not None:
        _show(state, sign_at, False, at, flags)


def _show(state: HomeState, sign_at: float, by_water: bool, at: float, flags: list[Flag]) -> None:
    """Somebody showed themselves at `sign_at`."""
    state.seen.count(by_water)
    if sign_at >= state.silence.since:
        _end(state, sign_at, at, flags)


def _sign_of(state: HomeState, sample: MeterSample) -> float | None:
    """Return when a person showed themselves by this sample (epoch seconds), or None."""
    if sample.quantity is Quantity.POWER:
        return _powered(state, sample.value, sample.at, sample.meter.pace_s)
    use = sample.use
    if use is None:
        return None
    if sample.quantity is Quantity.WATER_VOLUME:
        return _drawn(state, use)
    if sample.quantity is not Quantity.ENERGY:
        return None
    if not state.tells_power:
        mean = activity.mean_power(state.activity, sample)
        return None if mean is None else _powered(state, mean, sample.at, sample.meter.pace_s)
    return use.end if use.amount and activity.is_burst(state.activity, sample) else None


def _powered(state: HomeState, watts: float, at: float, pace_s: float) -> float | None:
    return activity.note_power(state.activity, watts, at, pace_s, state.clock)


def _drawn(state: HomeState, use: Use) -> float | None:
    if use.why is GapReason.SWAP:
        # another meter: what it counted before is nobody's use, and whoever changed it was there
        inactivity.restart(state.silence, use.end)
    persons = leak.note(state.leak, use)
    if not persons:
        return None
    activity.note_water(state.activity, use.start, use.end)
    return use.end


def _end(state: HomeState, sign_at: float, at: float, flags: list[Flag]) -> None:
    since = state.silence.since
    habitual = state.last_sign > 0 and not any(span.since < sign_at and span.until > since for span in state.away)
    inactivity.note_sign(state.silence, sign_at, state.clock, habitual, state.settings.prior)
    state.last_sign = sign_at
    state.hours.sign(sign_at)
    state.days.sign(state.clock.hour(sign_at))
    state.wake_at = min(state.wake_at, sign_at + LEAST_S)
    if state.episodes:
        evidence = Evidence({}, key="flags.inactivity.sign", more={"at": state.clock.hhmm(sign_at)})
        telling.clear(state, FlagKind.INACTIVITY.value, at, evidence, flags)


def tell_away(state: HomeState, entry: AwayEntry, at: float, flags: list[Flag]) -> None:
    """Write an entry of the away ledger; an inactivity that it explains is over. Told again, it changes nothing."""
    until = entry.until.timestamp() if entry.until is not None else _NEVER
    span = AwaySpan(entry.entry_id, entry.since.timestamp(), until)
    known = any(one.entry_id == span.entry_id for one in state.away)
    kept = [one for one in state.away if one.entry_id != span.entry_id and one.until > at - _FORGET_AWAY_S]
    state.away = kept if entry.revoked else [*kept, span]
    if not entry.revoked and not known and entry.why is AwayWhy.AWAY:
        # who tells absences once will tell them again: from now on an untold one is rare here
        state.told_away += 1
        state.settings = replace(state.settings, ledger=True)
    if is_away(state, at):
        evidence = Evidence({}, key=_EXPLAINS[entry.why])
        telling.clear(state, FlagKind.INACTIVITY.value, at, evidence, flags)
    state.wake_at = min(state.wake_at, at)


def is_away(state: HomeState, at: float) -> bool:
    """Whether the ledger says so."""
    return bool(state.away) and any(span.since <= at < span.until for span in state.away)


def tick(state: HomeState, at: float, flags: list[Flag]) -> None:
    """Let time pass over the silence, as far as data reach."""
    if state.last_sign == 0.0 and not any(device.shows_life() for device in state.devices.values()):
        return
    if is_away(state, at):
        inactivity.restart(state.silence, at)
        return
    silence = state.silence
    if inactivity.wants_look(silence, state.heard):
        inactivity.look(silence, _left_on(state), inactivity.is_final(silence, state.heard))
    if inactivity.wants_foresight(silence, state.heard, state.settings.params.inactivity):
        inactivity.foresee(silence, state.clock, state.settings, fastest_s(state.meters))
    telling.settle(state, inactivity.judge(silence, state.heard, state.clock), at, flags)


def _left_on(state: HomeState) -> bool:
    """Return whether something was left on, as far as is known: a look every few hours says nothing about it."""
    if fastest_s(state.meters, POWER if state.tells_power else ENERGY) > _KNOWS_LOADS_S:
        return False
    return bool(activity.left_on(state.activity, state.heard - state.silence.since))


def noticed_by(state: HomeState, at: float) -> float:
    """Return when a fall at `at` would be noticed (epoch seconds), data coming as they do.

    The later of two: the present silence goes on (asleep since ten, she is awaited at nine, whenever she falls), or
    somebody was up unseen until now and all is off.
    """
    silence = state.silence
    going = inactivity.imagined(silence, silence.since, silence.missing_s, left_on=silence.left_on)
    fell = inactivity.imagined(silence, at)
    for one in (going, fell):
        inactivity.foresee(one, state.clock, state.settings, fastest_s(state.meters))
    age = max(0.0, at - state.heard)
    return max(going.due_at + going.missing_s, fell.due_at) + age
