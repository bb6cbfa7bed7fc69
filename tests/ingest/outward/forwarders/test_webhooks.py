"""Webhooks as a receiver sees them: checked by openssl, not by the sender's code."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest.channels.contract import Delivered, Rejected, Unreachable
from ingest.outward.forwarders.contract import Forward, Forwarder
from ingest.outward.forwarders.registry import build_forwarders
from simulators.vendors.push_service import Posted, PushService
from tests.ingest.outward.conftest import later

NOW_S = 1_800_000_000
OLD, NEW = b"the secret in use, 32 bytes long", b"the secret that comes after it.."
FRESH_S = 300


@pytest.fixture
def door() -> Iterator[PushService]:
    """Any HTTP server that keeps what was posted."""
    with PushService() as running:
        yield running


def way_to(door: PushService, folder: Path, **changes: Any) -> Forwarder:
    (folder / "now.secret").write_text("whsec_" + base64.b64encode(OLD).decode())
    (folder / "next.secret").write_text("whsec_" + base64.b64encode(NEW).decode())
    table = {"kind": "webhook", "url": f"{door.url}/events", "secret_file": "now.secret", **changes}
    return build_forwarders({"city": table}, folder, lambda: float(NOW_S))["city"]


class Receiver:
    """What the README asks of a receiver, with openssl for the arithmetic."""

    def __init__(self, secret: bytes, now_s: int = NOW_S) -> None:
        self.secret, self.now_s = secret, now_s
        self.seen: set[str] = set()

    def take(self, posted: Posted, body: bytes | None = None) -> str:
        head, content = posted.headers, posted.body if body is None else body
        if abs(int(head["webhook-timestamp"]) - self.now_s) > FRESH_S:
            return "too old"
        signed = f"{head['webhook-id']}.{head['webhook-timestamp']}.".encode() + content
        command = ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{self.secret.hex()}", "-binary"]
        mac = subprocess.run(command, input=signed, capture_output=True, check=True).stdout
        if f"v1,{base64.b64encode(mac).decode()}" not in head["webhook-signature"].split(" "):
            return "forged"
        if head["webhook-id"] in self.seen:
            return "known"
        self.seen.add(head["webhook-id"])
        return "new"


async def test_an_event_is_proven_once_and_a_recorded_or_changed_one_is_not(
    door: PushService, tmp_path: Path, smoke: Forward
) -> None:
    way = way_to(door, tmp_path)
    assert await way.send(smoke) == Delivered("")
    assert await way.send(smoke) == Delivered("")
    assert await way.send(later(smoke, event="take")) == Delivered("")
    first, again, take = door.posted
    receiver = Receiver(OLD)
    assert [receiver.take(one) for one in (first, again, take)] == ["new", "known", "new"]
    assert Receiver(OLD).take(first, first.body.replace(b"smoke", b"smoky")) == "forged"
    assert Receiver(NEW).take(first) == "forged"
    assert Receiver(OLD, NOW_S + FRESH_S + 1).take(first) == "too old"
    assert first.body == again.body, "byte for byte the same whenever it is sent"
    said = json.loads(first.body)
    assert said["type"] == "ticket.opened"
    assert said["data"]["home"] == "h-1"
    assert said["data"]["text_zh"] == "烟雾探测器报警。"


async def test_while_one_secret_replaces_another_both_receivers_believe(
    door: PushService, tmp_path: Path, smoke: Forward
) -> None:
    await way_to(door, tmp_path, next_secret_file="next.secret").send(smoke)
    (posted,) = door.posted
    assert [Receiver(secret).take(posted) for secret in (OLD, NEW, b"guessed")] == ["new", "new", "forged"]


@pytest.mark.parametrize(("status", "kind"), [(410, Rejected), (401, Rejected), (302, Rejected), (500, Unreachable)])
async def test_only_a_2xx_is_a_yes(status: int, kind: type, door: PushService, tmp_path: Path, smoke: Forward) -> None:
    door.answers["/events"] = status
    assert type(await way_to(door, tmp_path).send(smoke)) is kind
