"""Browsers beside a person's own channels: both when it is urgent, else the browser first, and each doors' manners."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import pytest
from Crypto.PublicKey import ECC

from ingest.actions.base.links import make_token
from ingest.actions.incoming.push_browsers import PushBook, subscribe
from ingest.actions.notices.await_receipt import give_up_waiting
from ingest.actions.notices.deliver import deliver
from ingest.channels.contract import Channel
from ingest.channels.registry import build_channels, push_offer
from ingest.domain.notices.push import MOST_BROWSERS, PushFault, PushOffer, Subscription
from ingest.store.base.tables import push_subscriptions
from ingest.store.notices.tables import notices
from ingest.web.base.site_context import SiteDeps
from ingest.web.site import make_site
from ingest.website import PARTS
from models.flag import FlagKind, Severity
from simulators.vendors.push_service import PushService
from tests.ingest.channels.browser_reader import BrowserReader
from tests.ingest.town import NOON, Remembering, Town

SECOND = timedelta(seconds=1)
OFFER = PushOffer("k", ("push.example",))


@dataclass
class House:
    """A town, a push service, one browser, and the site that the browser speaks to."""

    town: Town
    service: PushService
    reader: BrowserReader
    client: httpx2.AsyncClient
    channels: dict[str, Channel]
    sms: Remembering

    async def ring(self, person: str = "vera", door: str = "/vera") -> httpx2.Response:
        """Let a browser ring for somebody who opened a link."""
        proof = make_token(self.town.ctx.keys, "t-0", person, NOON + timedelta(hours=72))
        body = {**self.reader.subscription(f"{self.service.url}{door}"), "proof": proof}
        return await self.client.post("/api/v1/push/subscriptions", json=body)

    async def of(self, person: str) -> list[tuple[str, str, int]]:
        rows = await self.town.rows(notices, person_id=person)
        return sorted((row["channel"], row["status"], row["position"]) for row in rows)

    def said(self, number: int = -1) -> dict[str, Any]:
        opened: dict[str, Any] = json.loads(self.reader.open(self.service.posted[number].body))
        return opened


@pytest.fixture
def service() -> Iterator[PushService]:
    with PushService() as running:
        yield running


@pytest.fixture
async def house(town: Town, service: PushService, tmp_path: Path) -> AsyncIterator[House]:
    (tmp_path / "vapid.pem").write_text(ECC.generate(curve="P-256").export_key(format="PEM"))
    push = {"kind": "web_push", "key_file": "vapid.pem", "subject": "mailto:a@b.example", "plain_http": True}
    table = {"push": {**push, "push_hosts": ["127.0.0.1"]}}
    offer = push_offer(table, tmp_path)
    assert offer is not None
    sms = Remembering()
    channels = build_channels(table, tmp_path, NOON.timestamp, PushBook(town.ctx)) | {"sms": sms}
    deps = SiteDeps(town.ctx, lambda: NOON, ZoneInfo("Asia/Shanghai"), push=PushOffer(*offer))
    transport = httpx2.ASGITransport(make_site(deps, PARTS))
    async with httpx2.AsyncClient(transport=transport, base_url="http://testserver") as client:
        yield House(town, service, BrowserReader(), client, channels, sms)


async def test_an_urgent_notice_rings_in_the_browser_and_on_the_first_channel_at_once(house: House) -> None:
    assert (await house.ring()).status_code == 200
    ticket = await house.town.raise_flag()
    await deliver(house.town.ctx, house.channels, NOON)
    assert await house.of("vera") == [("push", "delivered", -1), ("sms", "delivered", 0)]
    assert await house.of("viktor") == [("sms", "delivered", 0)]
    said = house.said()
    assert said["title"] == "[Critical] smoke alarm: 1-1"
    assert said["url"].startswith("http://console.test/go/")
    assert said["url"] not in said["body"]
    # a browser that fails changes nothing for the other channel, and nothing is said twice
    await give_up_waiting(house.town.ctx, NOON + 61 * SECOND)
    await deliver(house.town.ctx, house.channels, NOON + 61 * SECOND)
    assert await house.of("vera") == [("push", "rejected", -1), ("sms", "delivered", 0)]
    assert len([one for one in house.sms.got if one.key.startswith(f"{ticket}.1.vera")]) == 1


async def test_a_calm_notice_that_a_browser_has_shown_goes_nowhere_else(house: House) -> None:
    await house.ring("sun", "/sun")
    await house.town.raise_flag(kind=FlagKind.WELLBEING, severity=Severity.VISIT)
    await deliver(house.town.ctx, house.channels, NOON)
    assert await house.of("sun") == [("push", "delivered", -1)]
    path = house.said()["seen"].removeprefix("http://console.test")
    assert (await house.client.post(path)).status_code == 200
    assert (await house.client.post(path)).status_code == 200, "a browser may say so again"
    assert (await house.client.post(path[:-1] + "x")).status_code == 404
    await give_up_waiting(house.town.ctx, NOON + 61 * SECOND)
    assert await house.of("sun") == [("push", "delivered", -1)]


async def test_a_calm_notice_that_no_browser_shows_goes_on_to_the_channels_in_order(house: House) -> None:
    await house.ring("sun", "/sun")
    await house.town.raise_flag(kind=FlagKind.WELLBEING, severity=Severity.VISIT)
    await deliver(house.town.ctx, house.channels, NOON)
    await give_up_waiting(house.town.ctx, NOON + 59 * SECOND)
    assert await house.of("sun") == [("push", "delivered", -1)]
    await give_up_waiting(house.town.ctx, NOON + 60 * SECOND)
    assert await house.of("sun") == [("push", "rejected", -1), ("sms", "pending", 0)]


async def test_a_browser_that_is_gone_is_forgotten_and_the_next_channel_rings_at_once(house: House) -> None:
    await house.ring("sun", "/sun")
    house.service.answers["/sun"] = 410
    await house.town.raise_flag(kind=FlagKind.WELLBEING, severity=Severity.VISIT)
    await deliver(house.town.ctx, house.channels, NOON)
    assert await house.town.count(push_subscriptions) == 0
    assert await house.of("sun") == [("push", "rejected", -1), ("sms", "pending", 0)]


async def test_who_subscribes_must_be_somebody_and_the_service_one_that_we_know(house: House) -> None:
    assert (await house.client.get("/api/v1/push/key")).json()["key"]
    body = house.reader.subscription(f"{house.service.url}/x")
    assert (await house.client.post("/api/v1/push/subscriptions", json=body)).status_code == 401
    forged = {**body, "proof": "forged"}
    assert (await house.client.post("/api/v1/push/subscriptions", json=forged)).status_code == 401
    proof = make_token(house.town.ctx.keys, "t-0", "vera", NOON + SECOND)
    for endpoint in ("http://10.0.0.1/admin", "file:///etc/passwd", "https://127.0.0.1@evil.example/"):
        strange = {**house.reader.subscription(endpoint), "proof": proof}
        answer = await house.client.post("/api/v1/push/subscriptions", json=strange)
        assert (answer.status_code, answer.json()) == (422, {"error": "unknown_service"}), endpoint
    weak = {**body, "keys": {"p256dh": "AAAA", "auth": "AAAA"}, "proof": proof}
    assert (await house.client.post("/api/v1/push/subscriptions", json=weak)).json() == {"error": "bad_keys"}
    assert await house.town.count(push_subscriptions) == 0


async def test_a_phone_that_changes_hands_rings_for_its_new_owner_and_can_be_silenced(house: House) -> None:
    await house.ring("vera")
    await house.ring("viktor")
    (row,) = await house.town.rows(push_subscriptions)
    assert row["person_id"] == "viktor"
    gone = {"endpoint": row["endpoint"]}

    async def drop(person: str) -> int:
        proof = make_token(house.town.ctx.keys, "t-0", person, NOON + SECOND)
        request = {"json": {**gone, "proof": proof}}
        return (await house.client.request("DELETE", "/api/v1/push/subscriptions", **request)).status_code

    assert [await drop("vera"), await drop("viktor"), await drop("viktor")] == [404, 200, 404]


async def test_a_person_has_so_many_browsers_and_no_more(town: Town) -> None:
    keys = BrowserReader().subscription("")["keys"]
    for number in range(MOST_BROWSERS + 2):
        one = Subscription(f"https://push.example/{number}", keys["p256dh"], keys["auth"])
        assert await subscribe(town.ctx, OFFER, "vera", one, NOON + number * SECOND) is None
    kept = {browser.endpoint for browser in await PushBook(town.ctx).of("vera")}
    assert kept == {f"https://push.example/{number}" for number in range(2, MOST_BROWSERS + 2)}
    refused = Subscription("https://push.example.evil/1", keys["p256dh"], keys["auth"])
    assert await subscribe(town.ctx, OFFER, "vera", refused, NOON) is PushFault.UNKNOWN_SERVICE
    assert await subscribe(town.ctx, None, "vera", refused, NOON) is PushFault.NOT_OFFERED
