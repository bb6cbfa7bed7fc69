"""Webhook: our own JSON to a door of the customer's choice, signed as the Standard Webhooks specification asks.

Headers `webhook-id` (the message key), `webhook-timestamp` (seconds) and `webhook-signature` (`v1,` and the base64 of
HMAC-SHA256 over `id.timestamp.body`, one for each secret while one replaces another). A secret that starts with
`whsec_` is base64, any other is taken as it stands.
The door answers 2xx with nothing or with a JSON object; an object with an `errcode` other than 0 or an `error` is a no.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ingest.channels.contract import Delivered, Delivery, OutgoingNotice, Rejected, Unreachable
from ingest.channels.http_post import Answer, HttpPost, key_header
from ingest.channels.settings import Signed, channel_secret, fault
from ingest.channels.vendor_code import refusal_code, vendor_code


def read_signing_secret(secret: str) -> bytes:
    """Return the key bytes of a signing secret; raises `ConfigError` for a broken `whsec_` one."""
    if not secret.startswith("whsec_"):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error as error:
        raise fault("notify", "webhook", "after whsec_ the secret must be base64") from error


def read_signing_secrets(name: str, settings: Signed, base_dir: Path, *, table: str = "notify") -> tuple[bytes, ...]:
    """Return the keys to sign with, the one in use first; raises `ConfigError`."""
    now = channel_secret(name, "secret", settings.secret_file, settings.secret_env, base_dir, table=table)
    after = channel_secret(
        name, "next_secret", settings.next_secret_file, settings.next_secret_env, base_dir, table=table
    )
    if after is not None and now is None:
        raise fault(table, name, "next_secret_file needs secret_file beside it")
    return tuple(read_signing_secret(secret) for secret in (now, after) if secret is not None)


def signature(secret: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the `webhook-signature` of `body`."""
    code = hmac.digest(secret, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(code).decode('ascii')}"


def signed_headers(secrets: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers that prove `body` with each of `secrets`; only the id where there are none."""
    headers = {"idempotency-key": message_id, "webhook-id": message_id}
    if secrets:
        headers["webhook-timestamp"] = str(timestamp)
        headers["webhook-signature"] = " ".join(signature(one, message_id, timestamp, body) for one in secrets)
    return headers


def outcome(answer: Answer | Rejected | Unreachable) -> Delivery:
    """Return what a door's answer means: an object with an `errcode` other than 0 or an `error` is a no."""
    if not isinstance(answer, Answer):
        return answer
    refusal = _refusal(answer.body)
    return Rejected(f"webhook: {refusal}") if refusal else Delivered(vendor_code(answer.body.get("id", "")))


def _refusal(body: Mapping[str, Any]) -> str | None:
    if body.get("errcode", 0) not in (0, "0"):
        return f"errcode {refusal_code(body['errcode'])}"
    return "an error in the answer" if body.get("error") else None


class WebhookChannel:
    """Posts a notice as JSON to one door."""

    def __init__(self, door: HttpPost, secrets: Sequence[bytes], wall_seconds: Callable[[], float]) -> None:
        """`wall_seconds` gives the time since 1970; the receiver compares it with its own clock."""
        self._door = door
        self._secrets = secrets
        self._wall_seconds = wall_seconds

    async def send(self, notice: OutgoingNotice) -> Delivery:
        """Post the notice; see `Channel`."""
        content = json.dumps(
            {
                "key": notice.key,
                "notice_id": notice.notice_id,
                "to": notice.address,
                "title": notice.title,
                "text": notice.text,
                "link": notice.link,
                "language": notice.language,
                "urgent": notice.urgent,
            },
            ensure_ascii=False,
        ).encode()
        message_id = key_header(notice.key)
        headers = signed_headers(self._secrets, message_id, int(self._wall_seconds()), content)
        return outcome(await self._door.post(content, headers))
