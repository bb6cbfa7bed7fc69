"""The way of usage into InfluxDB: nothing is lost while the server is down, the writer is killed or a line is bad."""

from __future__ import annotations

import asyncio
import gzip
import logging
import signal
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.outward.history.influx import run_influx
from ingest.outward.history.settings import InfluxTarget
from ingest.outward.history.usage_lines import usage_lines
from ingest.outward.store.spool import spool_lines, waiting
from ingest.store.base.database import Database
from models.wire.messages import HourUse, UsageSummary

from .conftest import InfluxServer

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TargetAt = Callable[[str], InfluxTarget]


async def spool(database: Database, home: str, hours: int) -> None:
    """Spool `hours` hours of a home; hour n used n litres."""
    summary = UsageSummary(home, [HourUse(NOW - timedelta(hours=n), float(n), 10.0 * n) for n in range(hours)])
    async with database.write() as connection:
        await spool_lines(connection, usage_lines("gw-1", summary), NOW)


def expected(home: str, hours: int) -> dict[tuple[str, int], float]:
    """The points that `spool` must give."""
    return {(home, int((NOW - timedelta(hours=n)).timestamp() * 1000)): float(n) for n in range(hours)}


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    """Wait for a condition; fails when it does not come."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def writing(database: Database, target: InfluxTarget) -> AsyncIterator[None]:
    """The writer at work."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(run_influx(database, target, stop))
        try:
            yield
        finally:
            stop.set()


