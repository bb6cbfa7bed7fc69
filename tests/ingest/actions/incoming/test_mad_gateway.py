"""A gateway with a good seal and a broken mind: all it writes is answered, and nobody else's alarm waits for it."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from ingest.actions.incoming.accept_envelopes import Accepted, DenialKind, Denied
from ingest.actions.tickets.escalate import escalate
from ingest.domain.incoming.joining import MOST_STRANGERS
from ingest.store.base.tables import gateways, inbox
from ingest.store.tickets.queries import live_tickets
from ingest.store.tickets.tables import flags, tickets
from models.flag import FlagKind, Severity
from models.wire.messages import CanaryTrip, Heartbeat, HourUse, ReceiptStatus, UsageSummary
from models.wire.seal import Direction, derive_key, seal
from tests.ingest.town import MASTER, NOON, Town, flag

LONG = random.Random(3).randbytes(20_000).hex()
"""Longer than any index entry, and not to be compressed."""
END_OF_TIME = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def raw(envelope: str) -> bytes:
    return seal(derive_key(MASTER, "gw-1"), "gw-1", Direction.UP, envelope.encode())


def head(
    message_id: str = "m-x", kind: str = "weather", seq: str = "1", sent_at: str = "2026-11-23T04:00:00Z"
) -> bytes:
    return raw(
        f'{{"message_id":"{message_id}","gateway_id":"gw-1","boot_id":"b","seq":{seq},'
        f'"sent_at":"{sent_at}","kind":"{kind}","body":{{}}}}'
    )


def nested() -> bytes:
    deep = "[" * 60_000 + "]" * 60_000
    return raw(
        '{"message_id":"m","gateway_id":"gw-1","boot_id":"b","seq":1,"sent_at":"2026-11-23T04:00:00Z","kind":"x",'
        f'"body":{{"a":{deep}}}}}'
    )


DENIED: dict[str, tuple[Callable[[], bytes], DenialKind]] = {
    "a stranger with a zero byte in the name": (lambda: b"LS1 \x00 x", DenialKind.BAD_SEAL),
    "sixty thousand brackets": (nested, DenialKind.BAD_ENVELOPE),
    "a running number of 25 digits": (lambda: head(seq="9" * 25), DenialKind.BAD_ENVELOPE),
    "a running number below zero": (lambda: head(seq="-1"), DenialKind.BAD_ENVELOPE),
    "a zero byte in the message id": (lambda: head(message_id="m\\u0000"), DenialKind.BAD_ENVELOPE),
    "a message id of 40 KB": (lambda: head(message_id=LONG), DenialKind.BAD_ENVELOPE),
    "a zero byte in the kind": (lambda: head(kind="k\\u0000"), DenialKind.BAD_ENVELOPE),
    "sent before time began": (lambda: head(sent_at="0001-01-01T00:00:00+23:00"), DenialKind.BAD_ENVELOPE),
}


@pytest.mark.parametrize("case", DENIED)
async def test_a_head_that_no_database_keeps_is_denied_and_the_next_message_is_taken(town: Town, case: str) -> None:
    make, kind = DENIED[case]
    answers = await town.take(make(), town.sealed(flag()))
    assert isinstance(answers[0], Denied)
    assert answers[0].kind is kind
    assert answers[0].reason.isprintable()
    assert isinstance(answers[1], Accepted)
    assert await town.count(tickets) == 1


UNREADABLE: dict[str, Callable[[Town], bytes]] = {
    "a zero byte in the home": lambda town: town.sealed(flag(home="h-1\x00")),
    "a home of 40 KB": lambda town: town.sealed(flag(home=LONG)),
    "an episode of 40 KB": lambda town: town.sealed(flag(episode=LONG)),
    "a number of 32 bits": lambda town: town.sealed(flag(number=2**31)),
    "a number of 25 digits": lambda town: town.sealed(flag(number=10**25, flag_id="f")),
    "a beginning at the end of time": lambda town: town.sealed(flag(since=END_OF_TIME)),
    "a zero byte where it can not be read anyway": lambda town: town.sealed(
        {"home": "h\x00", "kind": "quake\x00", "text_en": "It\x00shakes."}, kind="flag"
    ),
}


@pytest.mark.parametrize("case", UNREADABLE)
async def test_a_flag_that_can_not_be_kept_is_looked_at_by_people(town: Town, case: str) -> None:
    (answer,) = await town.take(UNREADABLE[case](town))
    assert isinstance(answer, Accepted)
    assert answer.line.status is ReceiptStatus.UNKNOWN_KIND
    assert answer.line.detail.isprintable()
    (ticket,) = await town.rows(tickets)
    assert (ticket["severity"], ticket["status"]) == ("urgent", "open")
    assert ticket["text_en"].isprintable()
    # boards and timers read every ticket: one that can not be read back would stop them all
    async with town.ctx.db.read() as connection:
        assert len(await live_tickets(connection, "/hs/")) == 1
    assert await escalate(town.ctx, NOON + timedelta(hours=1)) == 1


async def test_a_further_situation_at_the_same_unknown_home_joins_its_ticket(town: Town) -> None:
    for number in range(5):
        await town.take(town.sealed(flag(home="nowhere", episode=f"e-{number}", text_en=f"Smoke {number}.")))
    (ticket,) = await town.rows(tickets)
    assert (ticket["subject"], ticket["text_en"]) == ("nowhere", "Smoke 4.")
    for _ in range(5):
        await town.take(town.sealed({"home": "nowhere", "kind": "quake"}, kind="flag"))
    assert await town.count(tickets) == 2


async def test_a_gateway_that_invents_homes_fills_no_board_and_an_urgent_one_among_them_is_told(town: Town) -> None:
    calm = {"severity": Severity.MAINTENANCE, "kind": FlagKind.DEVICE_SILENT}
    for start in range(0, 120, 40):
        names = range(start, start + 40)
        await town.take(*(town.sealed(flag(home=f"no-{n}", episode=f"e-{n}", **calm)) for n in names))
    assert await town.count(tickets) == MOST_STRANGERS
    await town.take(town.sealed(flag(home="no-999", episode="fire")))
    assert await town.count(tickets) == MOST_STRANGERS
    (worse,) = await town.rows(tickets, severity="critical")
    assert await town.told(worse["ticket_id"]) >= {"vera", "viktor"}
    (ticket_of_the_fire,) = await town.rows(flags, home_id="no-999")
    assert ticket_of_the_fire["ticket_id"] == worse["ticket_id"]
    # a home that is known is not concerned
    await town.raise_flag(episode="known")
    assert await town.count(tickets) == MOST_STRANGERS + 1


async def test_signs_that_turn_or_break_a_line_are_not_shown(town: Town) -> None:
    said = "Smoke\u202e gnp.exe\r\nBcc: all\x00 now"
    ticket_id = await town.raise_flag(text_en=said, text_zh="烟" * 9000, reason="a\nb")
    ticket = await town.ticket(ticket_id)
    assert ticket["text_en"] == "Smoke  gnp.exe  Bcc: all  now"
    assert len(ticket["text_zh"]) == 2000
    (row,) = await town.rows(flags)
    assert row["reason"] == "a b"


@pytest.mark.parametrize("interval_s", [10**18, -(10**18)])
async def test_a_heartbeat_with_any_interval_is_taken_and_awaited(town: Town, interval_s: int) -> None:
    beat = Heartbeat("1\x00", NOON, interval_s, outbox_waiting=0, outbox_oldest_s=0, clock_trusted=True)
    (answer,) = await town.take(town.sealed(beat))
    assert isinstance(answer, Accepted)
    (row,) = await town.rows(gateways, gateway_id="gw-1")
    assert NOON < row["heartbeat_due_at"] <= NOON + timedelta(days=1)


@pytest.mark.parametrize("name", ["ledger", "settings", "on_call", "canary"])
async def test_a_heartbeat_that_no_database_could_hold_is_refused_and_holds_up_nobody(town: Town, name: str) -> None:
    odd = CanaryTrip("c\x00", 1.0) if name == "canary" else "r\x00"
    beat = Heartbeat("1", NOON, 60, outbox_waiting=0, outbox_oldest_s=0, clock_trusted=True, **{name: odd})
    answers = await town.take(town.sealed(beat), town.sealed(flag()))
    assert [one.line.status for one in answers if isinstance(one, Accepted)] == [
        ReceiptStatus.REFUSED,
        ReceiptStatus.STORED,
    ]


async def test_a_clock_that_once_ran_ahead_does_not_freeze_what_is_known(town: Town) -> None:
    for waiting, sent_at in enumerate((NOON + timedelta(days=400), NOON)):
        beat = Heartbeat("1", NOON, 60, outbox_waiting=waiting, outbox_oldest_s=0, clock_trusted=True)
        await town.take(town.sealed(beat, sent_at=sent_at), now=NOON)
    (row,) = await town.rows(gateways, gateway_id="gw-1")
    assert row["heartbeat_json"]["outbox_waiting"] == 1


@pytest.mark.parametrize(
    "summary",
    [
        UsageSummary("h-1\x00", [HourUse(NOON, 1.0, None)]),
        UsageSummary(LONG, [HourUse(NOON, 1.0, None)]),
        UsageSummary("h-1", [HourUse(END_OF_TIME, 1.0, None)]),
        UsageSummary("h-1", [HourUse(NOON, 1.0, None, signs=10**12)]),
    ],
    ids=["zero byte", "40 KB", "end of time", "too many signs"],
)
async def test_usage_that_can_not_be_kept_is_refused(town: Town, summary: UsageSummary) -> None:
    (answer,) = await town.take(town.sealed(summary))
    assert isinstance(answer, Accepted)
    assert answer.line.status is ReceiptStatus.REFUSED
    assert await town.count(inbox) == 1
