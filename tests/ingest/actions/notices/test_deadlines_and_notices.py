"""Nobody answers, a vendor fails, a worker dies, a ticket is planted without a deadline: nobody is forgotten."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError

from ingest.actions.notices.deliver import Delivering, deliver, lease_notices, send_notice
from ingest.actions.tickets.act_on_ticket import act_on_ticket
from ingest.actions.tickets.escalate import escalate
from ingest.actions.upkeep.audit import Findings, audit
from ingest.channels.contract import Delivery, OutgoingNotice, Rejected, Unreachable
from ingest.domain.notices.delivery import MAX_ATTEMPTS, MAX_ATTEMPTS_URGENT, to_next_channel, wait_after
from ingest.domain.tickets.ticket import Cause, Event, EventDetail, Outcome
from ingest.store.base.tables import audit_log, people
from ingest.store.notices.tables import notices
from ingest.store.tickets.tables import tickets
from models.wire.messages import Heartbeat
from tests.ingest.town import NOON, Remembering, Town


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


async def test_nobody_answers_and_it_climbs_to_the_district_and_never_stops(town: Town) -> None:
    ticket_id = await town.raise_flag()
    reached: list[set[str]] = [await town.told(ticket_id)]
    for _ in range(5):
        due = (await town.ticket(ticket_id))["due_at"]
        assert await escalate(town.ctx, due - timedelta(milliseconds=1)) == 0
        assert await escalate(town.ctx, due) == 1
        assert await escalate(town.ctx, due) == 0
        rows = await town.rows(notices, ticket_id=ticket_id, created_at=due)
        reached.append({row["person_id"] for row in rows})
    assert reached == [{"vera", "viktor"}, {"sun"}, {"sheng"}, {"dong", "ding"}, {"dong", "ding"}, {"dong", "ding"}]
    ticket = await town.ticket(ticket_id)
    assert (ticket["status"], ticket["step"]) == ("open", 3)
    assert ticket["due_at"] == NOON + timedelta(seconds=60 + 120 + 120 + 300 * 3)
    assert await town.history(ticket_id) == ["opened", *["escalated"] * 5]


async def test_a_level_with_nobody_is_passed_over_at_once(town: Town) -> None:
    async with town.ctx.db.write() as connection:
        await connection.execute(update(people).where(people.c.area_id.in_(["c1", "com"])).values(active=False))
    ticket_id = await town.raise_flag()
    assert await town.told(ticket_id) == {"sheng"}
    assert (await town.ticket(ticket_id))["step"] == 2


async def test_where_no_step_has_anybody_the_nearest_desk_is_told(town: Town) -> None:
    async with town.ctx.db.write() as connection:
        await connection.execute(update(people).where(people.c.person_id != "admin").values(active=False))
    ticket_id = await town.raise_flag()
    assert await town.told(ticket_id) == {"admin"}
    assert (await town.ticket(ticket_id))["due_at"] is not None


async def test_two_workers_escalate_each_ticket_once(town: Town) -> None:
    for number in range(1, 11):
        await town.raise_flag(home=f"h-{number}", episode=f"e-{number}")
    counts = await asyncio.gather(*(escalate(town.ctx, after(60)) for _ in range(4)))
    while sum(counts) < 10:  # what a worker passed over because another held it
        counts.append(await escalate(town.ctx, after(60)))
    assert sum(counts) == 10
    assert {row["version"] for row in await town.rows(tickets)} == {2}
    assert len(await town.rows(notices, person_id="sun")) == 10


async def test_who_was_offered_it_and_does_not_answer_loses_it_to_the_next_step(town: Town) -> None:
    ticket_id = await town.raise_flag()
    detail = EventDetail(person_id="vera")
    await act_on_ticket(town.ctx, ticket_id, Event.OFFER, town.actor("dong"), after(10), detail=detail)
    await escalate(town.ctx, after(70))
    ticket = await town.ticket(ticket_id)
    assert (ticket["status"], ticket["offered_to"], ticket["step"]) == ("open", None, 1)
    assert await town.history(ticket_id) == ["opened", "offer", "no_answer"]


async def test_who_does_not_arrive_or_report_is_asked_after_by_the_desk(town: Town) -> None:
    ticket_id = await town.raise_flag()
    vera = town.actor("vera")
    await act_on_ticket(town.ctx, ticket_id, Event.TAKE, vera, after(1))
    for lapse in ("not_arrived", "not_arrived"):
        await escalate(town.ctx, (await town.ticket(ticket_id))["due_at"])
        assert (await town.history(ticket_id))[-1] == lapse
    await act_on_ticket(town.ctx, ticket_id, Event.ARRIVE, vera, after(2000))
    await escalate(town.ctx, (await town.ticket(ticket_id))["due_at"])
    detail = EventDetail(outcome=Outcome.HELPED, cause=Cause.UNKNOWN)
    await act_on_ticket(town.ctx, ticket_id, Event.RESOLVE, vera, after(9000), detail=detail)
    await escalate(town.ctx, (await town.ticket(ticket_id))["due_at"])
    assert (await town.history(ticket_id))[-3:] == ["not_reported", "resolve", "not_reviewed"]
    told = [row for row in await town.rows(notices) if row["person_id"] == "dong"]
    assert sorted(row["purpose"] for row in told) == ["overdue", "overdue", "overdue", "review"]


async def test_a_notice_is_sent_once_with_its_key_and_text(town: Town) -> None:
    await town.raise_flag()
    sms = Remembering()
    assert await deliver(town.ctx, {"sms": sms}, after(1)) == Delivering(delivered=2)
    assert await deliver(town.ctx, {"sms": sms}, after(500)) == Delivering()
    rows = {row["idem_key"]: row for row in await town.rows(notices)}
    assert {notice.key for notice in sms.got} == set(rows)
    assert {row["status"] for row in rows.values()} == {"delivered"}
    assert {row["vendor_id"] for row in rows.values()} == {"v-1", "v-2"}
    assert all(notice.link and notice.link in notice.text for notice in sms.got)


async def test_two_workers_send_each_notice_once(town: Town) -> None:
    for number in range(1, 11):
        await town.raise_flag(home=f"h-{number}", episode=f"e-{number}")
    sms = Remembering()
    rounds = await asyncio.gather(*(deliver(town.ctx, {"sms": sms}, after(1), 7) for _ in range(6)))
    while (more := await deliver(town.ctx, {"sms": sms}, after(1))).delivered:
        rounds.append(more)
    assert sum(one.delivered for one in rounds) == 20
    assert len({notice.key for notice in sms.got}) == len(sms.got) == 20


async def test_a_worker_that_dies_leaves_its_notice_to_the_next_with_the_same_key(town: Town) -> None:
    await town.raise_flag()
    sms = Remembering()
    leased, _ = await lease_notices(town.ctx, after(1), 50)
    await asyncio.gather(*(send_notice({"sms": sms}, notice) for notice in leased))  # and here it dies
    assert await deliver(town.ctx, {"sms": sms}, after(60)) == Delivering()
    assert await deliver(town.ctx, {"sms": sms}, after(61)) == Delivering(delivered=2)
    assert sorted(notice.key for notice in sms.got[:2]) == sorted(notice.key for notice in sms.got[2:])


async def test_what_is_no_longer_true_is_not_sent(town: Town) -> None:
    ticket_id = await town.raise_flag()
    async with town.ctx.db.write() as connection:  # taken by a way that did not call the notices off
        await connection.execute(update(tickets).values(status="taken", taken_by="vera", due_kind="arrive_by"))
    sms = Remembering()
    assert await deliver(town.ctx, {"sms": sms}, after(1)) == Delivering(cancelled=2)
    assert (sms.got, await town.told(ticket_id)) == ([], set())


async def test_a_refusal_goes_on_to_the_next_channel_at_once(town: Town) -> None:
    await town.raise_flag()
    sms, voice = Remembering([Rejected("no such number")] * 2), Remembering()
    assert await deliver(town.ctx, {"sms": sms, "voice": voice}, after(1)) == Delivering(failed=2)
    assert await deliver(town.ctx, {"sms": sms, "voice": voice}, after(1)) == Delivering(delivered=2)
    assert {notice.address[:6] for notice in voice.got} == {"+86139"}
    assert {row["last_error"] for row in await town.rows(notices, channel="sms")} == {"no such number"}


async def test_an_unreachable_vendor_is_tried_later_and_later_and_then_the_next_channel(town: Town) -> None:
    await town.raise_flag()
    sms, voice = Remembering([Unreachable("down")] * 100), Remembering()
    now, gaps = after(0), []
    while not voice.got:
        waiting = await town.rows(notices, status="pending", person_id="vera")
        gaps.append((waiting[0]["not_before"] - now).total_seconds())
        now = waiting[0]["not_before"]
        await deliver(town.ctx, {"sms": sms, "voice": voice}, now)
    assert gaps == [0, 2, 4, 0]
    assert len(sms.got) == 2 * MAX_ATTEMPTS_URGENT


def test_a_calm_notice_is_more_patient_and_no_wait_is_longer_than_a_minute() -> None:
    assert [to_next_channel(attempts, has_next=True, urgent=False) for attempts in (5, 6)] == [False, True]
    assert [wait_after(attempts).total_seconds() for attempts in (1, 5, 6, 1000)] == [2, 32, 60, 60]


async def test_the_last_channel_is_never_given_up(town: Town) -> None:
    await town.raise_flag()
    now = after(0)
    for _ in range(MAX_ATTEMPTS * 3):
        now += timedelta(seconds=61)
        await deliver(town.ctx, {"sms": Remembering([Unreachable("down")] * 9), "voice": Broken()}, now)
    assert {row["status"] for row in await town.rows(notices, channel="voice")} == {"pending"}


class Broken:
    """A channel with a fault in it."""

    async def send(self, notice: OutgoingNotice) -> Delivery:
        raise RuntimeError(notice.address)


async def test_a_fault_in_a_channel_is_noted_without_its_text(town: Town) -> None:
    await town.raise_flag()
    assert await deliver(town.ctx, {"sms": Broken()}, after(1)) == Delivering(failed=2)
    assert {row["last_error"] for row in await town.rows(notices)} == {"the channel failed: RuntimeError"}


async def test_a_channel_that_is_not_configured_is_said_so(town: Town) -> None:
    await town.raise_flag()
    await deliver(town.ctx, {}, after(1))
    assert "add it to [notify]" in (await town.rows(notices, position=0))[0]["last_error"]


async def test_the_database_itself_refuses_a_live_ticket_without_a_deadline(town: Town) -> None:
    await town.raise_flag()
    for gap in ({"due_at": None}, {"due_kind": None}, {"status": "taken"}, {"status": "lost"}):
        with pytest.raises(IntegrityError):
            async with town.ctx.db.write() as connection:
                await connection.execute(update(tickets).values(**gap))


async def test_the_audit_finds_and_mends_a_ticket_without_a_deadline(town: Town, engine: str) -> None:
    ticket_id = await town.raise_flag()
    assert await audit(town.ctx, after(1)) == Findings()
    async with town.ctx.db.write() as connection:
        if engine == "sqlite":
            await connection.execute(text("PRAGMA ignore_check_constraints=ON"))
        else:
            await connection.execute(text("ALTER TABLE tickets DROP CONSTRAINT ck_tickets_live_has_deadline"))
        await connection.execute(update(tickets).values(due_at=None, due_kind=None))
    found = await audit(town.ctx, after(2))
    assert (found.without_deadline, found.clean) == ((ticket_id,), False)
    assert len(await town.rows(audit_log, event="audit_failed")) == 1
    assert await escalate(town.ctx, after(2)) == 1
    assert await town.history(ticket_id) == ["opened", "deadline_repaired", "escalated"]
    assert (await audit(town.ctx, after(3))).clean


async def test_the_audit_finds_a_deadline_that_nobody_honours(town: Town) -> None:
    ticket_id = await town.raise_flag()
    assert (await audit(town.ctx, after(60 + 60))).clean
    assert (await audit(town.ctx, after(60 + 61))).overdue == (ticket_id,)


async def test_a_gateway_that_falls_silent_is_a_ticket_and_its_return_clears_the_condition(town: Town) -> None:
    beat = Heartbeat("1", NOON, interval_s=60, outbox_waiting=0, outbox_oldest_s=0, clock_trusted=True)
    await town.take(town.sealed(beat))
    assert (await audit(town.ctx, after(179))).silent_gateways == ()
    assert (await audit(town.ctx, after(180))).silent_gateways == ("gw-1",)
    assert (await audit(town.ctx, after(200))).silent_gateways == ()
    (ticket,) = await town.rows(tickets)
    assert (ticket["kind"], ticket["severity"], ticket["gateway_id"]) == ("gateway_silent", "maintenance", "gw-1")
    assert await town.told(ticket["ticket_id"]) == {"admin"}
    await town.take(town.sealed(beat), now=after(300))
    assert ((await town.ticket(ticket["ticket_id"]))["condition"], await town.count(tickets)) == ("cleared", 1)
    assert (await audit(town.ctx, after(480))).silent_gateways == ("gw-1",)
    assert await town.count(tickets) == 2


async def test_a_gateway_that_stays_silent_is_a_ticket_again_when_the_first_was_closed_too_early(town: Town) -> None:
    beat = Heartbeat("1", NOON, interval_s=60, outbox_waiting=0, outbox_oldest_s=0, clock_trusted=True)
    await town.take(town.sealed(beat))
    await audit(town.ctx, after(180))
    (ticket,) = await town.rows(tickets)
    admin = town.actor("admin")
    await act_on_ticket(
        town.ctx,
        ticket["ticket_id"],
        Event.RESOLVE,
        admin,
        after(200),
        detail=EventDetail(outcome=Outcome.DEVICE, cause=Cause.DEVICE),
    )
    await act_on_ticket(town.ctx, ticket["ticket_id"], Event.CLOSE, admin, after(201))
    await audit(town.ctx, after(3600))
    assert len(await town.rows(tickets, gateway_id="gw-1")) == 1
    await audit(town.ctx, after(180 + 86_400))
    assert len(await town.rows(tickets, gateway_id="gw-1")) == 2
    await audit(town.ctx, after(180 + 2 * 86_400))
    assert len(await town.rows(tickets, gateway_id="gw-1")) == 2
