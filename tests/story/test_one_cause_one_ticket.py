"""A dead bus becomes one ticket that names and holds every home of it; smoke inside stands alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from gateway.watch.common_causes import CommonCauses
from ingest.store.tickets.tables import ticket_homes, tickets
from models.flag import Evidence, Flag, FlagEvent, FlagKind, Severity
from models.household.common_cause.common_cause import CauseScope, ScopeKind
from models.wire.codec import flag_body
from tests.ingest.town import NOON, Town, flag

HOMES = [f"h-{number}" for number in range(1, 6)]
BUS = CauseScope("gw-1/line/bus-1", "bus-1", ScopeKind.LINE, frozenset(HOMES), frozenset(f"{home}-w" for home in HOMES))


def silent(home: str) -> Flag:
    evidence = Evidence({"device": f"{home}-w"}, "没有数据。", "Nothing is heard.")
    return Flag(
        home, FlagKind.DEVICE_SILENT, Severity.MAINTENANCE, FlagEvent.RAISED, NOON, NOON, 1.0, "silent", evidence, home
    )


async def test_a_dead_bus_is_one_ticket_that_lists_its_homes_and_ends_when_they_are_back(town: Town) -> None:
    places = CommonCauses([BUS])
    assert places.sift([silent(home) for home in HOMES], NOON) == []
    later = NOON + timedelta(minutes=5)
    sent = places.sift([], later)
    for one in sent:
        await town.take(town.sealed(flag_body(one)), now=later)
    (ticket,) = await town.rows(tickets)
    assert (ticket["kind"], ticket["subject"]) == ("common_cause", "gw-1/line/bus-1")
    assert all(home in ticket["text_zh"] and home in ticket["text_en"] for home in HOMES)
    assert {row["home_id"] for row in await town.rows(ticket_homes)} == set(HOMES)

    await town.take(town.sealed(flag(home="h-3", episode="smoke")), now=later)
    assert sorted(row["kind"] for row in await town.rows(tickets)) == ["common_cause", "smoke"]

    back = NOON + timedelta(hours=2)
    over = [replace(silent(home), event=FlagEvent.CLEARED, at=back, number=1) for home in HOMES]
    for one in places.sift(over, back):
        await town.take(town.sealed(flag_body(one)), now=back)
    (ticket,) = await town.rows(tickets, kind="common_cause")
    assert ticket["condition"] == "cleared"
