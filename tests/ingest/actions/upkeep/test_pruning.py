"""Old messages and notices leave the database; a live ticket keeps its own, and nothing is opened twice."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from ingest.actions.base.retention import Retention
from ingest.actions.notices.deliver import deliver
from ingest.actions.tickets.act_on_ticket import act_on_ticket
from ingest.domain.tickets.ticket import Cause, Event, EventDetail, Outcome
from ingest.settings import load_settings
from ingest.store.base.tables import inbox
from ingest.store.ledger.tables import usage_hours
from ingest.store.notices.tables import notice_receipts, notices, vendor_events
from ingest.store.tickets.tables import ticket_history, tickets
from models.kit.config_reader import ConfigError
from models.wire.messages import Heartbeat, HourUse, UsageSummary
from tests.ingest.timers import prune
from tests.ingest.town import NOON, Remembering, Town, flag

KEEP = Retention(messages=timedelta(days=30), notices=timedelta(days=60))
BEAT = Heartbeat("1", NOON, interval_s=60, outbox_waiting=0, outbox_oldest_s=0, clock_trusted=True)


async def close(town: Town, ticket_id: str) -> None:
    detail = EventDetail(outcome=Outcome.HELPED, cause=Cause.UNKNOWN)
    for event in (Event.RESOLVE, Event.CLOSE):
        await act_on_ticket(town.ctx, ticket_id, event, town.actor("dong"), NOON, detail=detail)
    assert (await town.ticket(ticket_id))["status"] == "closed"


async def test_what_is_old_and_over_goes_and_what_is_younger_stays(town: Town) -> None:
    sealed = town.sealed(flag())
    await town.take(sealed, town.sealed(BEAT))
    await deliver(town.ctx, {"sms": Remembering()}, NOON)
    (ticket,) = await town.rows(tickets)
    await close(town, ticket["ticket_id"])
    told = await town.count(notices)
    notice_id = (await town.rows(notices))[0]["notice_id"]
    async with town.ctx.db.write() as connection:
        said = {"notice_id": notice_id, "at": NOON}
        state = "delivered"
        await connection.execute(insert(notice_receipts).values(channel="sms", vendor_id="v", state=state, **said))
        await connection.execute(insert(vendor_events).values(vendor="v", event_id="1", result="read", **said))
    assert await prune(town.ctx, KEEP, NOON + KEEP.messages) == {}
    assert await prune(town.ctx, KEEP, NOON + timedelta(days=31)) == {"messages": 2}
    assert await prune(town.ctx, KEEP, NOON + timedelta(days=61)) == {"notices": told}
    assert (await town.count(ticket_history), await town.count(notice_receipts)) == (3, 0)
    await town.take(sealed, now=NOON + timedelta(days=62))
    assert (await town.count(tickets), await town.count(notices), await town.count(inbox)) == (1, 0, 1)


async def test_hours_of_use_are_kept_for_four_hundred_days(town: Town) -> None:
    hours = [NOON + timedelta(hours=n) for n in range(3)]
    for number, home in enumerate(("h-1", "h-2")):
        summary = UsageSummary(home, [HourUse(one, 1.0, None) for one in hours])
        await town.take(town.sealed(summary, message_id=f"u-{number}"), now=hours[-1])
    assert await town.count(usage_hours) == 6
    await prune(town.ctx, KEEP, NOON + timedelta(days=400))
    assert await town.count(usage_hours) == 6
    await prune(town.ctx, KEEP, NOON + timedelta(days=400, hours=2))
    assert {(row["home_id"], row["start"]) for row in await town.rows(usage_hours)} == {
        ("h-1", hours[2]),
        ("h-2", hours[2]),
    }


async def test_a_live_ticket_keeps_its_messages_and_notices(town: Town) -> None:
    await town.raise_flag()
    await town.take(town.sealed(BEAT))
    await deliver(town.ctx, {"sms": Remembering()}, NOON)
    assert await prune(town.ctx, KEEP, NOON + timedelta(days=400)) == {"messages": 1}
    assert [row["kind"] for row in await town.rows(inbox)] == ["flag"]
    assert await town.count(notices) == 2


def test_how_long_is_a_setting_and_too_short_is_refused(tmp_path: Path) -> None:
    (tmp_path / "master.key").write_text("ab" * 32)
    path = tmp_path / "ingest.toml"
    text = '[ingest]\nmaster_key_file = "master.key"\nkeep_messages_days = '
    path.write_text(text + "45\n")
    assert load_settings(path).keep == Retention(timedelta(days=45), timedelta(days=730))
    path.write_text(text + "3\n")
    with pytest.raises(ConfigError, match="keep_messages_days: 3 is too small; the least is 30 days"):
        load_settings(path)
