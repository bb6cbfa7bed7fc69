"""Canaries at ingest: on to a phone by a real channel, timed, shown on the wall; one that fails is a ticket."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from ingest.actions.accept_envelope import Accepted
from ingest.actions.fly_canaries import CanaryPhone, fly_canaries, miss_canaries
from ingest.domain.ticket import CANARY_FAILED
from ingest.notify.contract import Delivered, Rejected, Unreachable
from ingest.store.canaries import CanaryBoard, canary_board
from ingest.store.gateway_tables import canaries
from ingest.store.tables import notices, tickets
from models.flag import FlagKind
from models.wire.messages import Canary, CanaryTrip, Heartbeat, ReceiptStatus
from tests.ingest.town import NOON, Remembering, Town, flag

PHONE = CanaryPhone("sms", "+8613800000099")


def canary(name: str = "c-1") -> Canary:
    return Canary(name, NOON, flag(home="canary", episode="canary-1"))


def beat(every_s: float = 86400.0, trip: CanaryTrip | None = None) -> Heartbeat:
    return Heartbeat("1", NOON, 60, 0, 0.0, clock_trusted=True, canary_every_s=every_s, canary=trip)


async def board(town: Town, now: datetime, scope: str = "/hs/") -> CanaryBoard:
    async with town.desk.db.read() as connection:
        return await canary_board(connection, scope, now)


async def test_it_goes_on_to_the_phone_once_and_asks_nobody(town: Town) -> None:
    await town.take(town.sealed(beat()), town.sealed(canary()), town.sealed(canary()))
    sms = Remembering()
    assert await fly_canaries(town.desk, {"sms": sms}, PHONE, NOON + timedelta(seconds=1)) == 1
    assert await fly_canaries(town.desk, {"sms": sms}, PHONE, NOON + timedelta(minutes=2)) == 0
    assert [(one.address, one.key) for one in sms.got] == [("+8613800000099", "canary.gw-1.c-1")]
    assert await town.count(tickets) == await town.count(notices) == 0


async def test_the_wall_says_how_many_came_through_and_how_slow_the_slowest_was(town: Town) -> None:
    assert await board(town, NOON) == CanaryBoard(0, 0, None)
    await town.take(town.sealed(beat()), town.sealed(canary()), town.sealed(beat(), gateway="gw-2"))
    assert await board(town, NOON) == CanaryBoard(0, 2, None)
    await fly_canaries(town.desk, {"sms": Remembering()}, PHONE, NOON + timedelta(seconds=2))
    await town.take(town.sealed(beat(trip=CanaryTrip("c-1", 1.5))))
    assert await board(town, NOON + timedelta(hours=3)) == CanaryBoard(1, 1, 3.5)
    assert await board(town, NOON + timedelta(hours=3), "/hs/str/com/c2/") == CanaryBoard(0, 1, None)
    assert await board(town, NOON + timedelta(hours=27)) == CanaryBoard(0, 2, None)


async def test_a_vendor_that_takes_nothing_makes_it_a_failure_and_a_ticket_that_heals(town: Town) -> None:
    await town.take(town.sealed(beat()), town.sealed(canary()))
    sms = Remembering([Unreachable("no answer"), Rejected("no credit"), Rejected("no credit")])
    for minutes in (0, 1, 10):
        assert await miss_canaries(town.desk, NOON + timedelta(minutes=minutes)) == 0
        await fly_canaries(town.desk, {"sms": sms}, PHONE, NOON + timedelta(minutes=minutes))
    assert await miss_canaries(town.desk, NOON + timedelta(minutes=11)) == 1
    assert await miss_canaries(town.desk, NOON + timedelta(minutes=12)) == 0, "one ticket"
    (ticket,) = await town.rows(tickets, kind=CANARY_FAILED)
    assert (ticket["subject"], ticket["severity"], ticket["condition"]) == ("gw-1", "urgent", "active")
    assert "reached no phone" in ticket["text_en"]
    tomorrow = NOON + timedelta(days=1)
    await town.take(town.sealed(canary("c-2")), now=tomorrow)
    await fly_canaries(town.desk, {"sms": Remembering()}, PHONE, tomorrow)
    await miss_canaries(town.desk, tomorrow)
    assert (await town.ticket(ticket["ticket_id"]))["condition"] == "cleared"


@pytest.mark.parametrize(("hours", "missed"), [(25.9, 0), (26.1, 1)])
async def test_one_that_does_not_come_is_missed_even_if_none_ever_came(town: Town, hours: float, missed: int) -> None:
    await town.take(town.sealed(beat()), town.sealed(beat(every_s=0.0), gateway="gw-2"))
    assert await miss_canaries(town.desk, NOON + timedelta(hours=hours)) == missed
    words = {row["text_en"] for row in await town.rows(tickets, kind=CANARY_FAILED)}
    assert all("did not come today" in text for text in words)


async def test_a_gateway_that_no_longer_sings_is_not_missed(town: Town) -> None:
    await town.take(town.sealed(beat()), town.sealed(canary()))
    await town.take(town.sealed(beat(every_s=0.0)))
    assert await miss_canaries(town.desk, NOON + timedelta(days=3)) == 0


async def test_without_a_phone_the_way_ends_here(town: Town) -> None:
    await town.take(town.sealed(beat()), town.sealed(canary()))
    assert await fly_canaries(town.desk, {}, None, NOON) == 1
    assert (await board(town, NOON)).passed == 1


async def test_two_workers_send_it_once(town: Town) -> None:
    await town.take(town.sealed(canary()))
    first = Remembering([Unreachable("slow")])
    await fly_canaries(town.desk, {"sms": first}, PHONE, NOON)
    second = Remembering([Delivered("v")])
    assert await fly_canaries(town.desk, {"sms": second}, PHONE, NOON + timedelta(seconds=1)) == 0
    assert second.got == [], "the first one's lease still runs"


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
