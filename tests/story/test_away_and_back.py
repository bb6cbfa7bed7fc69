"""Away, told at the console: nothing is raised at home while it lasts, and who does not come back is a ticket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx2
import pytest

from gateway.pipeline import LEDGER
from ingest.domain.ledger.absence import AWAY_OVERDUE, GRACE
from ingest.intake.downlink import Downlink
from ingest.store.base.sessions import open_session
from ingest.store.ledger.tables import ledger_mail
from ingest.store.tickets.tables import tickets
from ingest.web.base.site_context import SiteDeps
from ingest.web.site import make_site
from ingest.website import PARTS
from models.flag import FlagKind
from models.wire.codec import decode, read_body
from models.wire.messages import AwayChanged, Heartbeat
from models.wire.seal import Direction, derive_key, unseal
from simulators.people.incidents import Incident, IncidentKind
from tests.ingest.timers import look_after
from tests.ingest.town import MASTER, Remembering, Town
from tests.story.street import GATEWAY, POLL, Street, build_street

MIDNIGHT = datetime(2026, 11, 23, 16, tzinfo=UTC)
HOUR = timedelta(hours=1)
LEAVES = MIDNIGHT + 9 * HOUR
RETURN = MIDNIGHT + 26 * HOUR


@pytest.fixture
async def street(town: Town, tmp_path: Path) -> AsyncIterator[Street]:
    away = Incident(IncidentKind.AWAY, LEAVES.timestamp(), (RETURN + 30 * HOUR).timestamp())
    channels = {"sms": Remembering(), "voice": Remembering()}
    built = build_street(town, tmp_path, channels, MIDNIGHT, {"h-1": [away], "h-2": [away]})
    yield built
    built.store.close()


@pytest.fixture
async def console(town: Town, street: Street) -> AsyncIterator[httpx2.AsyncClient]:
    """A dispatcher's program at the console's API."""
    async with town.ctx.db.write() as connection:
        await open_session(connection, token="t-dong", csrf_token="c", person_id="dong", now=LEAVES)
    site = make_site(SiteDeps(town.ctx, lambda: street.clock.at, ZoneInfo("Asia/Shanghai")), PARTS)
    transport = httpx2.ASGITransport(app=site)
    headers = {"authorization": "Bearer t-dong"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://console.test", headers=headers) as client:
        yield client


async def live(street: Street, until: datetime) -> None:
    """Let time pass at the homes; nobody's deadlines matter here."""
    while street.clock.at < until:
        street.poll()
        await street.carry()
        street.clock.at += POLL


async def bring_down(street: Street) -> int:
    """The way down, which a gateway that is offline does not hear."""
    letters: list[bytes] = []
    down = Downlink(street.town.ctx, street.receipts, lambda _, sealed: letters.append(sealed), lambda: street.clock.at)
    await down.send_due()
    for sealed in letters:
        _, data = unseal({GATEWAY: derive_key(MASTER, GATEWAY)}.get, Direction.DOWN, sealed)
        street.pipeline.tell_away(read_body(decode(data), AwayChanged), street.clock.at)
    return len(letters)


async def beat(street: Street) -> None:
    """The gateway's heartbeat, as the app makes it."""
    ledger = street.store.fact(LEDGER) or ""
    heartbeat = Heartbeat("1", MIDNIGHT, 60, outbox_waiting=0, outbox_oldest_s=0, clock_trusted=True, ledger=ledger)
    street.post.beat(heartbeat)
    await street.carry()


async def test_away_is_told_at_the_console_and_whoever_does_not_come_back_is_looked_for(
    town: Town, street: Street, console: httpx2.AsyncClient
) -> None:
    await live(street, LEAVES)
    said = {"home_id": "h-1", "said_by": "daughter", "way": "phone", "until": RETURN.isoformat()}
    answer = await console.post("/api/v1/away", json=said)
    assert answer.status_code == 200, answer.text
    (listed,) = (await console.get("/api/v1/away")).json()["away"]
    assert (listed["entry_id"], listed["said_by"]) == (answer.json()["entry_id"], "daughter")
    assert await bring_down(street) == 1
    await beat(street)
    (mail,) = await town.rows(ledger_mail)
    assert mail["due_at"] is None, "the gateway's heartbeat has named the ledger that it was sent"

    await live(street, RETURN)
    raised = {row["home_id"] for row in await town.rows(tickets, kind=FlagKind.INACTIVITY.value)}
    assert raised == {"h-2"}, "the neighbour left without a word"
    assert await look_after(town.ctx, RETURN) == 0

    await live(street, RETURN + GRACE)
    await beat(street)
    assert await look_after(town.ctx, street.clock.at) == 1
    (overdue,) = await town.rows(tickets, kind=AWAY_OVERDUE)
    assert (overdue["home_id"], overdue["due_at"] > street.clock.at - HOUR) == ("h-1", True)
    assert await town.told(overdue["ticket_id"]) >= {"vera", "viktor"}
