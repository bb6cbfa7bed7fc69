"""Every channel of the registry through the same battery; a canary that calls everything a success must fail it."""

from __future__ import annotations

import asyncio
import dataclasses
import gzip
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from ingest.channels.contract import Channel, Delivered, Delivery, OutgoingNotice, Rejected, Unreachable
from ingest.channels.registry import BUILDERS, build_channels

SECRET = "canarySECRET0123456789"
MOBILE = "+8613912345678"
MAILBOX = "canary.person@example.org"
PRIVATE_TEXT = "Smoke at canary home, Mrs. Privat lives there"
PATIENCE_S = 60.0
SHORT_PATIENCE_S = 0.4
"""For the situations in which no answer comes: everywhere else a busy machine must not look like a silent vendor."""

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

NOTICE = OutgoingNotice(
    notice_id="n-1",
    key="t-1:0:x:p-1",
    address=MOBILE,
    title="Linshe: smoke alarm",
    text=PRIVATE_TEXT,
    link="https://linshe.example/t/canaryLINKtoken",
    language="en",
    urgent=True,
)

# what each kind of service answers when it says yes, and the several ways in which it says no
YES: Mapping[str, bytes] = {
    "webhook": b'{"id":"x"}',
    "dingtalk": b'{"errcode":0,"errmsg":"ok"}',
    "wecom": b'{"errcode":0,"errmsg":"ok"}',
    "feishu": b'{"code":0,"msg":"success"}',
    "sms_http": b'{"code":"OK","id":"m-7"}',
    "voice_http": b'{"code":"OK","id":"m-7"}',
}
ECHO = f"no {SECRET} {MOBILE} {PRIVATE_TEXT}"
NO: Mapping[str, bytes] = {
    "webhook": b'{"errcode":310000,"errmsg":"%s"}' % ECHO.encode(),
    "dingtalk": b'{"errcode":310000,"errmsg":"%s"}' % ECHO.encode(),
    "wecom": b'{"errcode":93000,"errmsg":"%s"}' % ECHO.encode(),
    "feishu": b'{"code":19021,"msg":"%s"}' % ECHO.encode(),
    "sms_http": b'{"code":"%s","message":"%s"}' % (MOBILE.encode(), ECHO.encode()),
    "voice_http": b'{"code":"BAD_NUMBER","message":"%s"}' % ECHO.encode(),
}


