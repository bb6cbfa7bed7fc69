"""The inbox takes each message once, whatever the repeats and the order, and only what its gateway may say."""

from __future__ import annotations

import asyncio
import itertools
import random
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.actions.incoming.accept_envelopes import Accepted, Arrival, DenialKind, Denied, accept_envelopes
from ingest.store.base.tables import gateways, homes, inbox
from ingest.store.ledger.tables import usage_hours
from ingest.store.notices.tables import notices
from ingest.store.tickets.tables import episodes, flags, tickets
from models.flag import FlagEvent, FlagKind, Severity
from models.wire.messages import Heartbeat, HourUse, ReceiptStatus, UsageSummary
from models.wire.seal import Direction, derive_key, seal
from tests.ingest.town import MASTER, NOON, Town, flag


def status_of(answer: Accepted | Denied) -> ReceiptStatus:
    assert isinstance(answer, Accepted), answer
    return answer.line.status


async def test_a_smoke_flag_becomes_a_ticket_with_plan_deadline_and_notices(town: Town) -> None:
    ticket_id = await town.raise_flag()
    ticket = await town.ticket(ticket_id)
    assert (ticket["status"], ticket["kind"], ticket["severity"], ticket["home_id"]) == (
        "open",
        "smoke",
        "critical",
        "h-1",
    )
    assert (ticket["due_kind"], ticket["due_at"]) == ("answer_by", NOON + timedelta(seconds=60))
    assert ticket["plan_json"]["plan_id"] == "alarm"
    assert await town.told(ticket_id) == {"vera", "viktor"}
    (row, _) = await town.rows(notices)
    assert "The smoke detector sounds" in row["text"]
    assert row["link"].startswith("http://console.test/go/")
    assert (row["channel"], row["urgent"]) == ("sms", True)
    assert await town.history(ticket_id) == ["opened"]


async def test_a_repeated_message_is_receipted_as_a_duplicate_and_does_nothing(town: Town) -> None:
    sealed = town.sealed(flag())
    assert [status_of(answer) for answer in await town.take(sealed, sealed)] == ["stored", "duplicate"]
    assert [status_of(answer) for answer in await town.take(sealed)] == ["duplicate"]
    assert (await town.count(inbox), await town.count(tickets), await town.count(notices)) == (1, 1, 2)


async def test_sixteen_at_once_are_one(town: Town) -> None:
    sealed = town.sealed(flag())
    answers = await asyncio.gather(*(town.take(sealed) for _ in range(16)))
    statuses = sorted(status_of(answer) for (answer,) in answers)
    assert statuses == ["duplicate"] * 15 + ["stored"]
    assert (await town.count(tickets), await town.count(flags), await town.count(notices)) == (1, 1, 2)


async def test_flags_of_one_home_at_once_are_one_ticket(town: Town) -> None:
    sealed = [town.sealed(flag(episode=f"e-{number}")) for number in range(12)]
    await asyncio.gather(*(town.take(one) for one in sealed))
    (ticket,) = await town.rows(tickets)
    assert {row["ticket_id"] for row in await town.rows(flags)} == {ticket["ticket_id"]}
    assert await town.count(flags) == 12


LIFE = [
    {"number": 0, "event": FlagEvent.RAISED, "severity": Severity.URGENT, "text_en": "zero"},
    {"number": 1, "event": FlagEvent.UPDATED, "severity": Severity.CRITICAL, "text_en": "one"},
    {"number": 2, "event": FlagEvent.CLEARED, "severity": Severity.CRITICAL, "text_en": "two"},
]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_the_order_of_an_episode_s_flags_does_not_matter(town: Town, order: tuple[int, ...]) -> None:
    changes: list[dict[str, Any]] = [{**LIFE[number], "kind": FlagKind.INACTIVITY} for number in order]
    for late, change in enumerate(changes):
        (answer,) = await town.take(town.sealed(flag(**change)), now=NOON + timedelta(seconds=late))
        assert status_of(answer) is ReceiptStatus.STORED
    (ticket,) = await town.rows(tickets)
    assert (ticket["status"], ticket["condition"], ticket["severity"]) == ("open", "cleared", "critical")
    assert {row["ticket_id"] for row in await town.rows(flags)} == {ticket["ticket_id"]}
    assert ticket["due_at"] <= NOON + timedelta(seconds=62)