async def test_what_was_spooled_while_the_server_was_down_is_all_there_when_it_is_up(
    database: Database, influx: InfluxServer, target_at: TargetAt, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with writing(database, target_at(influx.url)):
        await spool(database, "h-001", 700)

        async def said() -> bool:
            return "lines wait in the spool" in caplog.text

        await until(said)
        await spool(database, "h-002", 600)
        assert await waiting(database) == 1300
        await asyncio.to_thread(influx.start)

        async def empty() -> bool:
            return await waiting(database) == 0

        await until(empty)
    points = await asyncio.to_thread(influx.points, "usage_water_l")
    assert points == expected("h-001", 700) | expected("h-002", 600)
    own = [record for record in caplog.records if record.name == "ingest.outward.history.influx"]
    assert [record.levelname for record in own] == ["WARNING", "INFO"]
    assert "hush-token" not in caplog.text


async def test_a_server_that_goes_away_in_the_middle_loses_nothing(
    database: Database, influx: InfluxServer, target_at: TargetAt, caplog: pytest.LogCaptureFixture
) -> None:
    await asyncio.to_thread(influx.start)

    async def empty() -> bool:
        return await waiting(database) == 0

    async with writing(database, target_at(influx.url)):
        await spool(database, "h-001", 50)
        await until(empty)
        await asyncio.to_thread(influx.stop)
        await spool(database, "h-002", 50)

        async def said() -> bool:
            return "lines wait in the spool" in caplog.text

        await until(said)
        assert await waiting(database) == 50
        await asyncio.to_thread(influx.start)
        await until(empty)
    points = await asyncio.to_thread(influx.points, "usage_water_l")
    assert points == expected("h-001", 50) | expected("h-002", 50)


KILLED = """
import asyncio, sys
from pathlib import Path
from ingest.outward.history.influx import run_influx
from ingest.outward.history.settings import read_influx
from ingest.store.base.database import Database, driver_url

async def main():
    target = read_influx({"url": sys.argv[2], "bucket": "linshe"}, Path("."))
    await run_influx(Database(driver_url(sys.argv[1])), target, asyncio.Event())

asyncio.run(main())
"""


@asynccontextmanager
async def turnstile(server: str) -> AsyncIterator[tuple[str, asyncio.Event]]:
    """A way to the server that hands everything on, and from the second answer on keeps the answers back."""
    stuck, answered = asyncio.Event(), 0

    def hand_on(head: bytes, body: bytes) -> None:
        path = head.split(b" ")[1].decode()
        request = urllib.request.Request(server + path, body, {"content-encoding": "gzip"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.status == 204

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal answered
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await asyncio.to_thread(hand_on, head, await reader.readexactly(length))
        answered += 1
        if answered > 1:
            stuck.set()
            await reader.read()
        else:
            writer.write(b"HTTP/1.1 204 X\r\nconnection: close\r\n\r\n")
        writer.close()

    listening = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}", stuck
    finally:
        listening.close()


async def test_a_writer_killed_midway_leaves_nothing_behind(
    database: Database, influx: InfluxServer, target_at: TargetAt, tmp_path: Path
) -> None:
    await spool(database, "h-001", 8000)
    await asyncio.to_thread(influx.start)
    async with turnstile(influx.url) as (url, stuck):
        process = subprocess.Popen([sys.executable, "-c", KILLED, f"sqlite:///{tmp_path}/ingest.sqlite", url])
        try:
            async with asyncio.timeout(60):
                await stuck.wait()
        finally:
            process.send_signal(signal.SIGKILL)
            await asyncio.to_thread(process.wait)
    left = await waiting(database)
    assert 0 < left < 8000, "the kill must come in the middle for this test to mean anything"

    async def empty() -> bool:
        return await waiting(database) == 0

    async with writing(database, target_at(influx.url)):
        await until(empty)
    assert await asyncio.to_thread(influx.points, "usage_water_l") == expected("h-001", 8000)


@asynccontextmanager
async def choosy_server(answer: Callable[[bytes], int]) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server whose status depends on the body; gives its address and the lines it took (204)."""
    taken: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        body = gzip.decompress(await reader.readexactly(length))
        status = answer(body)
        if status == 204:
            taken.extend(body.split(b"\n"))
        content = b"" if status == 204 else b"<html>hush-token</html>"
        writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: {len(content)}\r\nconnection: close\r\n\r\n".encode())
        writer.write(content)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", taken
    finally:
        server.close()


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_a_line_the_server_will_never_take_is_moved_aside_and_said(
    status: int, database: Database, target_at: TargetAt, caplog: pytest.LogCaptureFixture
) -> None:
    async with database.write() as connection:
        await spool_lines(connection, [f"usage,home=h v={n}i {n}" for n in range(20)], NOW)
        await spool_lines(connection, ["poison one", "poison two"], NOW)
        await spool_lines(connection, [f"usage,home=h v={n}i {n}" for n in range(20, 40)], NOW)

    async def empty() -> bool:
        return await waiting(database) == 0

    async with choosy_server(lambda body: status if b"poison" in body else 204) as (url, taken):
        target = target_at(url)
        async with writing(database, target):
            await until(empty)
    assert taken == [f"usage,home=h v={n}i {n}".encode() for n in range(40)]
    assert target.refused_file.read_text() == "poison one\npoison two\n"
    assert caplog.text.count("refused for good") == 2
    assert "poison" not in caplog.text


@pytest.mark.parametrize("status", [200, 302, 401, 403, 404, 429, 500, 503])
async def test_any_other_answer_than_the_apis_own_leaves_the_lines_in_the_spool(
    status: int, database: Database, target_at: TargetAt, caplog: pytest.LogCaptureFixture
) -> None:
    await spool(database, "h-001", 3)
    async with choosy_server(lambda _: status) as (url, _), writing(database, target_at(url)):

        async def said() -> bool:
            return "lines wait in the spool" in caplog.text

        await until(said)
    assert await waiting(database) == 3
    assert f"HTTP {status}" in caplog.text
    assert "hush-token" not in caplog.text


async def test_a_full_disk_for_the_refused_keeps_the_line_in_the_spool(
    database: Database, target_at: TargetAt, caplog: pytest.LogCaptureFixture
) -> None:
    async with database.write() as connection:
        await spool_lines(connection, ["poison"], NOW)
    async with choosy_server(lambda _: 400) as (url, _):
        target = target_at(url)
        target.refused_file.mkdir()
        async with writing(database, target):

            async def said() -> bool:
                return "lines wait in the spool" in caplog.text

            await until(said)
    assert await waiting(database) == 1
