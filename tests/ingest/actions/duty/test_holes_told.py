"""Roster holes are told before they come: once a day, to those who can fill them, one level up when it gets late."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from ingest.actions.base.context import ActionContext
from ingest.actions.duty import notify_coverage_gaps
from ingest.actions.duty.change_roster import override_roster, revoke_change
from ingest.actions.duty.check_rosters import Checked, check_rosters
from ingest.actions.duty.notify_coverage_gaps import look_after_rosters
from ingest.actions.tickets.act_on_ticket import act_on_ticket
from ingest.domain.base.people import MACHINE, Kind, Role
from ingest.domain.duty.coverage_notices import ROSTER_HOLE
from ingest.domain.tickets.ticket import Cause, Event, EventDetail, Outcome
from ingest.places.actions.load_places import load_places
from ingest.places.domain.placefile import (
    ChannelEntry,
    GatewayEntry,
    HomeEntry,
    PersonEntry,
    PlaceFile,
    RosterEntry,
    StationEntry,
)
from ingest.store.duty.tables import roster_checks
from ingest.store.notices.tables import notices
from ingest.store.tickets.tables import ticket_history, tickets
from ingest.worker.loops import Worker
from tests.ingest.town import Town

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NINE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""Nine o'clock on a Monday in Shanghai, where the town's homes are."""
FRIDAY = (datetime(2026, 11, 27, 12, tzinfo=UTC), datetime(2026, 11, 28, 0, tzinfo=UTC))
"""20:00 to 08:00 there."""


def roster(**more: object) -> RosterEntry:
    rotation = {"starts": "2026-11-01", "at": "00:00", "every_days": 1, "turns": [["vera"]], **more}
    return RosterEntry(id="c1-roster", area="c1", name="r", rotations=[rotation])


def staff() -> PlaceFile:
    """A studio of the community with one person in it, and the compound's roster."""
    way = [ChannelEntry(kind="sms", address="+8613700000001")]
    person = PersonEntry(
        id="zhan",
        name="Zhan",
        kind=Kind.STATION_STAFF,
        role=Role.SOCIAL_WORKER,
        area="com",
        station="studio",
        language="en",
        channels=way,
    )
    station = StationEntry(id="studio", area="com", name_zh="站", name_en="Studio")
    return PlaceFile(stations=[station], people=[person], rosters=[roster()])


@pytest.fixture
async def studio(town: Town) -> Town:
    await load_places(town.ctx, staff())
    return town


async def empty(town: Town, starts: datetime, ends: datetime) -> str:
    done = await override_roster(
        town.ctx, "c1-roster", (starts, ends), person=None, replaces="vera", actor=MACHINE, now=NINE - DAY
    )
    return str(done.row)


async def told_at(town: Town, now: datetime) -> list[str]:
    """Look through the rosters at `now`; return who was told by that, in order."""
    before = {row["notice_id"] for row in await town.rows(notices)}
    await look_after_rosters(town.ctx, now)
    new = [row for row in await town.rows(notices) if row["notice_id"] not in before]
    assert not any(row["urgent"] for row in new), "calm"
    return sorted(row["person_id"] for row in new)


async def test_a_week_without_holes_tells_nobody(studio: Town) -> None:
    assert await told_at(studio, NINE) == []
    assert await studio.count(tickets) == 0


async def test_the_station_hears_of_all_holes_of_the_week_in_one_message_once_until_they_are_near(
    studio: Town,
) -> None:
    await empty(studio, *FRIDAY)
    await empty(studio, FRIDAY[0] + DAY, FRIDAY[1] + DAY)
    assert await told_at(studio, NINE - timedelta(minutes=1)) == [], "not before nine"
    assert await told_at(studio, NINE) == ["zhan"]
    (notice,) = await studio.rows(notices)
    assert "Compound 1 Fri 27 Nov 20:00–08:00; Compound 1 Sat 28 Nov 20:00–08:00" in notice["text"]
    assert notice["title"] == "[Linshe] Roster: 一社区 Community"
    (ticket,) = await studio.rows(tickets)
    assert (ticket["kind"], ticket["severity"], ticket["area_id"]) == (ROSTER_HOLE, "maintenance", "com")
    assert "11月27日 20:00–08:00" in ticket["text_zh"]
    for hours in (1, 5, 24, 48):
        assert await told_at(studio, NINE + hours * HOUR) == [], "nothing new, and days to go"
    assert await told_at(studio, NINE + 3 * DAY) == ["zhan"], "Friday evening is within 48 hours"
    assert await studio.count(tickets) == 1