async def test_shuffled_and_doubled_streams_of_many_homes_end_the_same(town: Town) -> None:
    chance = random.Random(7)
    stream = [
        town.sealed(flag(home=f"h-{home}", episode=f"e-{home}", **change)) for home in range(1, 9) for change in LIFE
    ]
    doubled = stream * 2
    chance.shuffle(doubled)
    batches = [doubled[start : start + 6] for start in range(0, len(doubled), 6)]
    await asyncio.gather(*(town.take(*batch) for batch in batches))
    rows = await town.rows(tickets)
    assert sorted(row["home_id"] for row in rows) == sorted(f"h-{home}" for home in range(1, 9))
    assert {(row["status"], row["condition"], row["severity"]) for row in rows} == {("open", "cleared", "critical")}
    assert (await town.count(inbox), await town.count(flags)) == (24, 24)


async def test_a_cleared_flag_closes_nothing(town: Town) -> None:
    ticket_id = await town.raise_flag()
    await town.take(town.sealed(flag(number=1, event=FlagEvent.CLEARED)))
    ticket = await town.ticket(ticket_id)
    assert (ticket["status"], ticket["condition"]) == ("open", "cleared")
    assert await town.told(ticket_id) == {"vera", "viktor"}


async def test_a_second_episode_joins_the_ticket_that_still_waits(town: Town) -> None:
    ticket_id = await town.raise_flag()
    await town.raise_flag(episode="e-2", text_en="Again.", now=NOON + timedelta(seconds=5))
    ticket = await town.ticket(ticket_id)
    assert await town.count(tickets) == 1
    assert ticket["text_en"] == "Again."
    assert await town.history(ticket_id) == ["opened", "new_flag"]
    await town.take(town.sealed(flag(episode="e-2", number=1, event=FlagEvent.CLEARED)))
    assert (await town.ticket(ticket_id))["condition"] == "cleared"


async def test_a_flag_about_another_gateway_s_home_is_stored_and_refused(town: Town) -> None:
    (answer,) = await town.take(town.sealed(flag(home="k-1")))
    assert status_of(answer) is ReceiptStatus.REFUSED
    (row,) = await town.rows(inbox)
    assert (row["status"], "k-1" in row["detail"]) == ("refused", True)
    assert (await town.count(flags), await town.count(tickets), await town.count(episodes)) == (0, 0, 0)


async def test_a_flag_about_an_unknown_home_is_a_ticket_where_the_gateway_stands(town: Town) -> None:
    ticket_id = await town.raise_flag(home="h-999")
    ticket = await town.ticket(ticket_id)
    assert (ticket["home_id"], ticket["area_id"], ticket["subject"]) == (None, "c1", "h-999")
    assert await town.told(ticket_id) == {"vera", "viktor"}


async def test_a_flag_about_a_home_without_a_gateway_is_not_lost(town: Town) -> None:
    async with town.ctx.db.write() as connection:
        await connection.execute(update(homes).where(homes.c.home_id == "h-1").values(gateway_id=None))
    ticket = await town.ticket(await town.raise_flag())
    assert (ticket["home_id"], ticket["area_id"], ticket["subject"]) == (None, "c1", "h-1")


async def test_no_gateway_can_take_another_s_ids(town: Town) -> None:
    mine, theirs = (
        town.sealed(flag(), message_id="same"),
        town.sealed(flag(home="k-1"), gateway="gw-2", message_id="same"),
    )
    assert [status_of(answer) for answer in await town.take(theirs, mine)] == ["stored", "stored"]
    assert sorted(row["home_id"] for row in await town.rows(tickets)) == ["h-1", "k-1"]


async def test_a_kind_nobody_knows_is_stored_and_receipted(town: Town) -> None:
    (answer,) = await town.take(town.sealed({"x": 1}, kind="weather"))
    assert status_of(answer) is ReceiptStatus.UNKNOWN_KIND
    (row,) = await town.rows(inbox)
    assert (row["kind"], row["status"], b'"x":1' in row["envelope"]) == ("weather", "unknown_kind", True)


async def test_a_flag_that_can_not_be_read_is_looked_at_by_people(town: Town) -> None:
    body = {"home": "h-1", "kind": "earthquake", "severity": "critical", "text_en": "The house shakes."}
    (answer,) = await town.take(town.sealed(body, kind="flag"))
    assert status_of(answer) is ReceiptStatus.UNKNOWN_KIND
    (ticket,) = await town.rows(tickets)
    assert (ticket["severity"], ticket["home_id"]) == ("urgent", "h-1")
    assert "The house shakes." in ticket["text_en"]
    await town.take(town.sealed(body, kind="flag"))
    assert await town.count(tickets) == 1


