"""The site as the program serves it: a stranger can fill neither memory nor disk, nor hold a request open for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from starlette.types import Message, Receive, Scope, Send

from ingest.app import Program
from ingest.settings import load_settings
from ingest.web.base.body_limit import LONGEST_BODY, BodyLimit


@pytest.fixture
async def stranger(tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    (tmp_path / "master.key").write_text("ab" * 32)
    (tmp_path / "ingest.toml").write_text(
        '[ingest]\ndatabase = "sqlite:///ingest.sqlite"\nmaster_key_file = "master.key"\n'
        'timezone = "Asia/Shanghai"\npublic_url = "http://127.0.0.1:8000"\n'
    )
    program = Program(load_settings(tmp_path / "ingest.toml"), worker=False)
    transport = httpx2.ASGITransport(program.website().site, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://t") as opened:
        yield opened
    await program.db.close()


class Flood:
    """A body without an end, which counts what was taken of it."""

    def __init__(self) -> None:
        self.taken = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n'
        while True:
            self.taken += 65536
            yield b"x" * 65536


@pytest.mark.parametrize("path", ["/login", "/api/v1/login", "/go/some-token", "/api/v1/envelopes"])
@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/json", "application/octet-stream"])
async def test_a_body_without_an_end_is_refused_early(stranger: httpx2.AsyncClient, path: str, kind: str) -> None:
    flood = Flood()
    async with asyncio.timeout(60):
        answer = await stranger.post(path, content=flood, headers={"content-type": kind})
    assert answer.status_code == 413
    assert flood.taken <= LONGEST_BODY + 65536


class Wire:
    """The server's side of one request: parts of a body with pauses before them, and what was answered."""

    def __init__(self, *parts: tuple[float, Message]) -> None:
        self._parts = list(parts)
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        pause, message = self._parts.pop(0)
        await asyncio.sleep(pause)
        return message

    async def send(self, message: Message) -> None:
        self.sent.append(message)


POST: Scope = {"type": "http", "method": "POST", "path": "/login"}


def part(body: bytes, *, more: bool) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


@pytest.mark.virtual_time
async def test_a_body_that_does_not_end_in_time_is_given_up() -> None:
    async def unreached(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise AssertionError("the page must not be asked")

    wire = Wire((0, part(b"x", more=True)), (30, part(b"", more=False)))
    await BodyLimit(unreached, within_s=0.05)(POST, wire.receive, wire.send)
    assert wire.sent[0]["status"] == 408


@pytest.mark.virtual_time
async def test_the_page_gets_the_whole_body_and_may_then_wait_for_its_reader_to_go() -> None:
    heard: list[Message] = []

    async def listens(_scope: Scope, receive: Receive, _send: Send) -> None:
        heard.extend([await receive(), await receive()])

    gone: Message = {"type": "http.disconnect"}
    wire = Wire((0, part(b"ab", more=True)), (0, part(b"c", more=False)), (0.2, gone))
    await BodyLimit(listens, within_s=0.1)(POST, wire.receive, wire.send)
    assert heard == [part(b"abc", more=False), gone]
