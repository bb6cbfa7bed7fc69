"""Rosters in use, on both databases: who is told, what a dry run and the checker say, who may change what."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from ingest.actions.duty.change_roster import (
    RosterRefusedError,
    open_shift,
    override_roster,
    revoke_change,
    sign_off,
    sign_up,
    swap_shifts,
)
from ingest.actions.duty.check_rosters import check_rosters, on_call_now
from ingest.actions.duty.load_holidays import days_of_library, load_holidays, set_day
from ingest.actions.duty.rehearse_call import UnknownHomeError, rehearse_call
from ingest.actions.tickets.escalate import escalate
from ingest.domain.base.people import MACHINE, Kind, Role
from ingest.domain.duty.coverage import Lack
from ingest.domain.duty.holidays import DayKind
from ingest.places.actions.load_places import load_places
from ingest.places.domain.placefile import (
    ChannelEntry,
    ContactEntry,
    PersonEntry,
    PlaceFile,
    PlaceFileError,
    PlanEntry,
    ResidentEntry,
    RosterEntry,
    StationEntry,
)
from ingest.store.duty.special_days import special_days_of
from ingest.store.notices.tables import notices
from ingest.store.tickets.tables import tickets
from models.flag import FlagKind, Severity
from tests.ingest.town import NOON, PEOPLE, Town

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MIDNIGHT = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
"""In Shanghai, at the beginning of NOON's day."""
SMS = [ChannelEntry(kind="sms", address="+8613900000000")]


def volunteers(**more: object) -> RosterEntry:
    rotation = {"starts": "2026-11-23", "at": "00:00", "every_days": 1, "turns": [["vera"], ["viktor"]], **more}
    return RosterEntry(id="c1-roster", area="c1", name="一小区志愿者", rotations=[rotation])


def care(*steps: dict[str, object], **more: object) -> PlanEntry:
    return PlanEntry(id="care", area="c1", severities=list(Severity), steps=list(steps), **more)  # type: ignore[arg-type]


async def test_only_who_is_on_call_is_asked_then_the_next_level(town: Town) -> None:
    await load_places(town.ctx, PlaceFile(rosters=[volunteers()]))
    today = await town.raise_flag()
    assert await town.told(today) == {"vera"}
    await escalate(town.ctx, NOON + timedelta(seconds=60))
    assert await town.told(today) == {"vera", "sun"}
    tomorrow = await town.raise_flag(now=NOON + DAY, episode="e-2", home="h-2")
    assert await town.told(tomorrow) == {"viktor"}


async def test_nobody_on_call_means_the_whole_level(town: Town) -> None:
    office = volunteers(windows=[{"days": "every_day", "from": "08:00", "to": "10:00"}])
    await load_places(town.ctx, PlaceFile(rosters=[office]))
    assert await town.told(await town.raise_flag()) == {"vera", "viktor"}


async def test_a_dry_run_says_exactly_what_then_happens(town: Town) -> None:
    await load_places(
        town.ctx,
        PlaceFile(
            rosters=[volunteers()],
            residents=[ResidentEntry(id="old", home="h-1", name="陈奶奶", phone="+8613700000000")],
            contacts=[
                ContactEntry(id="son", home="h-1", name="陈先生", position=0, channels=SMS),
                ContactEntry(id="kin", home="h-1", name="陈女士", position=1, channels=SMS, holds_key=True),
            ],
            plans=[
                care(
                    {"to": "resident", "answer_s": 30, "repeat": 2},
                    {"to": "contacts", "in_turn": True, "answer_s": 40},
                    {"level": "compound", "to": "volunteers", "after_s": 5, "answer_s": 60},
                    {"level": "next", "to": "everyone", "answer_s": 60},
                    {"level": "next", "to": "everyone", "answer_s": 60},
                    {"level": "next", "to": "dispatchers", "answer_s": 90},
                )
            ],
        ),
    )
    late = MIDNIGHT + DAY - timedelta(seconds=100)
    said = await rehearse_call(town.ctx, "h-1", Severity.CRITICAL, late)
    foretold = [(asking.at, {person.person_id for person in asking.people}) for asking in said.askings]
    ticket = await town.raise_flag(now=late)
    now = late
    while now < late + timedelta(seconds=420):
        row = await town.ticket(ticket)
        assert row["due_at"] > now
        now = row["due_at"]
        await escalate(town.ctx, now)
    happened: dict[datetime, set[str]] = {}
    for row in await town.rows(notices, ticket_id=ticket):
        happened.setdefault(row["not_before"], set()).add(row["person_id"])
    assert sorted(happened.items())[: len(foretold)] == foretold
    # midnight lies between the first call and the volunteers': the second day's volunteer is on call by then
    assert [people for _, people in foretold] == [
        {"old"}, {"old"}, {"son"}, {"kin"}, {"viktor"}, {"sun"}, {"sheng"}, {"ding", "dong"},
    ]  # fmt: skip
    assert said.askings[-1].repeats
    home_words = [row for row in await town.rows(notices, ticket_id=ticket) if row["person_id"] in ("old", "son")]
    assert all(row["link"] is None and "邻舍" in row["title"] for row in home_words)
    with pytest.raises(UnknownHomeError, match="h-99"):
        await rehearse_call(town.ctx, "h-99", Severity.CRITICAL, NOON)


