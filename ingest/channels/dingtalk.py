"""DingTalk (钉钉) group robot: `POST /robot/send?access_token=…&timestamp=…&sign=…`.

The signature is base64(HMAC-SHA256(secret, "timestamp\\nsecret")), percent-encoded *once*; the time is in
milliseconds and may be an hour off at most. Refusals come as HTTP 200 with an `errcode`. The robot knows no
idempotency key: what is sent again after a lost answer is said in the group again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable

from ingest.channels.addresses import telephone
from ingest.channels.contract import Delivery, OutgoingNotice
from ingest.channels.group_robot import read_robot_answer
from ingest.channels.http_post import HttpPost, key_header

_BUSY = frozenset({-1, 130101, 410100})
"""System busy; more than 20 messages a minute."""
_KNOWN = {
    300001: "the access token is not known",
    310000: "signature, key word or address list of the robot's security settings",
}


def sign(secret: str, timestamp_ms: int) -> str:
    """Return the signature, not yet percent-encoded."""
    code = hmac.digest(secret.encode(), f"{timestamp_ms}\n{secret}".encode(), hashlib.sha256)
    return base64.b64encode(code).decode("ascii")


class DingTalkChannel:
    """Speaks in one DingTalk group and calls the addressee by mobile number, where there is one."""

    def __init__(self, door: HttpPost, token: str, secret: str | None, wall_seconds: Callable[[], float]) -> None:
        """`wall_seconds` gives the time since 1970, which DingTalk compares with its own."""
        self._door = door
        self._token = token
        self._secret = secret
        self._wall_seconds = wall_seconds

    async def send(self, notice: OutgoingNotice) -> Delivery:
        """Say the notice in the group; see `Channel`."""
        mobile = telephone(notice.address)
        content = f"{notice.title}\n{notice.text_with_link}"
        body = {
            "msgtype": "text",
            "text": {"content": f"{content} @{mobile}" if mobile else content},
            "at": {"atMobiles": [mobile] if mobile else [], "isAtAll": False},
        }
        query = {"access_token": self._token}
        if self._secret is not None:
            timestamp = int(self._wall_seconds() * 1000)
            query |= {"timestamp": str(timestamp), "sign": sign(self._secret, timestamp)}
        answer = await self._door.post(
            json.dumps(body, ensure_ascii=False).encode(), {"idempotency-key": key_header(notice.key)}, query
        )
        return read_robot_answer("dingtalk", answer, _BUSY, _KNOWN)
