"""WeCom (企业微信) group robot: `POST /cgi-bin/webhook/send?key=…`. Refusals come as HTTP 200 with an `errcode`.

The robot knows no idempotency key: what is sent again after a lost answer is said in the group again.
"""

from __future__ import annotations

import json

from ingest.channels.addresses import telephone
from ingest.channels.contract import Delivery, OutgoingNotice
from ingest.channels.group_robot import read_robot_answer
from ingest.channels.http_post import HttpPost, key_header

_BUSY = frozenset({-1, 45009})
"""System busy; more than 20 messages a minute."""
_KNOWN = {93000: "the robot's key is not known", 40008: "a message type that it does not take", 40058: "a bad field"}
LONGEST_CONTENT = 2048
"""Bytes of UTF-8 that WeCom takes in a text message."""


def cut(text: str, longest: int = LONGEST_CONTENT) -> str:
    """Return `text` within `longest` bytes of UTF-8, never inside a character."""
    return text.encode()[:longest].decode(errors="ignore")


class WeComChannel:
    """Speaks in one WeCom group and calls the addressee by mobile number, where there is one."""

    def __init__(self, door: HttpPost, key: str) -> None:
        self._door = door
        self._key = key

    async def send(self, notice: OutgoingNotice) -> Delivery:
        """Say the notice in the group; see `Channel`."""
        mobile = telephone(notice.address)
        body = {
            "msgtype": "text",
            "text": {
                "content": cut(f"{notice.title}\n{notice.text_with_link}"),
                "mentioned_mobile_list": [mobile] if mobile else [],
            },
        }
        answer = await self._door.post(
            json.dumps(body, ensure_ascii=False).encode(),
            {"idempotency-key": key_header(notice.key)},
            {"key": self._key},
        )
        return read_robot_answer("wecom", answer, _BUSY, _KNOWN)
