"""Photos, the resident seen well, late acknowledgements: what a ticket keeps besides its events. On both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from ingest.actions.base.retention import Retention
from ingest.actions.ledger.note_seen import note_seen
from ingest.actions.ledger.record_absence import Written
from ingest.actions.tickets.act_on_ticket import Acted, act_on_ticket
from ingest.actions.tickets.attach_photo import MOST_PHOTOS, Attached, attach_photo
from ingest.actions.tickets.escalate import escalate
from ingest.actions.tickets.note_lateness import explain_lateness
from ingest.actions.tickets.relate import merge
from ingest.domain.ledger.absence import CALM, AbsenceFault, Way
from ingest.domain.tickets.photo import PhotoFault
from ingest.domain.tickets.ticket import Cause, Event, EventDetail, Outcome, Refusal, Refused, Status
from ingest.store.ledger.tables import ledger_mail, seen_well
from ingest.store.tickets.tables import attachments, late_answers
from models.flag import FlagKind, Severity
from tests.ingest.pictures import JPEG, PLACE, PNG, from_a_phone
from tests.ingest.timers import look_after, prune
from tests.ingest.town import NOON, Town

LATER = NOON + timedelta(seconds=30)
MINUTE = timedelta(minutes=1)
DONE = EventDetail(outcome=Outcome.HELPED, cause=Cause.FALL)


async def closed(town: Town) -> str:
    ticket_id = await town.raise_flag()
    for event in (Event.RESOLVE, Event.CLOSE):
        await act_on_ticket(town.ctx, ticket_id, event, town.actor("dong"), NOON, detail=DONE)
    return ticket_id


async def test_a_photo_is_kept_once_without_its_place_however_often_the_thumb_pressed(town: Town) -> None:
    ticket_id = await town.raise_flag()
    await act_on_ticket(town.ctx, ticket_id, Event.TAKE, town.actor("vera"), NOON)
    sent = [attach_photo(town.ctx, ticket_id, from_a_phone(), town.actor("vera"), LATER) for _ in range(4)]
    results = await asyncio.gather(*sent)
    assert len({result.photo_id for result in results if isinstance(result, Attached)}) == 1
    (row,) = await town.rows(attachments)
    assert PLACE not in row["content"]
    assert (row["author"], row["media_type"]) == ("vera", "image/jpeg")
    assert await town.history(ticket_id) == ["opened", "take", "photo"]


async def test_a_photo_is_taken_from_nobody_beyond_the_area_and_only_in_number(town: Town) -> None:
    ticket_id = await town.raise_flag()
    for name in ("vanya", "other"):
        refused = await attach_photo(town.ctx, ticket_id, JPEG, town.actor(name), LATER)
        assert refused == Refused(Refusal.OUT_OF_SCOPE), name
    assert await attach_photo(town.ctx, ticket_id, b"GIF89a", town.actor("dong"), LATER) is PhotoFault.NO_PHOTO
    for number in range(MOST_PHOTOS):
        # a restart marker's number makes each another photo
        other = JPEG[:-2] + bytes((0xFF, 0xD0 + number % 8)) * (1 + number // 8) + JPEG[-2:]
        assert isinstance(await attach_photo(town.ctx, ticket_id, other, town.actor("dong"), LATER), Attached)
    assert await attach_photo(town.ctx, ticket_id, PNG, town.actor("dong"), LATER) is PhotoFault.TOO_MANY


async def test_photos_go_half_a_year_after_the_closing(town: Town) -> None:
    ticket_id = await closed(town)
    await attach_photo(town.ctx, ticket_id, JPEG, town.actor("dong"), LATER)
    keep = Retention()
    assert "photos" not in await prune(town.ctx, keep, NOON + timedelta(days=180))
    assert (await prune(town.ctx, keep, NOON + timedelta(days=180, seconds=1)))["photos"] == 1
    assert await town.rows(attachments) == []
    assert "photo" in await town.history(ticket_id)


async def test_seen_well_stands_in_the_history_and_goes_down_to_the_detector(town: Town) -> None:
    ticket_id = await town.raise_flag()
    await act_on_ticket(town.ctx, ticket_id, Event.TAKE, town.actor("vera"), NOON)
    seen = await note_seen(town.ctx, "h-1", Way.IN_PERSON, town.actor("vera"), LATER, ticket_id=ticket_id)
    assert isinstance(seen, Written)
    (row,) = await town.rows(seen_well)
    assert (row["ticket_id"], row["until"]) == (ticket_id, LATER + CALM)
    assert (await town.history(ticket_id))[-1] == "seen_well"
    (mail,) = await town.rows(ledger_mail)
    assert (mail["gateway_id"], mail["due_at"]) == ("gw-1", LATER)


async def test_an_old_link_calms_nobody_s_detector(town: Town) -> None:
    ticket_id = await town.raise_flag()
    await act_on_ticket(town.ctx, ticket_id, Event.TAKE, town.actor("vera"), NOON)
    await act_on_ticket(town.ctx, ticket_id, Event.RESOLVE, town.actor("vera"), NOON, detail=DONE)
    seen = await note_seen(town.ctx, "h-1", Way.IN_PERSON, town.actor("vera"), LATER, ticket_id=ticket_id)
    assert seen is AbsenceFault.NOT_ALLOWED
    assert await town.rows(seen_well) == []


async def test_late_acknowledgements_are_written_at_the_limits_and_answered_when_they_are(town: Town) -> None:
    ticket_id = await town.raise_flag()
    calm = {"kind": FlagKind.WELLBEING, "severity": Severity.VISIT}
    visit = await town.raise_flag(now=NOON + timedelta(seconds=1), home="h-2", episode="e-2", **calm)
    await look_after(town.ctx, NOON + MINUTE)
    assert await town.rows(late_answers) == [], "60 s are in time"
    await look_after(town.ctx, NOON + MINUTE + timedelta(seconds=2))
    await act_on_ticket(town.ctx, ticket_id, Event.TAKE, town.actor("vera"), NOON + 4 * MINUTE)
    # the worker stood still meanwhile: what it writes is as of the limits all the same
    for _ in range(2):
        await look_after(town.ctx, NOON + 10 * MINUTE)
    rows = sorted(await town.rows(late_answers), key=lambda row: row["limit_s"])
    assert [(row["ticket_id"], row["limit_s"], row["at"], row["answered_at"]) for row in rows] == [
        (ticket_id, 60, NOON + MINUTE, NOON + 4 * MINUTE),
        (ticket_id, 180, NOON + 3 * MINUTE, NOON + 4 * MINUTE),
    ]
    assert not await town.rows(late_answers, ticket_id=visit)


async def test_what_the_desk_sees_to_is_not_late_and_people_are_asked_on(town: Town) -> None:
    ticket_id = await town.raise_flag()
    seen = await act_on_ticket(town.ctx, ticket_id, Event.ACKNOWLEDGE, town.actor("dong"), NOON + MINUTE)
    assert isinstance(seen, Acted)
    await look_after(town.ctx, NOON + 5 * MINUTE)
    assert await town.rows(late_answers) == []
    assert await escalate(town.ctx, NOON + MINUTE) == 1
    assert "sun" in await town.told(ticket_id), "a look at the desk is nobody at the door"


async def test_many_workers_write_each_entry_once(town: Town) -> None:
    await town.raise_flag()
    await asyncio.gather(*(look_after(town.ctx, NOON + 5 * MINUTE) for _ in range(5)))
    assert await town.count(late_answers) == 2


async def test_a_merged_ticket_waited_only_until_it_was_merged(town: Town) -> None:
    lead = await town.raise_flag()
    urgent = {"kind": FlagKind.INACTIVITY, "severity": Severity.URGENT}
    ticket_id = await town.raise_flag(now=NOON + timedelta(seconds=1), episode="e-2", **urgent)
    assert isinstance(await merge(town.ctx, ticket_id, lead, town.actor("dong"), LATER), Acted)
    await look_after(town.ctx, NOON + 5 * MINUTE)
    assert {row["ticket_id"] for row in await town.rows(late_answers)} == {lead}


async def test_a_person_explains_and_only_a_desk_may(town: Town) -> None:
    ticket_id = await town.raise_flag()
    dong = town.actor("dong")
    nothing = await explain_lateness(town.ctx, ticket_id, "Because", dong, NOON)
    assert nothing == Refused(Refusal.NOT_NOW, Status.OPEN)
    await look_after(town.ctx, NOON + 5 * MINUTE)
    for name, reason in (("vera", Refusal.NOT_ALLOWED), ("other", Refusal.OUT_OF_SCOPE)):
        refused = await explain_lateness(town.ctx, ticket_id, "Because", town.actor(name), LATER)
        assert isinstance(refused, Refused)
        assert refused.reason is reason, name
    assert isinstance(await explain_lateness(town.ctx, ticket_id, " ", dong, LATER), Refused)
    await explain_lateness(town.ctx, ticket_id, "All three were at another alarm.", dong, LATER)
    assert {(row["cause"], row["explained_by"]) for row in await town.rows(late_answers)} == {
        ("All three were at another alarm.", "dong")
    }
    assert (await town.history(ticket_id))[-1] == "late_explained"


@pytest.mark.parametrize("way", [Way.PHONE, Way.IN_PERSON])
async def test_a_desk_hears_by_telephone_that_all_is_well(town: Town, way: Way) -> None:
    ticket_id = await town.raise_flag()
    assert isinstance(await note_seen(town.ctx, "h-1", way, town.actor("dong"), LATER, ticket_id=ticket_id), Written)
    assert (await town.history(ticket_id)) == ["opened", "seen_well"]
    assert (await town.ticket(ticket_id))["status"] == "open", "an alarm is not over because of a telephone call"
