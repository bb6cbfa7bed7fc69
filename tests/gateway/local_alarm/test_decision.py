"""Who is told, when, and in which order: rows just before, just after, and with everything that speaks against it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.local_alarm.contract import Matter, Recipient
from gateway.local_alarm.decision import Failure, OpenFlag, Progress, Task, TellingReason, next_task, why
from models.flag import FlagEvent, FlagKind, Severity
from tests.gateway.local_alarm.conftest import alarm

RAISED, UPDATED, CLEARED = FlagEvent
SMOKE = alarm()
FALL = alarm("ep-2", FlagKind.INACTIVITY, Severity.URGENT)
VERA, VIKTOR = (Recipient("modem", name, f"+86138000000{at:02d}") for at, name in enumerate(("vera", "viktor")))
PEOPLE = {one.episode: (VERA, VIKTOR) for one in (SMOKE, FALL)}


@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        (OpenFlag(SMOKE, RAISED, 19.9, 19.9), TellingReason.RECEIPT_AWAITED),
        (OpenFlag(SMOKE, RAISED, 20.0, 20.0), TellingReason.NO_RECEIPT),
        (OpenFlag(FALL, RAISED, 20.0, 20.0), TellingReason.NO_RECEIPT),
        # made before a restart: waited long enough, but this run has not tried yet
        (OpenFlag(SMOKE, RAISED, 500.0, 4.9), TellingReason.RECEIPT_AWAITED),
        (OpenFlag(SMOKE, RAISED, 500.0, 5.0), TellingReason.NO_RECEIPT),
        (OpenFlag(SMOKE, CLEARED, 99.0, 99.0), TellingReason.OVER),
        (OpenFlag(FALL, UPDATED, 99.0, 99.0), TellingReason.KNOWN),
        (OpenFlag(FALL, UPDATED, 99.0, 99.0, grows_worse=True), TellingReason.NO_RECEIPT),
        (OpenFlag(replace(FALL, severity=Severity.VISIT), RAISED, 99.0, 99.0), TellingReason.NOT_URGENT),
        (OpenFlag(replace(FALL, kind=FlagKind.DEVICE_SILENT), RAISED, 99.0, 99.0), TellingReason.NOT_URGENT),
        (
            OpenFlag(replace(SMOKE, kind=FlagKind.TEST, severity=Severity.INFO), RAISED, 99.0, 99.0),
            TellingReason.NOT_URGENT,
        ),
    ],
)
def test_only_what_is_urgent_and_has_no_receipt_is_told(flag: OpenFlag, expected: TellingReason) -> None:
    assert why(flag, 20.0) is expected


def test_smoke_goes_before_a_person_and_the_older_before_the_newer() -> None:
    older = replace(alarm("ep-0"), at=SMOKE.at - timedelta(minutes=5))
    everybody = {**PEOPLE, "ep-0": (VERA,)}
    assert next_task([FALL, SMOKE, older], {}, everybody, {}, 0.0) == Task(older, VERA)
    told = {"ep-0": Progress(frozenset({("modem", "vera", Matter.ALARM)}))}
    assert next_task([FALL, SMOKE, older], told, everybody, {}, 0.0) == Task(SMOKE, VERA)


def test_nobody_is_told_twice_and_a_failure_holds_up_nobody_else() -> None:
    told = {"ep-1": Progress(frozenset({("modem", "vera", Matter.ALARM)}))}
    assert next_task([SMOKE], told, PEOPLE, {}, 0.0) == Task(SMOKE, VIKTOR)
    first = Task(SMOKE, VERA)
    failed = {first.key: Failure.after(None, 100.0)}
    assert next_task([SMOKE], {}, PEOPLE, failed, 100.0) == Task(SMOKE, VIKTOR)
    assert next_task([SMOKE], {}, {"ep-1": (VERA,)}, failed, 104.9) is None
    assert next_task([SMOKE], {}, {"ep-1": (VERA,)}, failed, 105.0) == first


def test_pauses_after_failures_grow_and_end_at_five_minutes() -> None:
    failure, pauses = None, []
    for _ in range(9):
        failure = Failure.after(failure, 0.0)
        pauses.append(failure.again_at)
    assert pauses == [5, 10, 20, 40, 80, 160, 300, 300, 300]


def test_once_somebody_goes_the_others_are_told_so_and_nobody_new_is_asked() -> None:
    both = frozenset({("modem", "vera", Matter.ALARM), ("modem", "viktor", Matter.ALARM)})
    goes = {"ep-1": Progress(both, accepted_by="vera")}
    assert next_task([SMOKE], goes, PEOPLE, {}, 0.0) == Task(SMOKE, VIKTOR, Matter.GOES)
    only_vera = {"ep-1": Progress(frozenset({("modem", "vera", Matter.ALARM)}), accepted_by="vera")}
    assert next_task([SMOKE], only_vera, PEOPLE, {}, 0.0) is None, "viktor was never asked"
