"""Webhook: every event as JSON to a door of the customer's choice, signed so that the receiver can tell what is new.

Headers as in Standard Webhooks: `webhook-id` is the event's own name, the same whenever it is sent again, so it is the
nonce; `webhook-timestamp` is when it was sent; `webhook-signature` is an HMAC-SHA256 over `id.timestamp.body`, one for
each secret. How a receiver checks them is in this room's README.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from ingest.channels.contract import Delivery
from ingest.channels.http_post import HttpPost, key_header
from ingest.channels.webhook import outcome, signed_headers
from ingest.outward.forwarders.contract import Forward


def content_of(forward: Forward) -> bytes:
    """Return the JSON of an event: the same bytes whenever it is sent."""
    said: dict[str, Any] = {
        "type": f"ticket.{forward.event}",
        "timestamp": forward.at.isoformat(),
        "data": {
            "ticket": forward.ticket_id,
            "number": forward.number,
            "home": forward.home_id,
            "label": forward.label,
            "area": forward.area_id,
            "kind": forward.kind,
            "severity": forward.severity,
            "status": forward.status,
            "condition": forward.condition,
            "outcome": forward.outcome,
            "text_zh": forward.text_zh,
            "text_en": forward.text_en,
            "since": forward.since.isoformat(),
            "opened_at": forward.opened_at.isoformat(),
        },
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


class WebhookForwarder:
    """Posts events to one door."""

    def __init__(self, door: HttpPost, secrets: Sequence[bytes], wall_seconds: Callable[[], float]) -> None:
        """`wall_seconds` gives the time since 1970; the receiver compares it with its own clock."""
        self._door = door
        self._secrets = secrets
        self._wall_seconds = wall_seconds

    async def send(self, forward: Forward) -> Delivery:
        """Post the event; see `Forwarder`."""
        content = content_of(forward)
        headers = signed_headers(self._secrets, key_header(forward.key), int(self._wall_seconds()), content)
        return outcome(await self._door.post(content, headers))

    async def close(self) -> None:
        """Nothing stays open between two events."""