async def test_a_hole_within_a_day_that_is_still_there_goes_one_level_up_each_day(studio: Town) -> None:
    await empty(studio, *FRIDAY)
    assert await told_at(studio, NINE) == ["zhan"]
    assert await told_at(studio, NINE + 4 * DAY) == ["ding", "dong"], "nobody at the street's desk: the district's"
    assert await told_at(studio, NINE + 4 * DAY + HOUR) == [], "once a day"
    assert (await studio.rows(tickets))[0]["step"] > 0


async def test_holes_that_are_new_are_told_and_what_was_filled_clears_the_ticket(studio: Town) -> None:
    first = await empty(studio, *FRIDAY)
    await told_at(studio, NINE)
    second = await empty(studio, FRIDAY[0] + DAY, FRIDAY[1] + DAY)
    assert await told_at(studio, NINE + DAY) == ["zhan"]
    for change in (first, second):
        await revoke_change(studio.ctx, int(change), actor=MACHINE, now=NINE)
    assert await told_at(studio, NINE + 2 * DAY) == []
    (ticket,) = await studio.rows(tickets)
    assert (ticket["condition"], ticket["status"]) == ("cleared", "open"), "a person closes it"
    await empty(studio, FRIDAY[0] - HOUR, FRIDAY[1])
    assert await told_at(studio, NINE + 2 * DAY + HOUR) == [], "that can wait for tomorrow's message"
    assert await told_at(studio, NINE + 3 * DAY) == ["zhan"]
    (ticket,) = await studio.rows(tickets)
    assert ticket["condition"] == "active", "the same ticket: nobody has closed it"


async def test_a_hole_that_opens_before_tomorrow_s_message_is_told_within_the_hour(studio: Town) -> None:
    assert await told_at(studio, NINE) == []
    await empty(studio, NINE + 10 * HOUR, NINE + 12 * HOUR)
    assert await told_at(studio, NINE + timedelta(minutes=30)) == []
    assert await told_at(studio, NINE + HOUR) == ["zhan"]
    assert await told_at(studio, NINE + 2 * HOUR) == []


async def test_a_clock_that_was_set_back_does_not_stop_the_looks(studio: Town) -> None:
    assert await told_at(studio, NINE + 300 * DAY) == []
    await empty(studio, NINE + 10 * HOUR, NINE + 12 * HOUR)
    assert await told_at(studio, NINE) == ["zhan"]
    assert await told_at(studio, NINE + DAY) == [], "and it is looked at each day again"
    await empty(studio, *FRIDAY)
    assert await told_at(studio, NINE + 2 * DAY) == ["zhan"]


TONIGHT = (NINE + 17 * HOUR, NINE + 19 * HOUR)
"""Tuesday 02:00 to 04:00 there, before Tuesday's message."""


async def filled(town: Town, change: str) -> None:
    await revoke_change(town.ctx, int(change), actor=MACHINE, now=NINE)


@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize("closed", [False, True])
async def test_a_hole_that_was_filled_and_opens_again_before_tomorrow_s_message_is_told_again(
    studio: Town, *, beside: bool, closed: bool
) -> None:
    change = await empty(studio, *TONIGHT)
    if beside:
        await empty(studio, *FRIDAY)
    assert await told_at(studio, NINE) == ["zhan"]
    (ticket,) = await studio.rows(tickets)
    if closed:
        done = EventDetail(outcome=Outcome.HELPED, cause=Cause.UNKNOWN)
        await act_on_ticket(studio.ctx, ticket["ticket_id"], Event.RESOLVE, studio.actor("dong"), NINE, detail=done)
        (ticket,) = await studio.rows(tickets)
        assert ticket["status"] == "resolved"
    await filled(studio, change)
    for hours in (3, 4):
        assert await told_at(studio, NINE + hours * HOUR) == []
    await empty(studio, *TONIGHT)
    assert await told_at(studio, NINE + 6 * HOUR) != [], "it begins before tomorrow's message"
    assert await told_at(studio, NINE + 7 * HOUR) == []
    assert len(await studio.rows(ticket_history, event="holes_filled")) == 1, "once"