async def test_a_visit_at_night_waits_for_the_morning_and_smoke_does_not(town: Town) -> None:
    calm = care({"level": "compound", "to": "volunteers", "answer_s": 600}, quiet={"from": "21:00", "to": "08:00"})
    await load_places(town.ctx, PlaceFile(plans=[calm]))
    visit = await town.raise_flag(
        now=MIDNIGHT, kind=FlagKind.WELLBEING, severity=Severity.VISIT, reason="drift", episode="e-7"
    )
    (first, _) = await town.rows(notices, ticket_id=visit)
    assert first["not_before"] == MIDNIGHT + 8 * HOUR
    assert (await town.ticket(visit))["due_at"] == MIDNIGHT + 8 * HOUR + timedelta(seconds=600)
    smoke = await town.raise_flag(now=MIDNIGHT + HOUR)
    assert {row["not_before"] for row in await town.rows(notices, ticket_id=smoke)} == {MIDNIGHT + HOUR}


async def test_who_is_on_call_when_the_quiet_hours_end_is_asked_and_not_who_was_at_night(town: Town) -> None:
    nights = RosterEntry(
        id="nights",
        area="c1",
        name="夜班",
        rotations=[
            {"turns": [["vera"]], "windows": [{"days": "every_day", "from": "20:00", "to": "08:00"}]},
            {"turns": [["viktor"]], "windows": [{"days": "every_day", "from": "08:00", "to": "20:00"}]},
        ],
    )
    calm = care({"level": "compound", "to": "volunteers", "answer_s": 600}, quiet={"from": "21:00", "to": "08:00"})
    await load_places(town.ctx, PlaceFile(plans=[calm], rosters=[nights]))
    visit = await town.raise_flag(now=MIDNIGHT, kind=FlagKind.WELLBEING, severity=Severity.VISIT, episode="e-7")
    said = await rehearse_call(town.ctx, "h-1", Severity.VISIT, MIDNIGHT)
    assert await town.told(visit) == {person.person_id for person in said.askings[0].people} == {"viktor"}


async def test_a_ticket_keeps_the_plan_it_was_opened_with(town: Town) -> None:
    ticket = await town.raise_flag()
    await load_places(town.ctx, PlaceFile(plans=[care({"level": "district", "to": "dispatchers"})]))
    await escalate(town.ctx, NOON + timedelta(seconds=60))
    assert await town.told(ticket) == {"vera", "viktor", "sun"}


async def test_where_no_step_has_anybody_the_desk_is_asked(town: Town) -> None:
    await load_places(town.ctx, PlaceFile(plans=[care({"level": "compound", "to": "station", "answer_s": 60})]))
    assert await town.told(await town.raise_flag()) == {"dong", "ding"}


async def test_where_nobody_is_at_all_an_administrator_from_elsewhere_is_asked(town: Town) -> None:
    silent = [
        PersonEntry(id=name, name=name, role=role, area=area)
        for name, (role, area) in PEOPLE.items()
        if name not in ("admin", "other")
    ]
    moved = PersonEntry(id="admin", name="Admin", role=Role.ADMINISTRATOR, area="jb", channels=SMS)
    await load_places(town.ctx, PlaceFile(people=[*silent, moved]))
    assert await town.told(await town.raise_flag()) == {"admin"}


async def test_station_staff_are_asked_at_the_area_of_their_station(town: Town) -> None:
    await load_places(
        town.ctx,
        PlaceFile(
            stations=[StationEntry(id="st-1", area="com", name_zh="社区驿站", name_en="Studio")],
            people=[
                PersonEntry(
                    id="stan",
                    name="Stan",
                    role=Role.SOCIAL_WORKER,
                    kind=Kind.STATION_STAFF,
                    area="hs",
                    station="st-1",
                    channels=SMS,
                )
            ],
            plans=[care({"level": "community", "to": "station", "answer_s": 60})],
        ),
    )
    assert await town.told(await town.raise_flag()) == {"stan"}


