"""Canaries at ingest: on to a phone that has it, each stage timed, shown on the wall; one that fails is a ticket."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from ingest.actions.incoming.accept_envelopes import Accepted
from ingest.actions.incoming.hear_vendor import Heard, Hearing, hear_vendor
from ingest.channels.contract import Delivered, Rejected, Unreachable, VendorEvent
from ingest.domain.tickets.ticket import CANARY_FAILED
from ingest.fleet.actions.miss_test_alarms import miss_test_alarms
from ingest.fleet.actions.send_test_alarms import AlarmTestPhone, record_test_alarms, send_test_alarms, take_test_alarms
from ingest.fleet.domain.test_alarm import CANARY_LATE, CanaryWay, Ends
from ingest.fleet.store.tables import canaries
from ingest.fleet.store.test_alarms import AlarmTestBoard, alarm_test_board
from ingest.store.notices.tables import notices
from ingest.store.tickets.tables import tickets
from models.flag import FlagKind
from models.wire.messages import Canary, CanaryTrip, Heartbeat, ReceiptStatus
from tests.ingest.town import NOON, Remembering, Town, flag

PHONE = AlarmTestPhone("sms", "+8613800000099")


def canary(name: str = "c-1") -> Canary:
    return Canary(name, NOON, flag(home="canary", episode="canary-1"))


def beat(every_s: float = 86400.0, trip: CanaryTrip | None = None) -> Heartbeat:
    return Heartbeat("1", NOON, 60, 0, 0.0, clock_trusted=True, canary_every_s=every_s, canary=trip)


async def fly(town: Town, sms: Remembering, now: datetime, phone: AlarmTestPhone | None = PHONE) -> int:
    """Do what the worker does in one round; return how many were sent on."""
    rows = await take_test_alarms(town.ctx, now)
    results = [] if phone is None else await send_test_alarms({"sms": sms}, phone, rows)
    await record_test_alarms(town.ctx, phone, rows, results, now)
    return len(rows)


def reporting() -> Remembering:
    """A vendor that says later what became of a message."""
    return Remembering([Delivered(f"v-{n}", reports=True) for n in (1, 2, 3)])


def report(vendor_id: str = "v-1", key: str = "", *, arrived: bool = True) -> VendorEvent:
    return VendorEvent(f"r-{vendor_id}{key}", key, vendor_id, arrived, None, "" if arrived else "UNDELIV")


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


async def board(town: Town, now: datetime, scope: str = "/hs/") -> AlarmTestBoard:
    async with town.ctx.db.read() as connection:
        return await alarm_test_board(connection, scope, now)


async def test_it_goes_on_to_the_phone_once_and_asks_nobody(town: Town) -> None:
    await town.take(town.sealed(beat()), town.sealed(canary()), town.sealed(canary()))
    sms = Remembering()
    assert await fly(town, sms, after(1)) == 1
    assert await fly(town, sms, after(120)) == 0
    assert [(one.address, one.key) for one in sms.got] == [("+8613800000099", "canary.gw-1.c-1")]
    assert await town.count(tickets) == await town.count(notices) == 0


async def test_the_wall_says_how_many_came_through_and_how_long_the_slowest_took(town: Town) -> None:
    assert await board(town, NOON) == AlarmTestBoard(0, 0)
    await town.take(town.sealed(beat()), town.sealed(canary()), town.sealed(beat(), gateway="gw-2"))
    assert await board(town, NOON) == AlarmTestBoard(0, 2)
    await fly(town, reporting(), after(2))
    assert await board(town, after(3)) == AlarmTestBoard(0, 2), "taken by the vendor is not yet a phone that rang"
    assert await hear_vendor(town.ctx, "sms", report(), after(9)) == Hearing(Heard.RECEIVED, "zh")
    await town.take(town.sealed(beat(trip=CanaryTrip("c-1", 1.5))))
    way = CanaryWay(here_s=1.5, vendor_s=2.0, phone_s=7.0)
    assert await board(town, after(3 * 3600)) == AlarmTestBoard(1, 1, 0, way, Ends.PHONE)
    assert await board(town, after(3 * 3600), "/hs/str/com/c2/") == AlarmTestBoard(0, 1)
    assert await board(town, after(27 * 3600)) == AlarmTestBoard(0, 2)


@pytest.mark.parametrize("event", [report(), report("", "canary.gw-1.c-1"), report("other", "canary.gw-1.c-1")])
async def test_a_report_is_known_by_the_vendor_s_id_or_by_our_key_and_counts_once(
    town: Town, event: VendorEvent
) -> None:
    await town.take(town.sealed(beat()), town.sealed(canary()))
    await fly(town, reporting(), NOON)
    assert await hear_vendor(town.ctx, "sms", event, after(5)) is not None
    assert await hear_vendor(town.ctx, "sms", event, after(50)) is not None, "the vendor need not say it a third time"
    (row,) = await town.rows(canaries)
    assert (row["status"], row["delivered_at"]) == ("delivered", after(5))


async def test_another_vendor_s_report_or_one_of_nothing_is_not_the_canary_s(town: Town) -> None:
    await town.take(town.sealed(canary()))
    await fly(town, reporting(), NOON)
    assert await hear_vendor(town.ctx, "voice", report(), after(5)) is None
    assert await hear_vendor(town.ctx, "sms", report("v-9"), after(5)) is None
    assert await hear_vendor(town.ctx, "sms", report("", "canary.gw-1.c-9"), after(5)) is None
    (row,) = await town.rows(canaries)
    assert row["status"] == "arrived"


async def test_a_vendor_that_takes_it_and_never_reports_is_a_failure_and_a_ticket(town: Town) -> None:
    await town.take(town.sealed(beat()), town.sealed(canary()))
    sms = reporting()
    for seconds in (0, 60, 599):
        await fly(town, sms, after(seconds))
        assert await miss_test_alarms(town.ctx, after(seconds)) == 0
    assert len(sms.got) == 1, "it was taken: nothing is sent again"
    await fly(town, sms, after(600))
    assert await miss_test_alarms(town.ctx, after(600)) == 1
    (ticket,) = await town.rows(tickets)
    assert (ticket["kind"], ticket["subject"], ticket["severity"]) == (CANARY_FAILED, "gw-1", "urgent")
    assert "has not said that a phone got it" in ticket["text_en"]
    assert (await board(town, after(601))).missing == 1
    assert await hear_vendor(town.ctx, "sms", report(), after(900)) is not None
    (row,) = await town.rows(canaries)
    assert row["status"] == "failed", "a phone that is told after a quarter of an hour proves nothing"


async def test_a_report_that_the_phone_did_not_get_it_is_a_failure_at_once(town: Town) -> None:
    await town.take(town.sealed(beat()), town.sealed(canary()))
    await fly(town, reporting(), NOON)
    await hear_vendor(town.ctx, "sms", report(arrived=False), after(5))
    assert await miss_test_alarms(town.ctx, after(6)) == 1
    (row,) = await town.rows(canaries)
    assert row["last_error"] == "sms: not delivered, UNDELIV"


async def test_a_report_that_overtakes_the_vendor_s_own_answer_stands(town: Town) -> None:
    await town.take(town.sealed(beat()), town.sealed(canary()))
    rows = await take_test_alarms(town.ctx, NOON)
    await hear_vendor(town.ctx, "sms", report("", "canary.gw-1.c-1"), after(3))
    await record_test_alarms(town.ctx, PHONE, rows, [Unreachable("timed out")], after(700))
    (row,) = await town.rows(canaries)
    assert (row["status"], row["last_error"]) == ("delivered", None)
    assert (await board(town, after(701))).slowest == CanaryWay(None, None, 3.0)


SLOW = {"to here": (61.0, 1, 2), "to the vendor": (1.0, 61, 62), "to the phone": (1.0, 1, 122)}
IN_TIME = {"to here": (60.0, 1, 2), "to the vendor": (1.0, 60, 61), "to the phone": (1.0, 1, 121)}


@pytest.mark.parametrize("stage", SLOW)
@pytest.mark.parametrize("times", [SLOW, IN_TIME], ids=["slow", "in time"])
async def test_a_stage_that_is_too_slow_is_a_ticket_for_maintenance_that_heals(
    town: Town, stage: str, times: dict[str, tuple[float, float, float]]
) -> None:
    receipt_s, sent_s, reported_s = times[stage]
    await town.take(town.sealed(beat()), town.sealed(canary()))
    sms = reporting()
    await fly(town, sms, after(sent_s))
    await hear_vendor(town.ctx, "sms", report(), after(reported_s))
    await town.take(town.sealed(beat(trip=CanaryTrip("c-1", receipt_s))))
    is_slow = times is SLOW
    assert await miss_test_alarms(town.ctx, after(300)) == is_slow
    assert await miss_test_alarms(town.ctx, after(301)) == 0, "one ticket"
    found = await board(town, after(300))
    assert (found.passed, found.late) == (1, int(is_slow)), "it came through all the same"
    said = await town.rows(tickets)
    assert [(row["kind"], row["severity"]) for row in said] == [(CANARY_LATE, "maintenance")] * is_slow
    tomorrow = NOON + timedelta(days=1)
    await town.take(town.sealed(canary("c-2")), now=tomorrow)
    await miss_test_alarms(town.ctx, tomorrow)
    assert [row["condition"] for row in await town.rows(tickets)] == ["active"] * is_slow, "that one is on its way yet"
    await fly(town, sms, tomorrow)
    await hear_vendor(town.ctx, "sms", report("v-2"), tomorrow + timedelta(seconds=5))
    await miss_test_alarms(town.ctx, tomorrow + timedelta(seconds=6))
    assert [row["condition"] for row in await town.rows(tickets)] == ["cleared"] * is_slow


async def test_a_vendor_that_takes_nothing_makes_it_a_failure_and_a_ticket_that_heals(town: Town) -> None:
    await town.take(town.sealed(beat()), town.sealed(canary()))
    sms = Remembering([Unreachable("no answer"), Rejected("no credit"), Rejected("no credit")])
    for minutes in (0, 1, 10):
        assert await miss_test_alarms(town.ctx, NOON + timedelta(minutes=minutes)) == 0
        await fly(town, sms, NOON + timedelta(minutes=minutes))
    assert await miss_test_alarms(town.ctx, NOON + timedelta(minutes=11)) == 1
    assert await miss_test_alarms(town.ctx, NOON + timedelta(minutes=12)) == 0, "one ticket"
    (ticket,) = await town.rows(tickets, kind=CANARY_FAILED)
    assert (ticket["subject"], ticket["severity"], ticket["condition"]) == ("gw-1", "urgent", "active")
    assert "reached no phone" in ticket["text_en"]
    tomorrow = NOON + timedelta(days=1)
    await town.take(town.sealed(canary("c-2")), now=tomorrow)
    await fly(town, Remembering(), tomorrow)
    await miss_test_alarms(town.ctx, tomorrow)
    assert (await town.ticket(ticket["ticket_id"]))["condition"] == "cleared"


@pytest.mark.parametrize(("hours", "missed"), [(25.9, 0), (26.1, 1)])
async def test_one_that_does_not_come_is_missed_even_if_none_ever_came(town: Town, hours: float, missed: int) -> None:
    await town.take(town.sealed(beat()), town.sealed(beat(every_s=0.0), gateway="gw-2"))
    assert await miss_test_alarms(town.ctx, NOON + timedelta(hours=hours)) == missed
    words = {row["text_en"] for row in await town.rows(tickets, kind=CANARY_FAILED)}
    assert all("did not come today" in text for text in words)


async def test_a_gateway_that_no_longer_sings_is_not_missed(town: Town) -> None:
    await town.take(town.sealed(beat()), town.sealed(canary()))
    await town.take(town.sealed(beat(every_s=0.0)))
    assert await miss_test_alarms(town.ctx, NOON + timedelta(days=3)) == 0


async def test_without_a_phone_the_way_ends_here(town: Town) -> None:
    await town.take(town.sealed(beat()), town.sealed(canary()))
    assert await fly(town, Remembering(), NOON, phone=None) == 1
    assert await board(town, NOON) == AlarmTestBoard(1, 0, 0, CanaryWay(None), Ends.HERE)


async def test_with_a_vendor_that_never_reports_the_way_ends_there_and_the_wall_says_so(town: Town) -> None:
    await town.take(town.sealed(beat()), town.sealed(canary()))
    await fly(town, Remembering(), after(4))
    assert await board(town, after(5)) == AlarmTestBoard(1, 0, 0, CanaryWay(None, 4.0), Ends.VENDOR)


async def test_two_workers_send_it_once(town: Town) -> None:
    await town.take(town.sealed(canary()))
    first = Remembering([Unreachable("slow")])
    await fly(town, first, NOON)
    second = Remembering([Delivered("v")])
    assert await fly(town, second, NOON + timedelta(seconds=1)) == 0
    assert second.got == [], "the first one's lease still runs"


async def answered(town: Town, name: str, hours: float, gateway: str = "gw-1") -> ReceiptStatus:
    (answer,) = await town.take(town.sealed(canary(name), gateway=gateway), now=NOON + timedelta(hours=hours))
    assert isinstance(answer, Accepted)
    if answer.line.status is ReceiptStatus.REFUSED:
        assert "4 came from this gateway within 24 h already" in answer.line.detail
    return answer.line.status


async def test_a_gateway_that_sends_one_after_the_other_has_four_a_day_sent_on_and_no_other_waits_for_it(
    town: Town,
) -> None:
    for number in range(4):
        assert await answered(town, f"mad-{number}", number) is ReceiptStatus.STORED
    assert await answered(town, "mad-4", 23.9) is ReceiptStatus.REFUSED
    assert await answered(town, "mad-0", 23.9) is ReceiptStatus.STORED, "the same one again is no other one"
    assert await answered(town, "c-1", 23.9, gateway="gw-2") is ReceiptStatus.STORED
    assert await town.count(canaries) == 5
    assert await answered(town, "mad-5", 24) is ReceiptStatus.STORED, "the first of them is a day ago"
    assert await answered(town, "mad-6", 24) is ReceiptStatus.REFUSED
    assert await answered(town, "mad-0", 24) is ReceiptStatus.STORED, "however old it is"


BAD: dict[str, Any] = {
    "no id": {"canary_id": ""},
    "not what a detector leads to": {"flag": {"kind": FlagKind.TEST}},
    "no zone": {"sensed_at": "2026-11-24T03:00:00"},
}


@pytest.mark.parametrize("case", BAD)
async def test_what_is_no_canary_is_refused(town: Town, case: str) -> None:
    good = {"canary_id": "c-1", "sensed_at": "2026-11-24T03:00:00Z", "flag": _plain()}
    odd = BAD[case]
    body = {**good, **odd, "flag": {**_plain(), **odd.get("flag", {})}}
    (answer,) = await town.take(town.sealed(body, kind="canary"))
    assert isinstance(answer, Accepted)
    assert answer.line.status is ReceiptStatus.REFUSED
    assert await town.count(canaries) == 0


def _plain() -> dict[str, Any]:
    return {
        "flag_id": "e.0",
        "episode": "e",
        "number": 0,
        "home": "canary",
        "kind": "smoke",
        "severity": "critical",
        "event": "raised",
        "at": "2026-11-24T03:00:00Z",
        "since": "2026-11-24T03:00:00Z",
        "score": 1.0,
        "reason": "smoke_bit",
        "text_zh": "x",
        "text_en": "x",
    }
