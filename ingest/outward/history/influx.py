"""The loop that empties the spool into InfluxDB: in order, in batches, for as long as it takes.

What the server will never take is moved into a file, and said; everything else waits until it is written.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Sequence
from pathlib import Path

from ingest.outward.history.settings import InfluxTarget
from ingest.outward.history.writer import InfluxWriter, Outcome, Written
from ingest.outward.store.spool import SpooledLine, drop, oldest
from ingest.store.base.database import Database, DatabaseError

BATCH = 500
IDLE_S = 2.0
FIRST_WAIT_S = 0.5

log = logging.getLogger(__name__)


async def run_influx(database: Database, target: InfluxTarget, stop: asyncio.Event) -> None:
    """Write spooled lines until `stop` is set. Trouble with server or database is waited out, and logged on change."""
    writer = InfluxWriter(target)
    wait_s, healthy = FIRST_WAIT_S, True
    try:
        while not stop.is_set():
            reason, wrote = await _round(database, writer, target.refused_file)
            if reason:
                if healthy:
                    log.warning("influx: lines wait in the spool: %s", reason)
                healthy = False
                await _pause(stop, wait_s)
                wait_s = min(wait_s * 2, target.longest_wait_s)
                continue
            if not healthy:
                log.info("influx: writing again")
            wait_s, healthy = FIRST_WAIT_S, True
            if not wrote:
                await _pause(stop, IDLE_S)
    finally:
        writer.close()


async def _round(database: Database, writer: InfluxWriter, refused_file: Path) -> tuple[str, bool]:
    """Do one batch; return (what is wrong or "", whether there was anything to do)."""
    try:
        lines = await oldest(database, BATCH)
        reason = await _write(database, writer, refused_file, lines) if lines else ""
    except (DatabaseError, OSError) as error:
        return f"database or disk: {type(error).__name__}", False
    return reason, bool(lines)


async def _write(database: Database, writer: InfluxWriter, refused_file: Path, lines: Sequence[SpooledLine]) -> str:
    """Write `lines`, halving a refused batch until the lines at fault stand alone; return what is wrong, or ""."""
    answer: Written = await asyncio.to_thread(writer.write, [line.line for line in lines])
    if answer.outcome is Outcome.AWAY:
        return answer.reason
    if answer.outcome is Outcome.REFUSED:
        if len(lines) == 1:
            await asyncio.to_thread(_move_aside, refused_file, lines[0].line)
            log.error("influx: one line refused for good (%s), moved to %s", answer.reason, refused_file.name)
        else:
            middle = len(lines) // 2
            return await _write(database, writer, refused_file, lines[:middle]) or await _write(
                database, writer, refused_file, lines[middle:]
            )
    await drop(database, lines)
    return ""


def _move_aside(refused_file: Path, line: str) -> None:
    # on the disk before it leaves the spool
    with refused_file.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
