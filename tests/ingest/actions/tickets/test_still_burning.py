"""Smoke after somebody said it was over: judged within one clock, however wrong the gateway's is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ingest.actions.tickets.act_on_ticket import act_on_ticket
from ingest.domain.tickets.ticket import Cause, Event, EventDetail, Outcome
from ingest.store.tickets.tables import tickets
from tests.ingest.town import NOON, Town

MINUTE = timedelta(minutes=1)
UNSET = datetime(1970, 1, 1, 0, 5, tzinfo=UTC)


async def resolved_after_ten_minutes(town: Town, first_at: datetime) -> None:
    ticket_id = await town.raise_flag(at=first_at)
    detail = EventDetail(outcome=Outcome.HELPED, cause=Cause.UNKNOWN)
    result = await act_on_ticket(
        town.ctx, ticket_id, Event.RESOLVE, town.actor("dong"), NOON + 10 * MINUTE, detail=detail
    )
    assert result
    assert (await town.ticket(ticket_id))["status"] == "resolved"


@pytest.mark.parametrize("clock", [NOON, NOON - timedelta(hours=1), UNSET])
@pytest.mark.parametrize(("raised", "count"), [(15, 2), (5, 1)])
async def test_smoke_raised_after_the_report_is_new_and_what_was_late_on_its_way_is_not(
    town: Town, clock: datetime, raised: int, count: int
) -> None:
    await resolved_after_ten_minutes(town, clock)
    await town.raise_flag(number=1, at=clock + raised * MINUTE, now=NOON + 15 * MINUTE)
    assert await town.count(tickets) == count


@pytest.mark.parametrize("at", [UNSET, NOON + 14 * MINUTE])
async def test_a_clock_that_was_set_back_or_forth_in_between_hides_no_fire(town: Town, at: datetime) -> None:
    await resolved_after_ten_minutes(town, NOON if at == UNSET else UNSET)
    await town.raise_flag(number=1, at=at, now=NOON + 15 * MINUTE)
    assert await town.count(tickets) == 2


@pytest.mark.parametrize("raised", [15, 5])
async def test_a_clock_in_our_future_is_not_believed_and_a_fire_is_rather_told_twice(town: Town, raised: int) -> None:
    ahead = NOON + timedelta(hours=1)
    await resolved_after_ten_minutes(town, ahead)
    await town.raise_flag(number=1, at=ahead + raised * MINUTE, now=NOON + 15 * MINUTE)
    assert await town.count(tickets) == 2