async def test_hours_that_are_over_are_not_filled(studio: Town) -> None:
    await empty(studio, NINE + HOUR, NINE + 4 * HOUR)
    await told_at(studio, NINE)
    for hours in (2, 3, 4, 24):
        await told_at(studio, NINE + hours * HOUR)
    assert await studio.rows(ticket_history, event="holes_filled") == []


async def test_nobody_is_told_at_night(studio: Town) -> None:
    await told_at(studio, NINE)
    await empty(studio, NINE + 14 * HOUR, NINE + 16 * HOUR)
    assert await told_at(studio, NINE + 12 * HOUR) == [], "21:00"


async def test_who_is_at_it_is_left_alone_until_the_last_day_and_then_the_desk_is_told(studio: Town) -> None:
    await empty(studio, *FRIDAY)
    await told_at(studio, NINE)
    (ticket,) = await studio.rows(tickets)
    await act_on_ticket(studio.ctx, ticket["ticket_id"], Event.TAKE, studio.actor("dong"), NINE + HOUR)
    assert await told_at(studio, NINE + 3 * DAY) == []
    assert await told_at(studio, NINE + 4 * DAY) == ["ding", "dong"]


async def test_a_roster_that_is_empty_every_night_is_said_once_and_never_again(town: Town) -> None:
    windows = [{"days": "every_day", "from": "08:00", "to": "20:00"}]
    await load_places(town.ctx, PlaceFile(rosters=[roster(windows=windows)]))
    assert await told_at(town, NINE) == ["ding", "dong"], "no station below: the district's desk"
    (ticket,) = await town.rows(tickets)
    assert ticket["text_en"].endswith("in the next 7 days: Compound 1 daily 20:00–08:00.")
    for days in range(1, 10):
        assert await told_at(town, NINE + days * DAY) == []
    await empty(town, NINE + 12 * DAY, NINE + 12 * DAY + HOUR)
    assert await told_at(town, NINE + 10 * DAY) == ["ding", "dong"], "another hour is news"


async def test_a_place_without_a_roster_is_no_news(town: Town) -> None:
    assert await told_at(town, NINE) == []


async def test_who_is_on_call_and_can_not_be_reached_is_a_hole(studio: Town) -> None:
    mute = PersonEntry(id="vera", name="Vera", role=Role.VOLUNTEER, area="c1", channels=[])
    await load_places(studio.ctx, PlaceFile(people=[mute]))
    assert await told_at(studio, NINE) == ["zhan"]


async def test_a_fault_in_one_district_keeps_neither_the_others_nor_families_and_visits_waiting(
    studio: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway, home = GatewayEntry(id="gw-3", area="jb"), HomeEntry(id="j-1", area="jb", gateway="gw-3", label="1")
    await load_places(studio.ctx, PlaceFile(gateways=[gateway], homes=[home]))
    looked: list[str] = []

    async def first_fails(ctx: ActionContext, path: str, begin: datetime, ahead: timedelta) -> Checked:
        looked.append(path)
        if len(looked) == 1:
            raise ValueError("odd roster")
        return await check_rosters(ctx, path, begin, ahead)

    monkeypatch.setattr(notify_coverage_gaps, "check_rosters", first_fails)
    with pytest.raises(ValueError, match="odd roster"):
        await look_after_rosters(studio.ctx, NINE)
    assert sorted(looked) == ["/hs/", "/jb/"]
    (checked,) = await studio.rows(roster_checks)
    assert checked["area_id"] == looked[1].strip("/"), "the other one's turn comes again"
    looked.clear()
    worker = Worker(studio.ctx, {}, lambda: NINE)
    running = asyncio.create_task(worker.run())
    async with asyncio.timeout(60):
        while not all(worker.states[name].last_success for name in ("family messages", "visits")):
            await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert worker.states["rosters"].last_success is None


async def test_two_workers_at_once_tell_it_once(studio: Town) -> None:
    await empty(studio, *FRIDAY)
    assert sum(await asyncio.gather(*(look_after_rosters(studio.ctx, NINE) for _ in range(2)))) == 1
    assert await studio.count(notices) == 1
    rows = await studio.rows(ticket_history, event="holes_told")
    assert len(rows) == 1
