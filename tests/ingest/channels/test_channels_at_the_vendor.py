"""Each channel against the vendor over real HTTP: what the person gets, signatures, repeats, TLS."""

from __future__ import annotations

import asyncio
import dataclasses
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import trustme

from ingest.channels.contract import Delivered, OutgoingNotice, Rejected, Unreachable
from ingest.channels.dingtalk import sign
from ingest.channels.registry import build_channels
from ingest.channels.webhook import read_signing_secret, signature
from simulators.vendors.server import Vendor
from simulators.vendors.services import Secrets

PATHS = {
    "sms_http": "/sms/send",
    "voice_http": "/voice/call",
    "dingtalk": "/dingtalk/robot/send",
    "wecom": "/wecom/webhook/send",
    "feishu": "/feishu/hook",
    "webhook": "/webhook",
}
SECRETS = Secrets(
    sms_token="s-token",
    dingtalk_token="d-token",
    dingtalk_secret="SECd",
    wecom_key="w-key",
    webhook_secret=b"w-secret",
    feishu_token="f-token",
    feishu_secret="SECf",
)


def table(kind: str, url: str) -> dict[str, Any]:
    """The settings of one channel at the vendor, with the secrets that `SECRETS` asks for."""
    secrets = {
        "sms_http": {"token_env": "L_SMS"},
        "voice_http": {"token_env": "L_SMS"},
        "dingtalk": {"token_env": "L_DING", "secret_env": "L_DING_SECRET"},
        "wecom": {"token_env": "L_WECOM"},
        "feishu": {"token_env": "L_FEISHU", "secret_env": "L_FEISHU_SECRET"},
        "webhook": {"secret_env": "L_HOOK"},
    }[kind]
    return {"kind": kind, "url": url + PATHS[kind], "timeout_s": 20.0, **secrets}


@pytest.fixture
def right_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "L_SMS": "s-token", "L_DING": "d-token", "L_DING_SECRET": "SECd", "L_WECOM": "w-key", "L_HOOK": "w-secret",
        "L_FEISHU": "f-token", "L_FEISHU_SECRET": "SECf",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)


@pytest.fixture
def wrong_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("L_SMS", "L_DING", "L_DING_SECRET", "L_WECOM", "L_HOOK", "L_FEISHU", "L_FEISHU_SECRET"):
        monkeypatch.setenv(name, "wrong")


@pytest.mark.usefixtures("right_secrets")
@pytest.mark.parametrize("kind", list(PATHS))
async def test_a_notice_arrives_once_with_its_words_whatever_the_repeats(
    kind: str, notice: OutgoingNotice, tmp_path: Path
) -> None:
    with Vendor(secrets=SECRETS) as vendor:
        channel = build_channels({"x": table(kind, vendor.url)}, tmp_path)["x"]
        first, second = await channel.send(notice), await channel.send(notice)
        other = await channel.send(dataclasses.replace(notice, key="t-1:1:sms:p-2"))
        messages = vendor.messages()
    assert all(isinstance(delivery, Delivered) for delivery in (first, second, other))
    assert first == second
    assert [(m.key, m.repeats) for m in messages] == [("t-1:0:sms:p-1", 1), ("t-1:1:sms:p-2", 0)]
    assert "Smoke alarm at home 3-201." in messages[0].text
    assert messages[0].to == ("(group)" if kind == "feishu" else "+8613800000001")
    assert (notice.link in messages[0].text) is (kind != "voice_http")


@pytest.mark.usefixtures("wrong_secrets")
@pytest.mark.parametrize("kind", list(PATHS))
async def test_a_wrong_secret_is_a_refusal(kind: str, notice: OutgoingNotice, tmp_path: Path) -> None:
    with Vendor(secrets=SECRETS) as vendor:
        delivery = await build_channels({"x": table(kind, vendor.url)}, tmp_path)["x"].send(notice)
        assert vendor.messages() == []
    assert isinstance(delivery, Rejected)


@pytest.mark.usefixtures("right_secrets")
@pytest.mark.parametrize("kind", ["sms_http", "voice_http"])
@pytest.mark.parametrize("address", ["", "nobody", "12", "+86 138 x", "+" + "1" * 20, "１３８００００００００"])
async def test_an_address_that_is_no_number_never_reaches_the_vendor(
    kind: str, address: str, notice: OutgoingNotice, tmp_path: Path
) -> None:
    with Vendor(secrets=SECRETS) as vendor:
        channel = build_channels({"x": table(kind, vendor.url)}, tmp_path)["x"]
        assert isinstance(await channel.send(dataclasses.replace(notice, address=address)), Rejected)
        assert vendor.messages() == []


