"""The ticket's table against the house plan: all statuses × all events, each pair said here by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ingest.domain.base.people import MACHINE, Actor, Role
from ingest.domain.duty.plan import built_in_plan
from ingest.domain.tickets.lifecycle import News, add_flag, decide
from ingest.domain.tickets.ticket import (
    Cause,
    Condition,
    DueKind,
    Event,
    EventDetail,
    Outcome,
    Refusal,
    Refused,
    Status,
    Ticket,
)
from models.flag import Severity
from tests.ingest.town import NOON

S, E = Status, Event
# read off the table of the house plan, row by row
EXPECTED: dict[tuple[Status, Event], Status] = {
    (S.OPEN, E.OFFER): S.OFFERED,
    (S.OFFERED, E.DECLINE): S.OPEN,
    (S.OFFERED, E.NO_ANSWER): S.OPEN,
    (S.OPEN, E.TAKE): S.TAKEN,
    (S.OFFERED, E.TAKE): S.TAKEN,
    (S.OPEN, E.ACKNOWLEDGE): S.OPEN,
    (S.OFFERED, E.ACKNOWLEDGE): S.OFFERED,
    (S.TAKEN, E.ARRIVE): S.ON_SITE,
    (S.TAKEN, E.GIVE_BACK): S.OPEN,
    (S.ON_SITE, E.GIVE_BACK): S.OPEN,
    (S.TAKEN, E.ETA): S.TAKEN,
    (S.ON_SITE, E.INSIDE): S.ON_SITE,
    (S.OPEN, E.ALL_WELL): S.OPEN,
    (S.OFFERED, E.ALL_WELL): S.OFFERED,
    (S.RESOLVED, E.ALL_WELL): S.RESOLVED,
    (S.TAKEN, E.ALL_WELL): S.TAKEN,
    (S.ON_SITE, E.ALL_WELL): S.ON_SITE,
    (S.OPEN, E.MERGE): S.CLOSED,
    (S.OFFERED, E.MERGE): S.CLOSED,
    (S.TAKEN, E.MERGE): S.CLOSED,
    (S.ON_SITE, E.MERGE): S.CLOSED,
    (S.OPEN, E.RESOLVE): S.RESOLVED,
    (S.TAKEN, E.RESOLVE): S.RESOLVED,
    (S.ON_SITE, E.RESOLVE): S.RESOLVED,
    (S.RESOLVED, E.CLOSE): S.CLOSED,
    (S.RESOLVED, E.REOPEN): S.OPEN,
    (S.CLOSED, E.REOPEN): S.OPEN,
    (S.OPEN, E.CONDITION_CLEARED): S.OPEN,
    (S.OFFERED, E.CONDITION_CLEARED): S.OFFERED,
    (S.TAKEN, E.CONDITION_CLEARED): S.TAKEN,
    (S.ON_SITE, E.CONDITION_CLEARED): S.ON_SITE,
    (S.RESOLVED, E.CONDITION_CLEARED): S.RESOLVED,
}
DUE = {
    S.OPEN: DueKind.ANSWER_BY,
    S.OFFERED: DueKind.OFFER_BY,
    S.TAKEN: DueKind.ARRIVE_BY,
    S.ON_SITE: DueKind.REPORT_BY,
    S.RESOLVED: DueKind.REVIEW_BY,
    S.CLOSED: None,
}
DESK = Actor("dong", Role.DISPATCHER, "/hs/")
VERA = Actor("vera", Role.VOLUNTEER, "/hs/str/com/c1/")
VIKTOR = Actor("viktor", Role.VOLUNTEER, "/hs/str/com/c1/")
SAID = EventDetail(person_id="vera", reason="because", outcome=Outcome.HELPED, cause=Cause.FALL, minutes=10, into="t-2")
LATER = NOON + timedelta(minutes=3)


def ticket_in(status: Status) -> Ticket:
    """A ticket as it would stand in `status`."""
    closed = status is S.CLOSED
    return Ticket(
        ticket_id="t-1",
        area_id="c1",
        kind="smoke",
        severity=Severity.URGENT,
        status=status,
        condition=Condition.ACTIVE,
        text_zh="旧",
        text_en="old",
        since=NOON,
        plan=built_in_plan(Severity.URGENT),
        step=1,
        due_at=None if closed else NOON + timedelta(minutes=10),
        due_kind=DUE[status],
        opened_at=NOON,
        offered_to="vera" if status is S.OFFERED else None,
        taken_by="vera" if status in (S.TAKEN, S.ON_SITE, S.RESOLVED, S.CLOSED) else None,
        resolved_at=NOON if status in (S.RESOLVED, S.CLOSED) else None,
        version=4,
    )


@pytest.mark.parametrize("event", [event for event in Event if event is not E.NEW_FLAG])
@pytest.mark.parametrize("status", list(Status))
def test_every_pair_of_status_and_event_goes_where_the_plan_says_or_is_refused(status: Status, event: Event) -> None:
    actor = MACHINE if event in (E.NO_ANSWER, E.CONDITION_CLEARED) else DESK
    before = replace(ticket_in(status), help_at=NOON if event is E.ALL_WELL else None)
    after = decide(before, event, actor, SAID, LATER)
    expected = EXPECTED.get((status, event))
    if expected is None:
        assert isinstance(after, Refused)
        assert after.reason in (Refusal.NOT_NOW, Refusal.TAKEN_BY_OTHER)
        assert after.status is status
        return
    assert isinstance(after, Ticket)
    assert (after.status, after.due_kind) == (expected, DUE[expected])
    assert (after.due_at is None) == (expected is S.CLOSED)
    if event is not E.CONDITION_CLEARED and after.due_at is not None:
        assert after.due_at > LATER


@pytest.mark.parametrize("status", [S.OPEN, S.OFFERED, S.TAKEN, S.RESOLVED])
def test_all_is_well_only_after_a_cry_where_nobody_visits_and_puts_nothing_off(status: Status) -> None:
    before = replace(ticket_in(status), help_at=NOON, inside_at=NOON)
    after = decide(before, E.ALL_WELL, DESK, EventDetail(), LATER)
    assert after == replace(before, help_at=None)
    quiet = decide(replace(before, help_at=None), E.ALL_WELL, DESK, EventDetail(), LATER)
    assert isinstance(quiet, Refused)


def test_a_cry_for_help_does_not_outlive_its_ticket() -> None:
    closed = decide(replace(ticket_in(S.RESOLVED), help_at=NOON), E.CLOSE, DESK, EventDetail(), LATER)
    assert isinstance(closed, Ticket)
    assert closed.help_at is None


@pytest.mark.parametrize("status", list(Status))
def test_a_new_flag_is_taken_by_every_live_ticket_and_by_no_closed_one(status: Status) -> None:
    news = News(Severity.INFO, "新", "new", NOON, built_in_plan(Severity.INFO))
    before = ticket_in(status)
    after = add_flag(before, news, LATER)
    if status is S.CLOSED:
        assert after == Refused(Refusal.NOT_NOW, S.CLOSED)
        return
    assert isinstance(after, Ticket)
    assert (after.status, after.text_en, after.severity) == (status, "new", Severity.URGENT)
    assert after.due_at == before.due_at


@pytest.mark.parametrize("status", [S.OPEN, S.OFFERED, S.TAKEN, S.ON_SITE, S.RESOLVED])
def test_a_worse_flag_raises_the_severity_and_never_puts_the_deadline_off(status: Status) -> None:
    plan = built_in_plan(Severity.CRITICAL)
    news = News(Severity.CRITICAL, "新", "new", NOON, plan)
    calm = replace(ticket_in(status), severity=Severity.VISIT, due_at=NOON + timedelta(days=3))
    worse = add_flag(calm, news, LATER)
    assert isinstance(worse, Ticket)
    assert worse.due_at is not None
    assert worse.due_at < NOON + timedelta(days=2)
    assert (worse.severity, worse.plan) == (Severity.CRITICAL, plan)
    soon = replace(ticket_in(status), due_at=LATER + timedelta(seconds=1))
    still = add_flag(soon, news, LATER)
    assert isinstance(still, Ticket)
    assert still.due_at == soon.due_at


def test_an_overtaken_flag_changes_neither_the_sentence_nor_the_condition() -> None:
    cleared = replace(ticket_in(S.OPEN), condition=Condition.CLEARED)
    news = News(Severity.URGENT, "迟", "late", NOON - timedelta(hours=1), cleared.plan, newest=False)
    after = add_flag(cleared, news, LATER)
    assert after == replace(cleared, since=NOON - timedelta(hours=1))


def test_who_comes_second_is_told_who_has_it() -> None:
    assert decide(ticket_in(S.TAKEN), E.TAKE, VIKTOR, EventDetail(), LATER) == Refused(
        Refusal.TAKEN_BY_OTHER, S.TAKEN, taken_by="vera"
    )


@pytest.mark.parametrize(
    ("status", "event", "actor", "reason"),
    [
        (S.OFFERED, E.DECLINE, VIKTOR, Refusal.NOT_YOURS),
        (S.TAKEN, E.ARRIVE, VIKTOR, Refusal.NOT_YOURS),
        (S.TAKEN, E.GIVE_BACK, VIKTOR, Refusal.NOT_YOURS),
        (S.ON_SITE, E.RESOLVE, VIKTOR, Refusal.NOT_YOURS),
        (S.OPEN, E.RESOLVE, VERA, Refusal.NOT_ALLOWED),
    ],
)
def test_only_who_it_concerns_may_say_it(status: Status, event: Event, actor: Actor, reason: Refusal) -> None:
    refused = decide(ticket_in(status), event, actor, SAID, LATER)
    assert isinstance(refused, Refused)
    assert refused.reason is reason


@pytest.mark.parametrize(
    ("status", "event", "missing"),
    [
        (S.OPEN, E.OFFER, "person_id"),
        (S.TAKEN, E.GIVE_BACK, "reason"),
        (S.RESOLVED, E.REOPEN, "reason"),
        (S.ON_SITE, E.RESOLVE, "outcome"),
        (S.TAKEN, E.ETA, "minutes"),
        (S.OPEN, E.NEW_FLAG, "flag"),
    ],
)
def test_what_must_be_said_is_asked_for(status: Status, event: Event, missing: str) -> None:
    refused = decide(ticket_in(status), event, DESK, EventDetail(reason="  "), LATER)
    assert refused == Refused(Refusal.INCOMPLETE, status, missing=missing)


@pytest.mark.parametrize(
    ("event", "detail", "missing"),
    [
        (E.RESOLVE, EventDetail(outcome=Outcome.HELPED), "cause"),
        (E.RESOLVE, EventDetail(cause=Cause.FALL), "outcome"),
        (E.ETA, EventDetail(minutes=7), "minutes"),
        (E.ETA, EventDetail(minutes=-5), "minutes"),
    ],
)
def test_half_of_what_must_be_said_is_not_enough(event: Event, detail: EventDetail, missing: str) -> None:
    assert decide(ticket_in(S.TAKEN), event, VERA, detail, LATER) == Refused(
        Refusal.INCOMPLETE, S.TAKEN, missing=missing
    )


def test_a_promised_arrival_is_kept_and_puts_no_deadline_off() -> None:
    before = ticket_in(S.TAKEN)
    after = decide(before, E.ETA, VERA, EventDetail(minutes=30), LATER)
    assert after == replace(before, eta_at=LATER + timedelta(minutes=30))


def test_the_desk_sees_to_it_once_and_puts_no_deadline_off() -> None:
    before = ticket_in(S.OPEN)
    after = decide(before, E.ACKNOWLEDGE, DESK, EventDetail(), LATER)
    assert after == replace(before, acked_at=LATER)
    assert decide(after, E.ACKNOWLEDGE, DESK, EventDetail(), LATER) == Refused(Refusal.NOT_NOW, S.OPEN)


def test_the_desk_that_sends_somebody_has_seen_it_and_the_machine_has_not() -> None:
    seen = {}
    for name, actor in (("desk", DESK), ("machine", MACHINE)):
        after = decide(ticket_in(S.OPEN), E.OFFER, actor, SAID, LATER)
        assert isinstance(after, Ticket)
        seen[name] = after.acked_at
    assert seen == {"desk": LATER, "machine": None}


def test_who_is_inside_says_so_once_and_all_is_well_only_from_inside() -> None:
    there = ticket_in(S.ON_SITE)
    inside = decide(there, E.INSIDE, VERA, EventDetail(), LATER)
    assert isinstance(inside, Ticket)
    assert inside.inside_at == LATER
    # asked at 20 and 21 minutes, the desk told at 22: the report is due ten minutes after that
    assert inside.due_at == LATER + timedelta(minutes=32)
    assert decide(inside, E.INSIDE, VERA, EventDetail(), LATER) == Refused(Refusal.NOT_NOW, S.ON_SITE, taken_by="vera")
    assert decide(there, E.ALL_WELL, VERA, EventDetail(), LATER) == Refused(Refusal.NOT_NOW, S.ON_SITE, taken_by="vera")
    assert decide(inside, E.ALL_WELL, VIKTOR, EventDetail(), LATER) == Refused(
        Refusal.NOT_YOURS, S.ON_SITE, taken_by="vera"
    )


def test_who_gives_back_leaves_neither_promise_nor_presence_behind() -> None:
    inside = replace(ticket_in(S.ON_SITE), eta_at=NOON, arrived_at=NOON, inside_at=NOON)
    after = decide(inside, E.GIVE_BACK, VERA, EventDetail(reason="no key"), LATER)
    assert isinstance(after, Ticket)
    assert (after.taken_by, after.eta_at, after.arrived_at, after.inside_at) == (None, None, None, None)


def test_the_desk_takes_for_somebody_who_called() -> None:
    after = decide(ticket_in(S.OPEN), E.TAKE, DESK, EventDetail(person_id="vera"), LATER)
    assert isinstance(after, Ticket)
    assert (after.taken_by, after.acked_at) == ("vera", LATER)


def test_a_volunteer_can_not_take_in_another_s_name() -> None:
    after = decide(ticket_in(S.OPEN), E.TAKE, VIKTOR, EventDetail(person_id="vera"), LATER)
    assert isinstance(after, Ticket)
    assert after.taken_by == "viktor"


def test_a_reopened_ticket_begins_again_at_the_first_step_with_nobody() -> None:
    done = replace(ticket_in(S.RESOLVED), outcome=Outcome.AWAY, cause=Cause.AWAY, arrived_at=NOON)
    after = decide(done, E.REOPEN, DESK, EventDetail(reason="she called again"), LATER)
    assert isinstance(after, Ticket)
    assert (after.step, after.taken_by, after.outcome, after.resolved_at, after.arrived_at) == (
        0,
        None,
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("status", "hours", "opens"), [(S.CLOSED, 71.999, True), (S.CLOSED, 72, False), (S.RESOLVED, 100, True)]
)
def test_a_closed_ticket_is_taken_up_again_within_three_days(status: Status, hours: float, opens: bool) -> None:
    after = decide(ticket_in(status), E.REOPEN, DESK, EventDetail(reason="again"), NOON + timedelta(hours=hours))
    if opens:
        assert isinstance(after, Ticket)
        assert (after.status, after.closed_at, after.due_at is None) == (S.OPEN, None, False)
    else:
        assert after == Refused(Refusal.TOO_LATE, S.CLOSED)
