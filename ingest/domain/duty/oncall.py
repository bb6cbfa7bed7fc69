"""On call: rosters and a stretch of time → who answers when. Exact to the instant; holes are what is left. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from ingest.domain.base.spans import Span, clipped, covers, merged, without
from ingest.domain.base.wallclock import instant_of
from ingest.domain.duty.holidays import Calendar
from ingest.domain.duty.roster import Override, Roster, Rotation, Window

Duty = dict[str, list[Span]]
"""Person → when they are on call, in order, without overlaps."""

_DAY = timedelta(days=1)
_A_MOMENT = timedelta(milliseconds=1)


def duty_of(roster: Roster, calendar: Calendar, within: Span) -> Duty:
    """Return who of one roster is on call when, within a stretch of time (aware UTC)."""
    duty: Duty = {}
    for rotation in roster.rotations:
        for turn, span in _turns(rotation, roster, within):
            for piece in _worked(rotation.windows, roster, calendar, span):
                for person in turn:
                    duty.setdefault(person, []).append(piece)
    for shift in roster.open_shifts:
        for person in shift.people:
            duty.setdefault(person, []).extend(clipped([(shift.starts, shift.ends)], within))
    for change in roster.overrides:
        _apply(duty, change, within)
    tidy = {person: merged(spans) for person, spans in duty.items()}
    return {person: spans for person, spans in tidy.items() if spans}


def on_call_at(rosters: Iterable[Roster], calendar: Calendar, at: datetime) -> set[str]:
    """Return who is on call at one moment, in any of the rosters."""
    moment = (at, at + _A_MOMENT)
    return {
        person for roster in rosters for person, spans in duty_of(roster, calendar, moment).items() if covers(spans, at)
    }


def _turns(rotation: Rotation, roster: Roster, within: Span) -> Iterator[tuple[tuple[str, ...], Span]]:
    """Yield each turn that reaches into `within`, clipped to it; nothing before the rotation's first day."""
    first = (within[0].astimezone(roster.zone).date() - rotation.starts).days // rotation.every_days - 1
    number = max(first, 0)
    while True:
        begins = rotation.starts + number * rotation.every_days * _DAY
        start = instant_of(begins, rotation.at, roster.zone)
        if start >= within[1]:
            return
        end = instant_of(begins + rotation.every_days * _DAY, rotation.at, roster.zone)
        for span in clipped([(start, end)], within):
            yield rotation.turns[number % len(rotation.turns)], span
        number += 1


def _worked(windows: tuple[Window, ...], roster: Roster, calendar: Calendar, span: Span) -> list[Span]:
    """Return what of a turn lies in the windows; all of it where there are none."""
    if not windows:
        return [span]
    day = span[0].astimezone(roster.zone).date() - _DAY
    last = span[1].astimezone(roster.zone).date()
    found: list[Span] = []
    while day <= last:
        for window in windows:
            if window.applies(day, calendar):
                ends_on = day if window.end > window.start else day + _DAY
                start = instant_of(day, window.start, roster.zone)
                found.append((start, instant_of(ends_on, window.end, roster.zone)))
        day += _DAY
    return merged(clipped(found, span))


def _apply(duty: Duty, change: Override, within: Span) -> None:
    when = clipped([(change.starts.astimezone(UTC), change.ends.astimezone(UTC))], within)
    if change.replaces is None:
        for person in duty:
            duty[person] = without(duty[person], when)
        taken_over = when
    else:
        theirs = merged(duty.get(change.replaces, []))
        taken_over = [piece for span in when for piece in clipped(theirs, span)]
        duty[change.replaces] = without(theirs, when)
    if change.person is not None:
        duty[change.person] = [*duty.get(change.person, []), *taken_over]
