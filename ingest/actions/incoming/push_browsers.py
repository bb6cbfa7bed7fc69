"""Push browsers: who may be told through which browser, kept by the person, and what a browser says it has shown."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.actions.incoming.hear_vendor import hear_vendor
from ingest.channels.contract import PUSH, Browser, VendorEvent
from ingest.domain.notices.push import PushFault, PushOffer, Subscription, endpoint_fits, keys_fit, to_drop
from ingest.store.base.audit_trail import write_audit
from ingest.store.notices.browsers import browsers_of, drop_browsers, put_browser

SEEN_PATH = "/api/v1/push/seen/"


class PushBook:
    """The subscriptions, as the push channel asks for them."""

    def __init__(self, ctx: ActionContext) -> None:
        self._ctx = ctx

    async def of(self, person_id: str) -> list[Browser]:
        """Return the browsers of a person, the newest first."""
        async with self._ctx.db.read() as connection:
            rows = await browsers_of(connection, person_id)
        return [Browser(row.endpoint, row.p256dh, row.auth) for row in rows]

    async def forget(self, endpoint: str) -> None:
        """The browser is no more."""
        async with self._ctx.db.write() as connection:
            await drop_browsers(connection, [endpoint])

    def seen_url(self, message: str) -> str:
        """Return what a browser calls when it has shown the message; the message's own proof is in it."""
        return f"{self._ctx.public_url}{SEEN_PATH}{message}.{_proof(self._ctx, message)}"


async def subscribe(
    ctx: ActionContext, offer: PushOffer | None, person_id: str, browser: Subscription, now: datetime
) -> PushFault | None:
    """Keep a person's browser; one that was another person's is theirs no longer. Return why not, or None."""
    if offer is None:
        return PushFault.NOT_OFFERED
    if not endpoint_fits(offer, browser.endpoint):
        return PushFault.UNKNOWN_SERVICE
    if not keys_fit(browser.p256dh, browser.auth):
        return PushFault.BAD_KEYS
    async with ctx.db.write() as connection:
        await put_browser(connection, person_id, browser, now)
        kept = [row.endpoint for row in await browsers_of(connection, person_id)]
        await drop_browsers(connection, list(to_drop(kept)))
        await write_audit(connection, now, "push_on", actor=person_id, subject=person_id)
    return None


async def unsubscribe(ctx: ActionContext, person_id: str, endpoint: str, now: datetime) -> bool:
    """Forget a person's browser; return whether it was there."""
    async with ctx.db.write() as connection:
        gone = await drop_browsers(connection, [endpoint], of=person_id) > 0
        if gone:
            await write_audit(connection, now, "push_off", actor=person_id, subject=person_id)
    return gone


async def note_shown(ctx: ActionContext, token: str, now: datetime) -> bool:
    """A browser says that it has shown a message; return whether it is one of ours."""
    message, _, proof = token.partition(".")
    if not hmac.compare_digest(_proof(ctx, message).encode(), proof.encode()):
        return False
    event = VendorEvent(message, key="", vendor_id=message, arrived=True, answered=None, code="shown")
    return await hear_vendor(ctx, PUSH, event, now) is not None


def _proof(ctx: ActionContext, message: str) -> str:
    return hmac.new(ctx.keys.of_purpose("push seen"), message.encode(), hashlib.sha256).hexdigest()[:32]
