"""Merging, linking, watching: two tickets about one thing, and who hears of them. On both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from ingest.actions.notices.deliver import deliver
from ingest.actions.tickets.act_on_ticket import Acted, act_on_ticket
from ingest.actions.tickets.comment import comment
from ingest.actions.tickets.follow import watch
from ingest.actions.tickets.relate import link, merge
from ingest.domain.tickets.ticket import Cause, Event, EventDetail, Outcome, Refusal, Refused, Status
from ingest.store.notices.tables import notices
from ingest.store.tickets.tables import episodes, ticket_comments, ticket_relations, ticket_watchers
from models.flag import FlagEvent, FlagKind, Severity
from tests.ingest.town import NOON, Remembering, Town

LATER = NOON + timedelta(seconds=30)
QUIET = {"kind": FlagKind.INACTIVITY, "severity": Severity.URGENT}


async def two(town: Town, **second: object) -> tuple[str, str]:
    """A smoke ticket and a later one of the same home for missing signs of life."""
    lead = await town.raise_flag()
    changes = {**QUIET, "episode": "e-2", **second}
    return await town.raise_flag(now=NOON + timedelta(seconds=5), **changes), lead


async def test_a_merged_ticket_is_closed_and_further_flags_come_to_the_other(town: Town) -> None:
    ticket_id, lead = await two(town)
    merged = await merge(town.ctx, ticket_id, lead, town.actor("dong"), LATER)
    assert isinstance(merged, Acted)
    assert merged.ticket.ticket_id == lead
    assert (await town.ticket(ticket_id))["status"] == "closed"
    assert await town.history(ticket_id) == ["opened", "merge"]
    assert await town.history(lead) == ["opened", "merged_in"]
    assert await town.told(ticket_id) == set(), "nobody is asked twice for one thing"

    await town.raise_flag(now=LATER, **QUIET, episode="e-2", number=1, event=FlagEvent.UPDATED)
    await town.raise_flag(now=LATER, **QUIET, episode="e-3")
    assert (await town.history(lead))[2:] == ["new_flag", "new_flag"]
    assert await town.history(ticket_id) == ["opened", "merge"]


async def test_the_home_is_normal_again_only_when_every_situation_of_the_ticket_is_over(town: Town) -> None:
    ticket_id, lead = await two(town)
    await merge(town.ctx, ticket_id, lead, town.actor("dong"), LATER)
    await town.raise_flag(now=LATER, **QUIET, episode="e-2", number=1, event=FlagEvent.CLEARED)
    assert (await town.ticket(lead))["condition"] == "active", "the smoke goes on"
    await town.raise_flag(now=LATER, episode="e-1", number=1, event=FlagEvent.CLEARED)
    assert (await town.ticket(lead))["condition"] == "cleared"


async def test_reopened_it_stands_for_itself_again_with_its_own_situations(town: Town) -> None:
    ticket_id, lead = await two(town)
    await merge(town.ctx, ticket_id, lead, town.actor("dong"), LATER)
    again = EventDetail(reason="not the same thing")
    reopened = await act_on_ticket(town.ctx, ticket_id, Event.REOPEN, town.actor("dong"), LATER, detail=again)
    assert isinstance(reopened, Acted)
    assert reopened.ticket.due_at is not None
    assert await town.rows(ticket_relations) == []
    owners = {row["episode"]: row["ticket_id"] for row in await town.rows(episodes)}
    assert owners == {"e-1": lead, "e-2": ticket_id}


async def test_only_what_belongs_together_is_merged_and_never_the_more_urgent_away(town: Town) -> None:
    ticket_id, lead = await two(town)
    elsewhere = await town.raise_flag(now=NOON + timedelta(seconds=9), **QUIET, episode="e-9", home="h-2")
    dong = town.actor("dong")

    async def refusal(one: str, other: str, name: str = "dong") -> Refusal:
        result = await merge(town.ctx, one, other, town.actor(name), LATER)
        assert isinstance(result, Refused)
        return result.reason

    assert await refusal(ticket_id, elsewhere) is Refusal.NOT_TOGETHER
    assert await refusal(lead, lead) is Refusal.NOT_TOGETHER
    assert await refusal(lead, ticket_id) is Refusal.LESS_URGENT
    assert await refusal(ticket_id, "t-nowhere") is Refusal.UNKNOWN_TICKET
    assert await refusal(ticket_id, lead, "vera") is Refusal.NOT_ALLOWED
    assert await refusal(ticket_id, lead, "other") is Refusal.UNKNOWN_TICKET, "another district's desk learns nothing"
    await act_on_ticket(town.ctx, ticket_id, Event.TAKE, town.actor("vera"), LATER)
    assert await refusal(ticket_id, lead) is Refusal.TAKEN_BY_OTHER, "vera is on her way"
    await act_on_ticket(town.ctx, lead, Event.TAKE, town.actor("vera"), LATER)
    assert isinstance(await merge(town.ctx, ticket_id, lead, dong, LATER), Acted)
    done = EventDetail(outcome=Outcome.HELPED, cause=Cause.COOKING)
    await act_on_ticket(town.ctx, lead, Event.RESOLVE, town.actor("vera"), LATER, detail=done)
    assert await refusal(ticket_id, lead) is Refusal.NOT_NOW


async def test_a_place_s_ticket_takes_in_its_homes_supply_but_never_smoke(town: Town) -> None:
    lost = {"kind": FlagKind.SUPPLY_LOST, "severity": Severity.URGENT}
    alone = await town.raise_flag(home="h-2", episode="e-2", **lost)
    smoke = await town.raise_flag(now=NOON + timedelta(seconds=1), home="h-3", episode="e-3")
    place = await town.raise_flag(
        now=NOON + timedelta(seconds=2),
        home="gw-1",
        episode="e-9",
        kind=FlagKind.COMMON_CAUSE,
        severity=Severity.CRITICAL,
        facts={"homes": "h-2,h-3"},
    )
    refused = await merge(town.ctx, smoke, place, town.actor("dong"), LATER)
    assert isinstance(refused, Refused)
    assert refused.reason is Refusal.NOT_TOGETHER
    assert isinstance(await merge(town.ctx, alone, place, town.actor("dong"), LATER), Acted)


async def test_two_desks_that_merge_crosswise_do_not_stop_each_other(town: Town) -> None:
    first = await town.raise_flag(**QUIET)
    second = await town.raise_flag(
        now=NOON + timedelta(seconds=1), kind=FlagKind.LEAK, severity=Severity.URGENT, episode="e-2"
    )
    pairs = [(first, second), (second, first)] * 3
    results = await asyncio.gather(*(merge(town.ctx, *pair, town.actor("dong"), LATER) for pair in pairs))
    assert sum(isinstance(result, Acted) for result in results) == 1
    statuses = sorted([(await town.ticket(first))["status"], (await town.ticket(second))["status"]])
    assert statuses == ["closed", "open"], "one of the two stays"


async def test_a_link_is_written_on_both_sides_once_and_can_be_taken_back(town: Town) -> None:
    one = await town.raise_flag()
    other = await town.raise_flag(now=NOON + timedelta(seconds=1), home="h-2", episode="e-2")
    sun = town.actor("sun")
    await asyncio.gather(link(town.ctx, one, other, sun, LATER), link(town.ctx, other, one, sun, LATER))
    assert len(await town.rows(ticket_relations)) == 1
    for ticket_id in (one, other):
        assert await town.history(ticket_id) == ["opened", "linked"]
    result = await link(town.ctx, one, other, town.actor("vera"), LATER)
    assert result == Refused(Refusal.NOT_ALLOWED)
    await link(town.ctx, other, one, sun, LATER, wanted=False)
    assert await town.rows(ticket_relations) == []
    assert (await town.history(one))[-1] == "unlinked"


async def test_watchers_hear_of_changes_by_their_channels_and_never_of_their_own_acts(town: Town) -> None:
    ticket_id = await town.raise_flag()
    for name in ("sheng", "dong"):
        assert await watch(town.ctx, ticket_id, town.actor(name), NOON, wanted=True) is True
    await act_on_ticket(town.ctx, ticket_id, Event.TAKE, town.actor("vera"), LATER)
    await comment(town.ctx, ticket_id, "The lift is out of order.", town.actor("dong"), LATER)
    rows = await town.rows(notices, ticket_id=ticket_id, purpose="changed")
    assert sorted(row["person_id"] for row in rows) == ["dong", "sheng", "sheng"]
    assert {row["urgent"] for row in rows} == {False}
    sms = Remembering()
    await deliver(town.ctx, {"sms": sms}, LATER)
    assert any("Somebody has taken it." in notice.text for notice in sms.got)
    assert not any("lift" in notice.text for notice in sms.got), "what was written stays on the page"
    assert await watch(town.ctx, ticket_id, town.actor("sheng"), LATER, wanted=False) is False
    await comment(town.ctx, ticket_id, "Fourth floor.", town.actor("vera"), LATER)
    assert [row["person_id"] for row in await town.rows(ticket_watchers)] == ["dong"]
    rows = await town.rows(notices, ticket_id=ticket_id, purpose="changed")
    assert sorted(row["person_id"] for row in rows) == ["dong", "dong", "sheng", "sheng"]


async def test_watching_gives_nobody_a_right_they_had_not(town: Town) -> None:
    ticket_id = await town.raise_flag()
    for name in ("vanya", "other"):
        refused = await watch(town.ctx, ticket_id, town.actor(name), NOON, wanted=True)
        assert refused == Refused(Refusal.OUT_OF_SCOPE), name
    assert await comment(town.ctx, ticket_id, "x", town.actor("vanya"), NOON) == Refused(Refusal.OUT_OF_SCOPE)
    assert await town.rows(ticket_comments) == []


@pytest.mark.parametrize("text", ["", "  \n "])
async def test_an_empty_comment_is_asked_for(town: Town, text: str) -> None:
    ticket_id = await town.raise_flag()
    refused = await comment(town.ctx, ticket_id, text, town.actor("dong"), NOON)
    assert refused == Refused(Refusal.INCOMPLETE, Status.OPEN, missing="text")


async def test_a_comment_makes_no_page_older_but_an_event_does(town: Town) -> None:
    ticket_id = await town.raise_flag()
    await comment(town.ctx, ticket_id, "Rang twice.", town.actor("dong"), NOON)
    taken = await act_on_ticket(town.ctx, ticket_id, Event.TAKE, town.actor("vera"), LATER, expected_version=1)
    assert isinstance(taken, Acted)
    refused = await act_on_ticket(town.ctx, ticket_id, Event.ARRIVE, town.actor("vera"), LATER, expected_version=2)
    assert isinstance(refused, Refused)
    assert refused.reason is Refusal.CHANGED_MEANWHILE