@pytest.mark.parametrize(
    "change", [{"kind": FlagKind.TEST}, {"severity": Severity.INFO}], ids=["test button", "information"]
)
async def test_a_test_and_an_information_ask_nobody(town: Town, change: dict[str, Any]) -> None:
    await town.take(town.sealed(flag(**change)))
    assert (await town.count(flags), await town.count(tickets), await town.count(notices)) == (1, 0, 0)


async def test_maintenance_goes_calmly_to_who_mends_things(town: Town) -> None:
    ticket_id = await town.raise_flag(kind=FlagKind.DEVICE_SILENT, severity=Severity.MAINTENANCE)
    ticket = await town.ticket(ticket_id)
    assert ticket["due_at"] >= NOON + timedelta(hours=4)
    assert await town.told(ticket_id) == {"admin"}


async def test_strangers_forgers_and_babblers_get_nothing(town: Town) -> None:
    good = town.sealed(flag())
    forged = seal(b"x" * 32, "gw-1", Direction.UP, good.split(b"\n", 1)[1])
    stranger = seal(derive_key(MASTER, "gw-9"), "gw-9", Direction.UP, b"{}")
    downwards = seal(derive_key(MASTER, "gw-1"), "gw-1", Direction.DOWN, good.split(b"\n", 1)[1])
    babble = seal(derive_key(MASTER, "gw-1"), "gw-1", Direction.UP, b"not json")
    as_other = town.sealed(flag(), gateway_id="gw-2")
    answers = await town.take(forged, stranger, downwards, b"", b"LS1 ", b"\xff" * 90, babble, as_other)
    assert [answer.kind for answer in answers if isinstance(answer, Denied)] == [
        *[DenialKind.BAD_SEAL] * 6,
        DenialKind.BAD_ENVELOPE,
        DenialKind.BAD_ENVELOPE,
    ]
    assert await town.count(flags) == 0
    assert sorted(row["kind"] for row in await town.rows(inbox)) == ["undecodable", "undecodable"]


async def test_a_gateway_speaks_only_on_its_own_topic(town: Town) -> None:
    (answer,) = await accept_envelopes(town.ctx, [Arrival(town.sealed(flag()), "gw-2")], NOON)
    assert isinstance(answer, Denied)
    assert answer.kind is DenialKind.BAD_SEAL
    assert await town.count(inbox) == 0


async def test_what_fails_at_the_commit_is_not_answered_and_not_there(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_commit(_: AsyncConnection) -> None:
        raise OSError("disk full")

    sealed = town.sealed(flag())
    with monkeypatch.context() as patch:
        patch.setattr("ingest.actions.incoming.accept_envelopes.count_change", no_commit)
        with pytest.raises(OSError, match="disk full"):
            await town.take(sealed)
    assert (await town.count(inbox), await town.count(tickets), await town.count(notices)) == (0, 0, 0)
    (answer,) = await town.take(sealed)
    assert status_of(answer) is ReceiptStatus.STORED


async def test_a_heartbeat_sets_the_next_deadline_and_an_older_one_does_not_replace_it(town: Town) -> None:
    def beat(waiting: int) -> Heartbeat:
        return Heartbeat("1", NOON, interval_s=60, outbox_waiting=waiting, outbox_oldest_s=0, clock_trusted=True)

    await town.take(town.sealed(beat(1), sent_at=NOON))
    await town.take(town.sealed(beat(2), sent_at=NOON - timedelta(minutes=5)), now=NOON + timedelta(seconds=9))
    (row,) = await town.rows(gateways, gateway_id="gw-1")
    assert row["heartbeat_json"]["outbox_waiting"] == 1
    assert row["last_heartbeat_at"] == NOON + timedelta(seconds=9)
    assert row["heartbeat_due_at"] == NOON + timedelta(seconds=9 + 180)


@pytest.mark.parametrize("newest_first", [False, True])
async def test_the_newest_word_about_an_hour_stays(town: Town, newest_first: bool) -> None:
    def summary(litres: float) -> UsageSummary:
        return UsageSummary("h-1", [HourUse(NOON, litres, None)])

    messages = [town.sealed(summary(1.0)), town.sealed(summary(2.0))]
    for sealed in reversed(messages) if newest_first else messages:
        await town.take(sealed)
    (row,) = await town.rows(usage_hours)
    assert (row["water_l"], row["energy_wh"], row["quality"]) == (2.0, None, "full")


async def test_usage_of_another_gateway_s_home_is_refused(town: Town) -> None:
    (answer,) = await town.take(town.sealed(UsageSummary("k-1", [HourUse(NOON, 1.0, None)])))
    assert status_of(answer) is ReceiptStatus.REFUSED
    assert await town.count(usage_hours) == 0