@pytest.mark.usefixtures("right_secrets")
async def test_a_lost_answer_is_sent_again_and_arrives_once(notice: OutgoingNotice, tmp_path: Path) -> None:
    with Vendor(secrets=SECRETS) as vendor:
        vendor.fail("timeout", count=1)
        settings = table("sms_http", vendor.url)
        hasty = build_channels({"x": settings | {"timeout_s": 0.3}}, tmp_path)["x"]
        first = await hasty.send(notice)
        async with asyncio.timeout(60):
            while not vendor.messages():
                await asyncio.sleep(0.05)
        second = await build_channels({"x": settings}, tmp_path)["x"].send(notice)
        assert [(m.key, m.repeats) for m in vendor.messages()] == [(notice.key, 1)]
    assert isinstance(first, Unreachable)
    assert isinstance(second, Delivered)


def test_dingtalk_signs_as_openssl_does() -> None:
    # printf '1700000000005\nSECcanary0123456789' | openssl dgst -sha256 -hmac SECcanary0123456789 -binary | base64
    assert sign("SECcanary0123456789", 1700000000005) == "Hw/+f/tjpT7tBeLhO+qet0fhk8mjqeAcZ1RnIj2BcI0="


def test_a_webhook_is_signed_as_the_specification_shows() -> None:
    # the example of the Standard Webhooks specification
    secret = read_signing_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    code = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert code == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@asynccontextmanager
async def recorded(tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server that writes down what it gets and answers `{"errcode": 0}`."""
    got: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        got.append(head + await reader.readexactly(length))
        writer.write(b'HTTP/1.1 200 OK\r\ncontent-length: 13\r\nconnection: close\r\n\r\n{"errcode":0}')
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1], got
    finally:
        server.close()


@pytest.mark.usefixtures("right_secrets")
async def test_the_dingtalk_signature_is_percent_encoded_once(
    notice: OutgoingNotice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("L_DING_SECRET", "SECcanary0123456789")
    async with recorded() as (port, got):
        settings = table("dingtalk", f"http://127.0.0.1:{port}")
        channel = build_channels({"x": settings}, tmp_path, wall_seconds=lambda: 1700000000.005)["x"]
        assert isinstance(await channel.send(notice), Delivered)
    line = got[0].split(b"\r\n")[0].decode()
    assert "sign=Hw%2F%2Bf%2FtjpT7tBeLhO%2Bqet0fhk8mjqeAcZ1RnIj2BcI0%3D" in line
    assert parse_qs(urlsplit(line.split(" ")[1]).query)["timestamp"] == ["1700000000005"]


def _server_tls(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


@pytest.mark.parametrize(
    ("known_authority", "name", "expected"),
    [(True, "127.0.0.1", Delivered), (False, "127.0.0.1", Unreachable), (True, "other.example", Unreachable)],
)
async def test_a_vendor_is_believed_only_with_a_certificate_of_its_own(
    known_authority: bool, name: str, expected: type, notice: OutgoingNotice, tmp_path: Path
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    ca = {"ca_file": "ca.pem"} if known_authority else {}
    async with recorded(_server_tls(authority, name)) as (port, got):
        settings = {"kind": "webhook", "url": f"https://127.0.0.1:{port}/webhook", "timeout_s": 20.0, **ca}
        delivery = await build_channels({"x": settings}, tmp_path)["x"].send(notice)
    assert isinstance(delivery, expected), delivery
    assert bool(got) is (expected is Delivered)


async def test_a_vendor_with_a_shape_of_its_own_is_spoken_to_by_settings_alone(
    notice: OutgoingNotice, tmp_path: Path
) -> None:
    settings = {
        "kind": "sms_http",
        "plain_http": True,
        "body": {"phones": ["{address}"], "template": {"id": 7, "args": ["【邻舍】{text}", "{urgent}"]}},
        "ok_field": "errcode",
        "ok_value": "0",
    }
    async with recorded() as (port, got):
        channel = build_channels({"x": settings | {"url": f"http://127.0.0.1:{port}/v3?region=cn"}}, tmp_path)["x"]
        tricky = dataclasses.replace(notice, text='{address} "quoted" {0}', link=None)
        assert isinstance(await channel.send(tricky), Delivered)
    assert b"/v3?region=cn " in got[0]
    body = got[0].split(b"\r\n\r\n", 1)[1].decode()
    assert body == (
        '{"phones": ["+8613800000001"], "template": {"id": 7, "args": ["【邻舍】{address} \\"quoted\\" {0}", "true"]}}'
    )