async def test_plans_that_run_in_a_circle_are_refused_and_nothing_is_written(town: Town) -> None:
    step = {"level": "compound", "to": "team"}
    await load_places(town.ctx, PlaceFile(plans=[care(step)]))
    ring = [
        PlanEntry(id="care", area="c1", severities=[Severity.URGENT], steps=[step], then="more"),
        PlanEntry(id="more", area="c1", severities=[Severity.INFO], steps=[step], then="care"),
    ]
    with pytest.raises(PlaceFileError, match="circle"):
        await load_places(town.ctx, PlaceFile(plans=ring))
    said = await rehearse_call(town.ctx, "h-1", Severity.URGENT, NOON)
    assert len(said.plan.steps) == 1


async def test_the_checker_names_each_hole_before_it_comes(town: Town) -> None:
    nights = volunteers(windows=[{"days": "every_day", "from": "18:00", "to": "08:00"}])
    await load_places(town.ctx, PlaceFile(rosters=[nights]))
    checked = await check_rosters(town.ctx, "/hs/", NOON, 2 * DAY)
    assert [(gap.area_id, gap.starts - NOON, gap.ends - NOON, gap.lack) for gap in checked.gaps] == [
        ("c1", timedelta(0), 6 * HOUR, Lack.NOBODY_ON_CALL),
        ("c1", 20 * HOUR, 30 * HOUR, Lack.NOBODY_ON_CALL),
        ("c1", 44 * HOUR, 48 * HOUR, Lack.NOBODY_ON_CALL),
    ]
    assert (checked.areas, checked.rosters, checked.years_unknown) == (5, 1, [2026])
    begin, end = NOON + DAY + 6 * HOUR, NOON + DAY + 20 * HOUR
    await override_roster(town.ctx, "c1-roster", (begin, end), person=None, replaces="viktor", actor=MACHINE, now=NOON)
    sick = await check_rosters(town.ctx, "/hs/", NOON, 2 * DAY)
    # from 18:00 to midnight viktor alone was on call; behind midnight vera is
    assert (NOON + 20 * HOUR, NOON + 36 * HOUR) in [(gap.starts, gap.ends) for gap in sick.gaps]
    assert await on_call_now(town.ctx, "/hs/", NOON + 8 * HOUR) == {"c1": ["vera"]}


async def test_a_place_where_nobody_can_be_reached_is_a_hole(town: Town) -> None:
    gone = [PersonEntry(id=name, name=name, role=Role.VOLUNTEER, area="c1") for name in ("vera", "viktor")]
    await load_places(town.ctx, PlaceFile(people=gone))
    checked = await check_rosters(town.ctx, "/", NOON)
    assert [(gap.area_id, gap.lack, gap.ends - gap.starts) for gap in checked.gaps] == [
        ("c1", Lack.NOBODY_THERE, 30 * DAY)
    ]


async def test_a_swap_changes_who_is_asked_and_can_be_taken_back(town: Town) -> None:
    await load_places(town.ctx, PlaceFile(rosters=[volunteers()]))
    today, tomorrow = (MIDNIGHT, MIDNIGHT + DAY), (MIDNIGHT + DAY, MIDNIGHT + 2 * DAY)
    dong = town.actor("dong")
    await swap_shifts(town.ctx, "c1-roster", ("vera", today), ("viktor", tomorrow), actor=dong, now=MIDNIGHT)
    assert await on_call_now(town.ctx, "/", NOON) == {"c1": ["viktor"]}
    assert await on_call_now(town.ctx, "/", NOON + DAY) == {"c1": ["vera"]}
    await revoke_change(town.ctx, 1, actor=dong, now=MIDNIGHT)
    assert await on_call_now(town.ctx, "/", NOON) == {"c1": ["vera"]}
    with pytest.raises(RosterRefusedError, match="viktor is not on call then"):
        await swap_shifts(town.ctx, "c1-roster", ("vera", today), ("viktor", today), actor=dong, now=MIDNIGHT)


