"""Vendor down for an hour: people are reached another way, the desk is told, and nothing is lost or said twice."""

from __future__ import annotations

import tomllib
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import delete

from ingest.actions.tickets.act_on_ticket import act_on_ticket
from ingest.actions.upkeep.audit import audit
from ingest.actions.upkeep.watch_channels import watch_channels
from ingest.channels.registry import build_channels
from ingest.domain.notices.delivery import CHANNEL_FAILING
from ingest.domain.tickets.ticket import Event
from ingest.store.base.tables import person_channels
from ingest.store.notices.tables import notices
from ingest.store.tickets.tables import tickets
from models.flag import FlagKind, Severity
from simulators.vendors.server import Vendor
from tests.ingest.town import Town
from tests.story.moments import every, next_moment, work

ONE = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
"""13:00 in Ningbo."""
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SETTINGS = """
[sms]
kind = "sms_http"
url = "{url}/sms/send"
[voice]
kind = "voice_http"
url = "{url}/voice/call"
"""


async def test_a_vendor_is_down_for_an_hour(town: Town, tmp_path: Path) -> None:
    async with town.ctx.db.write() as connection:
        # the social worker of the street has no second channel
        only = (person_channels.c.person_id == "sheng") & (person_channels.c.channel == "voice")
        await connection.execute(delete(person_channels).where(only))
    with Vendor() as vendor:
        channels = build_channels(tomllib.loads(SETTINGS.format(url=vendor.url)), tmp_path)
        taken: list[str] = []
        raised: list[str] = []
        now, number = ONE - 20 * MINUTE, 0
        back = ONE + HOUR
        while now < back + 20 * MINUTE:
            if now == ONE:
                vendor.fail("500", path="/sms/send")
            if now == back:
                vendor.fail("none")
            if (now - ONE) % (20 * MINUTE) == timedelta():
                number += 1
                raised.append(
                    await town.raise_flag(
                        now,
                        kind=FlagKind.INACTIVITY,
                        severity=Severity.URGENT,
                        home=f"h-{number}",
                        episode=f"e-{number}",
                        at=now,
                        since=now - HOUR,
                    )
                )
            # half of the tickets are taken two minutes after they were opened, the others by nobody
            for ticket in raised[::2]:
                row = await town.ticket(ticket)
                if row["status"] == "open" and now - row["opened_at"] >= 2 * MINUTE:
                    await act_on_ticket(town.ctx, ticket, Event.TAKE, town.actor("vera"), now)
                    taken.append(ticket)
            await work(town, channels, now)
            if await watch_channels(town.ctx, now):
                await work(town, channels, now)
            assert (await audit(town.ctx, now)).clean
            now = await next_moment(town, now, every(2 * MINUTE, ONE, now))
        messages = vendor.messages()
    assert len(raised) == 5
    assert len(taken) == 3

    rows = await town.rows(notices)
    keys = {row["idem_key"] for row in rows}
    # nothing doubled: the vendor never got a message twice, and nobody had one notice over two channels
    assert {message.repeats for message in messages} == {0}
    assert len(messages) == len({(message.service, message.key) for message in messages})
    reached = Counter(row["idem_key"].rsplit(".", 1)[0] for row in rows if row["status"] == "delivered")
    assert set(reached.values()) == {1}
    # nothing lost: what is not delivered over one channel is over the next, or was no longer true, or waits its turn
    for row in rows:
        if row["status"] == "rejected":
            assert f"{row['idem_key'].rsplit('.', 1)[0]}.{row['position'] + 1}" in keys
        else:
            assert row["status"] in {"delivered", "cancelled"}, row["idem_key"]
    # who has two channels was rung within seconds all the while: three attempts, two and four seconds apart
    during = [row for row in rows if ONE <= row["created_at"] < back and row["person_id"] in {"vera", "viktor"}]
    rung = [row for row in during if row["status"] == "delivered"]
    assert {row["channel"] for row in rung} == {"voice"}
    assert max(row["delivered_at"] - row["created_at"] for row in rung) <= timedelta(seconds=15)
    # who has one is told what is still true as soon as the vendor is back
    waited = [row for row in rows if row["person_id"] == "sheng" and ONE <= row["created_at"] < back]
    late = [row for row in waited if row["delivered_at"] is not None]
    assert late
    assert all(back <= row["delivered_at"] <= back + 2 * MINUTE for row in late)
    # before and after, text messages as always
    for begin, end in ((ONE - 20 * MINUTE, ONE - MINUTE), (back + MINUTE, back + 19 * MINUTE)):
        sent = [row for row in rows if begin <= row["created_at"] < end and row["status"] == "delivered"]
        assert {row["channel"] for row in sent} == {"sms"}

    (complaint,) = await town.rows(tickets, kind=CHANNEL_FAILING)
    assert (complaint["subject"], complaint["severity"], complaint["condition"]) == ("sms", "urgent", "cleared")
    assert ONE < complaint["opened_at"] <= ONE + 15 * MINUTE
    assert await town.told(complaint["ticket_id"]) >= {"dong", "ding"}
    told = [row for row in rows if row["ticket_id"] == complaint["ticket_id"] and row["status"] == "delivered"]
    assert min(row["delivered_at"] for row in told) <= complaint["opened_at"] + timedelta(seconds=15)
