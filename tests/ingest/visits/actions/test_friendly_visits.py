"""A month of friendly visits in virtual time: everybody once, agreements kept, notes, and what comes of a bad one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update

from ingest.store.base.tables import people
from ingest.store.ledger.tables import seen_well
from ingest.store.tickets.tables import flags, tickets
from ingest.visits.actions.keep_visit import Kept, Pair, agree_visit, report_visit, send_others
from ingest.visits.actions.plan_visits import look_after_visits, plan_visits
from ingest.visits.domain.visit_note import Found, Hazard, Meals, Medicine, Mood, NoteFault, VisitNote
from ingest.visits.domain.visit_plan import Reason
from ingest.visits.store.tables import visit_months, visits
from ingest.visits.store.visits import VisitRow, facts_of_homes, notes_of, visits_of_month, visits_of_person
from tests.ingest.kinsfolk import gateway_says, move_in, speaks
from tests.ingest.town import Town

FIRST = datetime(2026, 11, 30, 19, 0, tzinfo=UTC)
"""03:00 of the first of December there."""
DAY = timedelta(days=1)
WELL = VisitNote(Found.WELL, 40, Mood.GOOD, Meals.REGULAR, Medicine.AS_TOLD, text="聊了孙子的事")


async def month_of(town: Town, month: str = "2026-12", scope: str = "/hs/") -> list[VisitRow]:
    async with town.ctx.db.read() as connection:
        return await visits_of_month(connection, scope, month)


async def planned(town: Town, at: datetime = FIRST) -> list[VisitRow]:
    await look_after_visits(town.ctx, at)
    return await month_of(town)


async def test_a_month_passes_and_every_home_was_visited(town: Town) -> None:
    """Whoever is named goes on the day; one door stays shut once; the plan is looked at every night."""
    shut, seen = "h-7", set()
    for day in range(31):
        morning = FIRST + day * DAY
        await look_after_visits(town.ctx, morning)
        at = morning + timedelta(hours=7)
        for visit in await month_of(town):
            if visit.done_at is not None or visit.due_on > (morning + timedelta(hours=8)).date().isoformat():
                continue
            assert visit.worker is not None
            assert visit.volunteer is not None
            found = Found.NOBODY if visit.home_id == shut and visit.tries == 0 else Found.WELL
            result = await report_visit(
                town.ctx,
                visit.visit_id,
                VisitNote(found, 30),
                went=[visit.worker, visit.volunteer],
                ended_at=at,
                actor=town.actor(visit.volunteer),
                now=at,
            )
            assert isinstance(result, Kept)
            seen.add(visit.home_id)
    everything = await month_of(town)
    assert {visit.home_id for visit in everything if visit.seen_well} == {f"h-{n}" for n in range(1, 21)} | {"k-1"}
    assert {visit.tries for visit in everything if visit.home_id == shut} == {1}
    assert len(await month_of(town, "2027-01")) >= 21
    assert await town.count(seen_well) == len(everything)


async def test_the_plan_of_a_night_is_made_once(town: Town) -> None:
    first = await planned(town)
    assert await look_after_visits(town.ctx, FIRST + timedelta(minutes=1)) == 0
    async with town.ctx.db.write() as connection:
        await connection.execute(update(visit_months).values(planned_at=FIRST - timedelta(days=1)))
    assert await planned(town, FIRST + timedelta(minutes=2)) == first


async def test_two_who_plan_at_once_plan_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    import ingest.visits.actions.plan_visits as module  # noqa: PLC0415

    honest = module.who_visited
    args = ("hs", "/hs/", "2026-12")

    async def overtaken(*given: object) -> object:
        # while the first one thinks, somebody else has planned
        monkeypatch.setattr(module, "who_visited", honest)
        assert (await plan_visits(town.ctx, *args, today=date(2026, 12, 1), now=FIRST)).added == 21
        return await honest(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "who_visited", overtaken)
    second = await plan_visits(town.ctx, *args, today=date(2026, 12, 1), now=FIRST)
    assert not second.done
    assert len(await month_of(town)) == 21


async def test_a_change_of_habits_means_more_visits_and_the_appointment_stays(town: Town) -> None:
    visit = next(one for one in await planned(town) if one.home_id == "h-2")
    when = FIRST + timedelta(days=20)
    sun = town.actor("sun")
    assert isinstance(await agree_visit(town.ctx, visit.visit_id, when, sun, FIRST), Kept)
    async with town.ctx.db.write() as connection:
        await connection.execute(
            insert(flags).values(
                gateway_id="gw-1", flag_id="f", message_id="m", episode="e", number=0, home_id="h-2", kind="wellbeing",
                severity="visit", event="raised", at=FIRST, since=FIRST, score=1.0, reason="nights", text_zh="",
                text_en="", facts_json={}, received_at=FIRST,
            )
        )  # fmt: skip
    theirs = [one for one in await planned(town, FIRST + DAY) if one.home_id == "h-2"]
    # never seen 2, alone 1, no contact 1, drift 3: twice a month
    assert len(theirs) == 2
    agreed = next(one for one in theirs if one.visit_id == visit.visit_id)
    assert (agreed.agreed_for, agreed.due_on, agreed.volunteer) == (when, visit.due_on, visit.volunteer)
    assert Reason.DRIFT in agreed.reasons


async def test_what_planning_knows_of_a_home(town: Town) -> None:
    await move_in(town)
    await gateway_says(town, FIRST, None, blind=True)
    async with town.ctx.db.read() as connection:
        facts = {one.home_id: one for one in await facts_of_homes(connection, "/hs/", date(2026, 12, 1), FIRST)}
    mother = facts["h-1"]
    assert (mother.age, mother.alone, mother.has_contact, mother.health, mother.blind) == (84, True, True, False, True)
    assert mother.languages == {"宁波话"}
    assert mother.unseen_days is None
    assert (facts["h-2"].age, facts["h-2"].has_contact) == (None, False)


async def test_who_speaks_the_dialect_goes(town: Town) -> None:
    await move_in(town)
    await speaks(town, "viktor", "急救", "宁波话")
    mine = [visit for visit in await planned(town) if visit.home_id == "h-1"]
    assert {visit.volunteer for visit in mine} == {"viktor"}


async def test_somebody_who_leaves_is_replaced_at_night(town: Town) -> None:
    before = await planned(town)
    assert {visit.volunteer for visit in before if visit.home_id != "k-1"} <= {"vera", "viktor", "vanya"}
    async with town.ctx.db.write() as connection:
        await connection.execute(update(people).where(people.c.person_id == "vera").values(active=False))
    after = await planned(town, FIRST + DAY)
    assert "vera" not in {visit.volunteer for visit in after}
    kept = {visit.visit_id: visit.volunteer for visit in before if visit.volunteer != "vera"}
    assert {visit.visit_id: visit.volunteer for visit in after if visit.visit_id in kept} == kept


async def test_a_note_is_kept_and_read_back(town: Town) -> None:
    visit = (await planned(town))[0]
    note = VisitNote(Found.WELL, 55, Mood.LOW, None, Medicine.FORGETS, frozenset({Hazard.GAS}), "药盒要换大的")
    end = FIRST + timedelta(hours=7)
    actor = town.actor(visit.volunteer or "")
    result = await report_visit(
        town.ctx, visit.visit_id, note, went=[visit.volunteer or ""], ended_at=end, actor=actor, now=end
    )
    assert result == Kept(visit.visit_id)
    async with town.ctx.db.read() as connection:
        (kept,) = await notes_of(connection, visit.home_id)
    assert kept.ticks == {"mood": "low", "medicine": "forgets", "hazards": ["gas"]}
    assert (kept.text, kept.minutes, kept.seen_well) == ("药盒要换大的", 55, True)
    again = await report_visit(
        town.ctx, visit.visit_id, WELL, went=[visit.volunteer or ""], ended_at=end, actor=actor, now=end
    )
    assert again is NoteFault.DONE_BEFORE


async def test_somebody_found_unwell_is_a_ticket_at_once(town: Town) -> None:
    visit = next(one for one in await planned(town) if one.home_id == "h-3")
    end = FIRST + timedelta(hours=7)
    result = await report_visit(
        town.ctx,
        visit.visit_id,
        VisitNote(Found.NOT_WELL, 20),
        went=[visit.worker or ""],
        ended_at=end,
        actor=town.actor("sun"),
        now=end,
    )
    assert isinstance(result, Kept)
    assert result.ticket_id is not None
    ticket = await town.ticket(result.ticket_id)
    assert (ticket["home_id"], ticket["severity"], ticket["status"]) == ("h-3", "urgent", "open")
    assert await town.told(result.ticket_id)
    assert await town.count(seen_well) == 0


async def test_a_visit_told_the_day_after_calms_no_detector(town: Town) -> None:
    visit = (await planned(town))[0]
    end = FIRST + timedelta(hours=7)
    result = await report_visit(
        town.ctx,
        visit.visit_id,
        WELL,
        went=[visit.worker or ""],
        ended_at=end,
        actor=town.actor("dong"),
        now=end + DAY,
    )
    assert isinstance(result, Kept)
    assert await town.count(seen_well) == 0
    assert [row["done_at"] for row in await town.rows(visits, visit_id=visit.visit_id)] == [end]


async def test_what_can_not_be_is_refused_with_a_word(town: Town) -> None:
    visit = next(one for one in await planned(town) if one.home_id == "h-1")
    stranger = next(name for name in ("vera", "viktor") if name != visit.volunteer)
    worker, now = visit.worker or "", FIRST + timedelta(days=9)
    for actor, went, minutes, ago_h, fault in (
        ("other", [worker], 30, 0, NoteFault.UNKNOWN_VISIT),
        (stranger, [worker], 30, 0, NoteFault.NOT_YOURS),
        ("dong", [worker], 0, 0, NoteFault.NO_MINUTES),
        ("dong", [worker], 481, 0, NoteFault.NO_MINUTES),
        ("dong", [], 30, 0, NoteFault.NOBODY_WENT),
        ("dong", ["ding"], 30, 0, NoteFault.UNKNOWN_PERSON),
        ("dong", [worker], 30, -1, NoteFault.IN_FUTURE),
        ("dong", [worker], 30, 24 * 7 + 1, NoteFault.TOO_LONG_AGO),
    ):
        result = await report_visit(
            town.ctx,
            visit.visit_id,
            VisitNote(Found.WELL, minutes),
            went=went,
            ended_at=now - timedelta(hours=ago_h),
            actor=town.actor(actor),
            now=now,
        )
        assert result is fault
    assert [row["done_at"] for row in await town.rows(visits, visit_id=visit.visit_id)] == [None]


async def test_an_appointment_lies_in_its_month_and_ahead(town: Town) -> None:
    visit = (await planned(town))[0]
    sun = town.actor("sun")
    # the last evening of December there is still December, an hour later it is not
    midnight = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
    assert await agree_visit(town.ctx, visit.visit_id, midnight, sun, FIRST) is NoteFault.NOT_IN_MONTH
    assert isinstance(await agree_visit(town.ctx, visit.visit_id, midnight - timedelta(hours=1), sun, FIRST), Kept)
    now = FIRST + 5 * DAY
    assert await agree_visit(town.ctx, visit.visit_id, now, sun, now) is NoteFault.TOO_LONG_AGO


async def test_the_station_sends_others_and_a_volunteer_does_not(town: Town) -> None:
    visit = next(one for one in await planned(town) if one.home_id == "h-1")
    pair = Pair("sheng", "vanya")
    assert await send_others(town.ctx, visit.visit_id, pair, town.actor("sun"), FIRST) == Kept(visit.visit_id)
    assert await send_others(town.ctx, visit.visit_id, pair, town.actor("vanya"), FIRST) is NoteFault.NOT_YOURS
    unknown = await send_others(town.ctx, visit.visit_id, Pair("nobody", None), town.actor("sun"), FIRST)
    assert unknown is NoteFault.UNKNOWN_PERSON
    async with town.ctx.db.read() as connection:
        assert visit.visit_id in {one.visit_id for one in await visits_of_person(connection, "vanya", "2026-12")}
        assert (await connection.execute(select(tickets.c.ticket_id))).all() == []
