"""Triage as a function: what is known and a flag, what is decided; and when a flag can have been raised."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ingest.domain.duty.plan import built_in_plan
from ingest.domain.incoming.triage import Episode, HeardFlag, Known, Triage, decide_flag, latest_on_our_clock
from ingest.domain.tickets.ticket import Condition, Status, Ticket
from models.flag import FlagEvent, FlagKind, Severity
from tests.ingest.town import NOON, flag

LEAK = {"kind": FlagKind.LEAK, "severity": Severity.URGENT}
MINUTE = timedelta(minutes=1)


def ticket(status: Status, severity: Severity = Severity.URGENT) -> Ticket:
    done = NOON - 10 * MINUTE if status in (Status.RESOLVED, Status.CLOSED) else None
    return Ticket(
        ticket_id="t-1",
        area_id="c1",
        kind="leak",
        severity=severity,
        status=status,
        condition=Condition.ACTIVE,
        text_zh="",
        text_en="",
        since=NOON,
        plan=built_in_plan(severity),
        step=0,
        due_at=None,
        due_kind=None,
        opened_at=NOON - 20 * MINUTE,
        resolved_at=done,
    )


def known(
    own: Status | None = None, similar: Status | None = None, *, silenced: bool = False, tested: bool = False
) -> Known:
    episode = Episode(0, ticket_id="t-1") if own else Episode()
    mine, like = (None if status is None else ticket(status) for status in (own, similar))
    return Known(episode, [], own=mine, similar=like, silenced=silenced, tested=tested)


@pytest.mark.parametrize(
    ("what", "there", "changes"),
    [
        (Triage.OPEN, known(), {}),
        (Triage.ADD, known(similar=Status.OPEN), {}),
        (Triage.OPEN, known(similar=Status.RESOLVED), {}),
        (Triage.ADD, known(own=Status.TAKEN), {"number": 1}),
        (Triage.NOTHING, known(own=Status.CLOSED), {"number": 1}),
        (Triage.OPEN, known(own=Status.CLOSED), {"number": 1, "severity": Severity.CRITICAL}),
        (Triage.CLEAR, known(own=Status.TAKEN), {"number": 1, "event": FlagEvent.CLEARED}),
        (Triage.NOTHING, known(own=Status.TAKEN), {"number": 0, "event": FlagEvent.CLEARED}),
        (Triage.NOTHING, known(), {"event": FlagEvent.CLEARED}),
        (Triage.NOTHING, known(), {"severity": Severity.INFO}),
        (Triage.NOTHING, known(silenced=True), {}),
        (Triage.NOTHING, known(tested=True), {}),
        (Triage.OPEN, known(silenced=True), {"severity": Severity.CRITICAL}),
        (Triage.OPEN, known(tested=True), {"kind": FlagKind.SMOKE}),
        (Triage.ADD, known(similar=Status.OPEN, silenced=True), {}),
        (Triage.NOTHING, known(), {"severity": Severity.VISIT, "waited_s": 7200.0, "over": True}),
        (Triage.OPEN, known(), {"waited_s": 7200.0, "over": True}),
    ],
)
def test_what_is_decided_about_a_flag(what: Triage, there: Known, changes: dict[str, object]) -> None:
    assert decide_flag(flag(**{**LEAK, **changes}), there, NOON).what is what


def test_what_is_added_goes_to_the_own_ticket_before_a_similar_one() -> None:
    there = Known(Episode(0, ticket_id="t-1"), [], own=ticket(Status.TAKEN), similar=ticket(Status.OPEN))
    assert decide_flag(flag(number=1, **LEAK), there, NOON).ticket is there.own


def test_a_flag_says_how_things_stand_unless_a_later_one_or_a_clearing_came_before() -> None:
    own = ticket(Status.TAKEN)
    for episode, newest in ((Episode(0), True), (Episode(5), False), (Episode(0, cleared=True), False)):
        assert decide_flag(flag(number=3, **LEAK), Known(episode, [], own=own), NOON).newest is newest


def test_an_episode_remembers_its_newest_flag_and_whether_that_was_a_clearing() -> None:
    cleared = Episode().after(flag(number=2, event=FlagEvent.CLEARED), None)
    assert cleared == Episode(2, cleared=True)
    assert cleared.after(flag(number=1), "t-1") == Episode(2, cleared=True, ticket_id="t-1")
    assert cleared.after(flag(number=3), None) == Episode(3)


def test_the_shortest_way_of_a_flag_bounds_how_far_its_clock_is_behind() -> None:
    quick = HeardFlag(0, NOON - 60 * MINUTE, NOON - 30 * MINUTE)
    late = flag(number=1, at=NOON - 50 * MINUTE)
    heard = [quick, HeardFlag(1, late.at, NOON)]
    assert latest_on_our_clock(late, heard, NOON) == NOON - 20 * MINUTE


def test_of_a_clock_that_was_set_back_only_the_arrival_is_known() -> None:
    heard = [HeardFlag(0, NOON, NOON), HeardFlag(1, NOON - 90 * MINUTE, NOON + MINUTE)]
    assert latest_on_our_clock(flag(number=1, at=NOON - 90 * MINUTE), heard, NOON + MINUTE) == NOON + MINUTE
