"""Feishu (飞书) group robot: `POST /open-apis/bot/v2/hook/TOKEN`. Refusals come as HTTP 200 with a `code`.

The signature is base64(HMAC-SHA256) of *nothing* under the key "timestamp\\nsecret"; the time is in seconds and may be
an hour off at most. The robot can call somebody by their open id (`ou_…`), not by mobile number, and knows no
idempotency key: what is sent again after a lost answer is said in the group again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable
from typing import Any

from ingest.channels.contract import Delivery, OutgoingNotice
from ingest.channels.group_robot import read_robot_answer
from ingest.channels.http_post import HttpPost, key_header

_BUSY = frozenset({11232, 11233})
"""Too many messages, of one robot or of the whole tenant."""
_KNOWN = {
    9499: "a bad field",
    19001: "the token is not known",
    19021: "the signature or the clock",
    19022: "the address list of the robot's security settings",
    19024: "the key words of the robot's security settings",
}
_OPEN_ID = re.compile(r"ou_[0-9a-f]{16,64}")


def sign(secret: str, timestamp_s: int) -> str:
    """Return the signature of a call at `timestamp_s`."""
    code = hmac.digest(f"{timestamp_s}\n{secret}".encode(), b"", hashlib.sha256)
    return base64.b64encode(code).decode("ascii")


class FeishuChannel:
    """Speaks in one Feishu group and calls the addressee by open id, where the address is one."""

    def __init__(self, door: HttpPost, secret: str | None, wall_seconds: Callable[[], float]) -> None:
        """`wall_seconds` gives the time since 1970, which Feishu compares with its own."""
        self._door = door
        self._secret = secret
        self._wall_seconds = wall_seconds

    async def send(self, notice: OutgoingNotice) -> Delivery:
        """Say the notice in the group; see `Channel`."""
        # a label must not be able to call everybody
        content = f"{notice.title}\n{notice.text_with_link}".replace("<at", "< at")
        if _OPEN_ID.fullmatch(notice.address):
            content += f' <at user_id="{notice.address}"></at>'
        body: dict[str, Any] = {"msg_type": "text", "content": {"text": content}}
        if self._secret is not None:
            timestamp = int(self._wall_seconds())
            body |= {"timestamp": str(timestamp), "sign": sign(self._secret, timestamp)}
        answer = await self._door.post(
            json.dumps(body, ensure_ascii=False).encode(), {"idempotency-key": key_header(notice.key)}
        )
        return read_robot_answer("feishu", answer, _BUSY, _KNOWN, field="code")
