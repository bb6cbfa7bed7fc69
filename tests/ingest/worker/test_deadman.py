"""The dead man's ping: it goes out while the audit finds nothing, and stays away when it does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from sqlalchemy import update

from ingest.store.tickets.tables import tickets
from ingest.worker import duties
from ingest.worker.deadman import DeadMan
from ingest.worker.loops import Worker
from tests.ingest.town import NOON, Town


class Waiting(BaseHTTPRequestHandler):
    """The service that only waits."""

    heard: list[str]
    answers: list[int]

    def do_GET(self) -> None:
        self.heard.append(self.path)
        self.send_response(self.answers.pop(0) if self.answers else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Be silent."""


@pytest.fixture
def service() -> Iterator[str]:
    Waiting.heard, Waiting.answers = [], []
    server = HTTPServer(("127.0.0.1", 0), Waiting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/ping/s3cret"
    server.shutdown()
    server.server_close()


async def test_pings_keep_their_distance_and_failures_are_told_once_without_the_url(
    service: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    Waiting.answers = [500, 500, 200]
    man = DeadMan(service, 60.0)
    assert [await man.ping(now) for now in (0.0, 59.9, 60.0, 120.0, 180.0)] == [False, False, False, True, True]
    assert Waiting.heard == ["/ping/s3cret"] * 4
    assert [one.levelname for one in caplog.records] == ["ERROR", "INFO"]
    assert "s3cret" not in caplog.text
    gone = DeadMan("http://127.0.0.1:1/s3cret", 60.0)
    assert not await gone.ping(0.0)
    assert "s3cret" not in caplog.text


async def test_an_audit_that_finds_something_keeps_the_ping_back(
    town: Town, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duties, "AUDIT_EVERY_S", 0.05)
    steady = iter(range(10**9))
    # a ticket whose deadline nobody honours: escalation does not run, so that the audit keeps finding it
    monkeypatch.setattr(duties, "ESCALATE_EVERY_S", 10_000.0)
    worker = Worker(town.ctx, {}, lambda: NOON, lambda: float(next(steady)), deadman=DeadMan(service, 0.0))
    task = asyncio.create_task(worker.run())
    try:
        async with asyncio.timeout(60):
            while not Waiting.heard:
                await asyncio.sleep(0.02)
        ticket = await town.raise_flag()
        async with town.ctx.db.write() as connection:
            long_ago = NOON.replace(year=2025)
            await connection.execute(update(tickets).where(tickets.c.ticket_id == ticket).values(due_at=long_ago))
        await asyncio.sleep(0.5)
        before = len(Waiting.heard)
        await asyncio.sleep(0.5)
        assert len(Waiting.heard) == before
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