async def _read_request(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    await reader.readexactly(length)


def http_answer(status: int, body: bytes, kind: str = "application/json") -> Answer:
    """An HTTP server's one answer."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _read_request(reader)
        head = (
            f"HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        writer.write(head.encode() + body)
        await writer.drain()

    return answer


async def http_silence(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Take the request and never answer."""
    await _read_request(reader)
    await reader.read()


async def http_drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one byte at a time, each in good time, never done."""
    await _read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n{")
    while not reader.at_eof():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


async def http_hang_up(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Take the request and hang up."""
    await _read_request(reader)


async def http_flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer with more than anybody should read."""
    await _read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 400000\r\n\r\n" + b"[" * 400000)
    await writer.drain()


async def http_bomb(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer with little that unpacks to much."""
    await _read_request(reader)
    body = gzip.compress(b"[" * 50_000_000)
    writer.write(f"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)
    await writer.drain()


def smtp(rcpt: bytes = b"250 ok", data: bytes = b"250 ok", greeting: bytes = b"220 here") -> Answer:
    """A mail server reduced to its answers."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting + b"\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                writer.write(b"354 go\r\n")
                await reader.readuntil(b"\r\n.\r\n")
                writer.write(data + b"\r\n")
            else:
                writer.write((rcpt if verb == b"RCPT" else b"250 ok") + b"\r\n")
            if verb == b"QUIT":
                return

    return answer


async def smtp_silence(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Never greet."""
    await reader.read()


@asynccontextmanager
async def served(answer: Answer) -> AsyncIterator[int]:
    """A server with one answer; gives its port."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


Make = Callable[[int, float], Channel]
"""A channel for a port, with so much patience in seconds."""


@dataclasses.dataclass(frozen=True)
class Case:
    """One kind of channel: how to make it against a port, and a server for each situation."""

    kind: str
    make: Make
    address: str
    situations: Mapping[str, tuple[Answer, type[Delivery]]]


def _table(kind: str, port: int, patience_s: float) -> dict[str, Any]:
    if kind == "email":
        return {"kind": kind, "host": "127.0.0.1", "port": port, "sender": "linshe@example.org", "tls": "none",
                "timeout_s": patience_s}  # fmt: skip
    table: dict[str, Any] = {"kind": kind, "url": f"http://127.0.0.1:{port}/in/{SECRET}", "timeout_s": patience_s}
    table["secret_file" if kind == "webhook" else "token_file"] = "secret"
    return table | ({"secret_file": "secret"} if kind in ("dingtalk", "feishu") else {})


def _situations(kind: str) -> dict[str, tuple[Answer, type[Delivery]]]:
    if kind == "email":
        return {
            "taken": (smtp(), Delivered),
            "refused by status": (smtp(rcpt=b"550 no " + ECHO.encode()), Rejected),
            "refused after the text": (smtp(data=b"554 no " + ECHO.encode()), Rejected),
            "asked for patience": (smtp(rcpt=b"451 later " + ECHO.encode()), Unreachable),
            "server in trouble": (smtp(data=b"421 down"), Unreachable),
            "nonsense": (smtp(greeting=b"HTTP/1.1 200 OK"), Unreachable),
            "silence": (smtp_silence, Unreachable),
        }
    return {
        "taken": (http_answer(200, YES[kind]), Delivered),
        "refused by status": (http_answer(400, NO[kind]), Rejected),
        "refused inside a 200": (http_answer(200, NO[kind]), Rejected),
        "sent elsewhere": (http_answer(302, b""), Rejected),
        "asked for patience": (http_answer(429, b"{}"), Unreachable),
        "server in trouble": (http_answer(503, NO[kind]), Unreachable),
        "nonsense": (http_answer(200, f"<html>log in {SECRET}</html>".encode(), "text/html"), Unreachable),
        "nonsense in JSON": (http_answer(200, b"[1, 2]"), Unreachable),
        "deep nonsense": (http_answer(200, b"[" * 60000), Unreachable),
        "flood": (http_flood, Unreachable),
        "bomb": (http_bomb, Unreachable),
        "silence": (http_silence, Unreachable),
        "drip": (http_drip, Unreachable),
        "hang-up": (http_hang_up, Unreachable),
    }


def case_of(kind: str, base_dir: Path) -> Case:
    """Return the case of a kind of the registry."""
    (base_dir / "secret").write_text(SECRET + "\n")
    address = MAILBOX if kind == "email" else MOBILE

    def make(port: int, patience_s: float) -> Channel:
        return build_channels({"x": _table(kind, port, patience_s)}, base_dir)["x"]

    return Case(kind, make, address, _situations(kind))


def _assert_nothing_leaked(delivery: Delivery, logged: str) -> None:
    said = repr(delivery) + logged
    for private in (SECRET, MOBILE, MOBILE.lstrip("+"), MAILBOX, PRIVATE_TEXT, "Privat", "canaryLINKtoken"):
        assert private not in said


async def battery(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    """Run one case through all its situations; raises AssertionError where the channel is wrong."""
    notice = dataclasses.replace(NOTICE, address=case.address)
    caplog.set_level(logging.DEBUG)
    for name, (answer, expected) in case.situations.items():
        caplog.clear()
        patience_s = SHORT_PATIENCE_S if name in ("silence", "drip") else PATIENCE_S
        async with served(answer) as port:
            delivery = await asyncio.wait_for(case.make(port, patience_s).send(notice), 120)
        assert isinstance(delivery, expected), f"{case.kind}, {name}: {delivery}"
        _assert_nothing_leaked(delivery, caplog.text)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        delivery = await case.make(nobody.getsockname()[1], PATIENCE_S).send(notice)
    assert isinstance(delivery, Unreachable), f"{case.kind}, nobody there: {delivery}"
    _assert_nothing_leaked(delivery, caplog.text)


KINDS = sorted(settings.__struct_config__.tag for settings in BUILDERS)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_channel_of_the_registry_keeps_the_contract(
    kind: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await battery(case_of(kind, tmp_path), caplog)


def test_the_registry_has_every_kind_that_the_battery_knows() -> None:
    assert sorted([*YES, "email"]) == KINDS


class _BelievesStatus:
    """A canary: takes every HTTP 200 for a success, as the usual library does."""

    def __init__(self, port: int, _: float) -> None:
        self._url = f"http://127.0.0.1:{port}/"

    async def send(self, notice: OutgoingNotice) -> Delivery:
        async with httpx2.AsyncClient(trust_env=False, timeout=PATIENCE_S) as client:
            try:
                response = await client.post(self._url, json={"text": notice.text})
            except httpx2.HTTPError as error:
                return Unreachable(type(error).__name__)
        if response.status_code == 200:
            return Delivered("")
        return Rejected("no") if response.status_code < 429 else Unreachable("later")


class _Tells:
    """A canary: right in all its answers, but tells what the vendor echoed."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    async def send(self, notice: OutgoingNotice) -> Delivery:
        delivery = await self._channel.send(notice)
        return Rejected(f"no: {ECHO}") if isinstance(delivery, Rejected) else delivery


async def test_the_battery_fails_a_channel_that_believes_the_status(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    canary = dataclasses.replace(case_of("dingtalk", tmp_path), make=_BelievesStatus)
    with pytest.raises(AssertionError, match="refused inside a 200"):
        await battery(canary, caplog)


async def test_the_battery_fails_a_channel_that_tells_secrets(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    case = case_of("dingtalk", tmp_path)
    with pytest.raises(AssertionError, match="not in"):
        await battery(
            dataclasses.replace(case, make=lambda port, patience_s: _Tells(case.make(port, patience_s))), caplog
        )
