"""Stillness: signs of life on their way to the silence, the away ledger, and when the silence is too long."""

from __future__ import annotations

from dataclasses import replace

from models.flag import Evidence, Flag, FlagKind, Severity
from models.household import hearing, telling
from models.household.core.meters import ENERGY, POWER, Meter, MeterSample, fastest_s
from models.household.core.verdict import Verdict
from models.household.signs import activity, own_loads
from models.household.silence import inactivity, water_guard
from models.household.spells.spells import LEAST_S
from models.household.state import AwaySpan, HomeState
from models.household.water import leak
from models.quantity import Quantity
from models.usage import Use
from models.wire.messages import AwayEntry, AwayWhy

_FORGET_AWAY_S = 86_400.0
_NEVER = 1e12
_SEES_COMPANY_S = 1800.0
"""A meter read less often can't tell what came beside a step, nor at which time it came."""
_GUARD_DEAF_S = 6 * 3600.0
"""A water register that has not answered for so long can't say that nobody draws."""
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
    if by_water or FlagKind.INACTIVITY.value in state.episodes:
        guard = state.water_guard
        habitual = not any(span.since < sign_at and span.until > guard.since for span in state.away)
        water_guard.note_sign(guard, sign_at, state.clock.day(sign_at), habitual=habitual, is_draw=by_water)
    if sign_at >= state.silence.since:
        _end(state, sign_at, at, flags)


def _sign_of(state: HomeState, sample: MeterSample) -> float | None:
    """Return when a person showed themselves by this sample (epoch seconds), or None."""
    if sample.quantity is Quantity.POWER:
        return _powered(state, sample.value, sample.at, sample.meter.pace_s)
    if sample.use is None:
        return None
    if sample.quantity is Quantity.WATER_VOLUME:
        return _drawn(state, sample.use, sample.meter.pace_s)
    return _burned(state, sample, sample.use) if sample.quantity is Quantity.ENERGY else None


def _burned(state: HomeState, sample: MeterSample, use: Use) -> float | None:
    """Return when a person showed themselves by what an energy register has counted."""
    if not state.tells_power:
        mean = activity.mean_power(state.activity, sample)
        return None if mean is None else _powered(state, mean, sample.at, sample.meter.pace_s)
    burst = activity.burst_of(state.activity, sample)
    if not burst:
        return None
    shown = use.shown or use.end
    return shown if _is_hand(state, activity.LoadStep(shown, burst), sample.meter.pace_s, is_burst=True) else None


def _powered(state: HomeState, watts: float, at: float, pace_s: float) -> float | None:
    """Return when a person showed themselves by a power sample: by a step that does not come by itself here."""
    steps = activity.note_power(state.activity, watts, at, pace_s, state.clock)
    if not steps:
        return None
    hands = [step.at for step in steps if _is_hand(state, step, pace_s)]
    return hands[0] if hands else None


def _is_hand(state: HomeState, step: activity.LoadStep, pace_s: float, *, is_burst: bool = False) -> bool:
    """Whether a step shows a person: by what this home's loads do, and to a raised alarm only beside another one."""
    if pace_s > _SEES_COMPANY_S:
        return True
    loads, hour = state.own_loads, state.clock.hour(step.at)
    if not own_loads.note_step(loads, step.amount, step.at, hour, is_burst=is_burst):
        return False
    is_confirmed = own_loads.is_confirmed(loads, step.amount, step.at, is_burst=is_burst)
    return is_confirmed or FlagKind.INACTIVITY.value not in state.episodes


def _drawn(state: HomeState, use: Use, pace_s: float) -> float | None:
    water_guard.hear(state.water_guard, use.end, pace_s)
    persons = leak.note(state.leak, use)
    if not persons:
        return None
    activity.note_water(state.activity, use.start, use.end)
    shown = use.shown or use.end
    own_loads.note_draw(state.own_loads, shown)
    return shown


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
        water_guard.restart(state.water_guard, at)
        return
    silence = state.silence
    if inactivity.wants_look(silence, state.heard):
        inactivity.look(silence, _left_on(state), inactivity.is_final(silence, state.heard))
    if inactivity.wants_foresight(silence, state.heard, state.settings.params.inactivity):
        inactivity.foresee(silence, state.clock, state.settings, fastest_s(state.meters))
    verdict = inactivity.judge(silence, state.heard, state.clock) or _guarded(state, at)
    telling.settle(state, verdict, at, flags)


def _guarded(state: HomeState, at: float) -> Verdict | None:
    """Return the verdict of the plain rule: nobody has drawn water for too long, whatever the loads have done."""
    guard = state.water_guard
    if (
        hearing.is_doubtful(state)
        or at - guard.heard > _GUARD_DEAF_S
        or at < water_guard.due_at(guard, state.settings.budget)
    ):
        return None
    hours = (at - guard.since) / 3600.0
    return Verdict(
        kind=FlagKind.INACTIVITY,
        severity=Severity.URGENT,
        since=guard.since,
        score=hours / (water_guard.line_s(guard, state.settings.budget) / 3600.0),
        reason="no_water",
        evidence=Evidence(
            {"hours_silent": round(hours, 2), "hours_missing": round(guard.missing_s / 3600.0, 2)},
            key="flags.inactivity.no_water",
            more={"since": state.clock.hhmm(guard.since)},
        ),
    )


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
