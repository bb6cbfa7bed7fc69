"""The button by which a phone may ring, in a real browser. Its push service is far away, so only that is played."""

from __future__ import annotations

import json
from collections.abc import Callable

from playwright.sync_api import expect

from ingest.domain.notices.push import PushOffer
from ingest.store.base.tables import push_subscriptions
from tests.browser.conftest import Desk, Server
from tests.ingest.channels.browser_reader import BrowserReader, b64

PLAYED = """
let kept = null;
const played = {{ toJSON: () => ({subscription}), endpoint: {endpoint}, unsubscribe: async () => {{ kept = null; }} }};
PushManager.prototype.getSubscription = async () => kept;
PushManager.prototype.subscribe = async (wish) => {{
  window.keyLength = wish.applicationServerKey.length;
  kept = played;
  return played;
}};
Notification.requestPermission = async () => window.answer || "granted";
"""


def browsers(server: Server) -> list[tuple[str, str]]:
    async def read() -> list[tuple[str, str]]:
        async with server.street.ctx.db.read() as connection:
            rows = await connection.execute(push_subscriptions.select())
            return [(row.person_id, row.endpoint) for row in rows]

    return server.do(read())


def test_a_volunteer_lets_the_phone_ring_and_no_longer(server: Server, open_page: Callable[..., Desk]) -> None:
    reader, endpoint = BrowserReader(), "https://push.example/abc"
    server.stop()
    server.street.push = PushOffer(b64(reader.public), ("push.example",))
    server.start()
    phone = open_page(390, 844, locale="en-US")
    page = phone.page
    said = json.dumps(reader.subscription(endpoint))
    page.add_init_script(PLAYED.format(subscription=said, endpoint=json.dumps(endpoint)))
    page.goto(server.street.link(server.do(server.street.ticket()), "p-vol2"))
    button, status = page.locator("#push button"), page.locator("#push [role=status]")
    expect(button).to_have_text("Ring on this phone")
    page.evaluate("window.answer = 'denied'")
    button.click()
    expect(status).to_contain_text("The phone does not allow it.")
    assert browsers(server) == []
    page.evaluate("window.answer = 'granted'")
    button.click()
    expect(status).to_have_text("This phone rings from now on.")
    assert browsers(server) == [("p-vol2", endpoint)]
    assert page.evaluate("window.keyLength") == 65
    expect(button).to_have_text("No longer ring on this phone")
    button.click()
    expect(status).to_have_text("This phone no longer rings.")
    assert browsers(server) == []
    assert phone.complaints == []


def test_where_it_is_not_set_up_nothing_is_shown(server: Server, open_page: Callable[..., Desk]) -> None:
    page = open_page(390, 844).page
    page.goto(server.street.link(server.do(server.street.ticket()), "p-vol2"))
    expect(page.locator("#do-take button")).to_be_visible()
    expect(page.locator("#push")).to_have_count(0)