async def test_who_can_not_come_may_say_so_and_nobody_gives_hours_to_others(town: Town) -> None:
    await load_places(town.ctx, PlaceFile(rosters=[volunteers()]))
    hours = (NOON, NOON + HOUR)
    vera = town.actor("vera")
    for person, replaces in (("viktor", "vera"), ("vera", None), (None, "viktor")):
        with pytest.raises(RosterRefusedError, match="only the desk"):
            await override_roster(town.ctx, "c1-roster", hours, person=person, replaces=replaces, actor=vera, now=NOON)
    with pytest.raises(RosterRefusedError, match="only the desk"):
        await override_roster(
            town.ctx, "c1-roster", hours, person="vanya", replaces="vera", actor=town.actor("other"), now=NOON
        )
    await override_roster(town.ctx, "c1-roster", hours, person=None, replaces="vera", actor=vera, now=NOON)
    assert await on_call_now(town.ctx, "/", NOON) == {"c1": []}
    for when, word in (((NOON, NOON), "later than"), ((NOON - DAY, NOON - HOUR), "over already")):
        with pytest.raises(RosterRefusedError, match=word):
            await override_roster(town.ctx, "c1-roster", when, person="vera", replaces=None, actor=MACHINE, now=NOON)
    with pytest.raises(RosterRefusedError, match="not known"):
        await override_roster(town.ctx, "c1-roster", hours, person="nobody", replaces=None, actor=MACHINE, now=NOON)


async def test_two_who_press_for_the_last_place_at_once_are_not_both_signed_up(town: Town) -> None:
    await load_places(town.ctx, PlaceFile(rosters=[volunteers(turns=[["vanya"]], starts="2027-01-01")]))
    shift = await open_shift(town.ctx, "c1-roster", (NOON, NOON + HOUR), 1, actor=town.actor("dong"), now=NOON - HOUR)
    tries = [sign_up(town.ctx, shift.row, name, actor=town.actor(name), now=NOON - HOUR) for name in ("vera", "viktor")]
    results = await asyncio.gather(*tries, return_exceptions=True)
    (refused,) = [one for one in results if isinstance(one, RosterRefusedError)]
    assert "all places" in str(refused)
    ((_, (one,)),) = (await on_call_now(town.ctx, "/", NOON)).items()
    assert one in ("vera", "viktor")
    with pytest.raises(RosterRefusedError, match="has begun"):
        await sign_off(town.ctx, shift.row, one, actor=town.actor(one), now=NOON)
    await sign_off(town.ctx, shift.row, one, actor=town.actor(one), now=NOON - HOUR)
    assert await on_call_now(town.ctx, "/", NOON) == {"c1": []}


async def test_a_year_is_unofficial_until_announced_and_what_was_announced_stays(town: Town) -> None:
    guessed = days_of_library(2026)
    await load_holidays(town.ctx, 2026, guessed, NOON)
    await set_day(town.ctx, date(2026, 2, 14), None, "", NOON)
    await set_day(town.ctx, date(2026, 2, 15), DayKind.WORKDAY, "调休上班", NOON)
    await load_holidays(town.ctx, 2026, guessed, NOON)
    async with town.ctx.db.read() as connection:
        days = {special.day: special for special in await special_days_of(connection, 2026)}
    assert days[date(2026, 2, 15)].official
    assert (days[date(2026, 10, 1)].kind, days[date(2026, 10, 1)].official) == (DayKind.HOLIDAY, False)
    assert days[date(2026, 10, 10)].kind is DayKind.WORKDAY
    assert (await check_rosters(town.ctx, "/", NOON)).years_unknown == []


@pytest.mark.parametrize(
    ("entry", "word"),
    [
        (ResidentEntry(id="old", home="h-99", name="x"), "no home 'h-99'"),
        (ContactEntry(id="vera", home="h-1", name="x"), "somebody in"),
        (volunteers(turns=[["ghost"]]), "nobody with the id ghost"),
        (PersonEntry(id="p", name="p", role=Role.VOLUNTEER, area="c1", station="st-9"), "no station 'st-9'"),
        (PersonEntry(id="p", name="p", role=Role.VOLUNTEER, area="c1", areas=["moon"]), "no area 'moon'"),
    ],
)
async def test_an_entry_that_names_what_is_not_there_is_refused_and_nothing_is_written(
    town: Town, entry: ResidentEntry | ContactEntry | RosterEntry | PersonEntry, word: str
) -> None:
    kinds = {ResidentEntry: "residents", ContactEntry: "contacts", RosterEntry: "rosters", PersonEntry: "people"}
    stay = PersonEntry(id="newcomer", name="n", role=Role.VOLUNTEER, area="c1")
    lists = {"people": [stay]} | {kinds[type(entry)]: [stay, entry] if isinstance(entry, PersonEntry) else [entry]}
    with pytest.raises(PlaceFileError, match=word):
        await load_places(town.ctx, PlaceFile(**lists))  # type: ignore[arg-type]
    with pytest.raises(RosterRefusedError):
        await override_roster(
            town.ctx, "c1-roster", (NOON, NOON + HOUR), person="newcomer", replaces=None, actor=MACHINE, now=NOON
        )
    assert await town.count(tickets) == 0
