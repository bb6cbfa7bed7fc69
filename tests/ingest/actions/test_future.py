"""A gateway's clock ran ahead by years: nothing of ours is dated in the future because of that."""

from __future__ import annotations

from datetime import timedelta

from ingest.store.ledger.tables import home_states, usage_hours
from ingest.store.tickets.tables import flags, tickets
from models.flag import FlagEvent, FlagKind, Severity
from models.wire.messages import Heartbeat, HomeWatchState, HourUse, UsageSummary
from tests.ingest.town import NOON, Town, flag

AHEAD = timedelta(weeks=1024)
HOUR = timedelta(hours=1)


async def test_a_flag_of_2046_becomes_a_ticket_of_today_that_its_end_closes_as_any_other(town: Town) -> None:
    blind = {"kind": FlagKind.HOME_BLIND, "severity": Severity.MAINTENANCE}
    await town.take(town.sealed(flag(**blind, at=NOON + AHEAD, since=NOON + AHEAD - HOUR)))
    (ticket,) = await town.rows(tickets)
    assert (ticket["since"], ticket["opened_at"], ticket["condition"]) == (NOON - HOUR, NOON, "active")
    assert {row["at"] for row in await town.rows(flags)} == {NOON}
    over = flag(**blind, number=1, event=FlagEvent.CLEARED, at=NOON + HOUR, since=NOON - HOUR)
    await town.take(town.sealed(over), now=NOON + HOUR)
    assert (await town.ticket(ticket["ticket_id"]))["condition"] == "cleared"


async def test_hours_that_are_still_to_come_are_not_kept(town: Town) -> None:
    hours = [HourUse(NOON - HOUR, 5.0, None), HourUse(NOON + HOUR, 7.0, None), HourUse(NOON + AHEAD, 9.0, None)]
    await town.take(town.sealed(UsageSummary("h-1", hours)))
    assert [row["start"] for row in await town.rows(usage_hours)] == [NOON - HOUR]


async def test_a_last_sign_of_life_was_no_later_than_now(town: Town) -> None:
    home = HomeWatchState("h-1", True, NOON + AHEAD, None, blind_since=NOON + HOUR)
    await town.take(town.sealed(Heartbeat("1", NOON, 60, 0, 0.0, True, homes=[home])))
    (row,) = await town.rows(home_states)
    assert (row["last_sign_at"], row["blind_since"]) == (NOON, NOON)
