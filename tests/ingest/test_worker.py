"""The worker's loops live on whatever happens in one round, and a slow vendor holds up nobody else."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta

import pytest

from ingest.channels.contract import Channel, Delivered, Delivery, OutgoingNotice
from ingest.store.notices.tables import notices
from ingest.worker import loops as worker_module
from ingest.worker.loops import Worker
from tests.ingest.town import NOON, Remembering, Town


@contextlib.asynccontextmanager
async def working(town: Town, channels: dict[str, Channel], clock: Callable[[], datetime]) -> AsyncIterator[Worker]:
    worker = Worker(town.ctx, channels, clock)
    task = asyncio.create_task(worker.run())
    yield worker
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.02)


async def test_notices_leave_and_unanswered_tickets_climb_while_the_clock_runs(town: Town) -> None:
    await town.raise_flag()
    sms, now = Remembering(), [NOON]
    async with working(town, {"sms": sms}, lambda: now[0]):
        await until(lambda: len(sms.got) == 2)
        now[0] += timedelta(seconds=60)
        await until(lambda: len(sms.got) == 3)
        now[0] += timedelta(seconds=120)
        await until(lambda: len(sms.got) == 4)
    people = {row["idem_key"]: row["person_id"] for row in await town.rows(notices)}
    assert [people[notice.key] for notice in sms.got[2:]] == ["sun", "sheng"]


class Stuck:
    """A vendor that never answers some."""

    def __init__(self) -> None:
        self.got: list[str] = []

    async def send(self, notice: OutgoingNotice) -> Delivery:
        if not self.got:
            self.got.append("stuck")
            await asyncio.sleep(3600)
        self.got.append(notice.key)
        return Delivered("")


async def test_a_vendor_that_hangs_holds_up_only_its_own_notice(town: Town) -> None:
    await town.raise_flag()
    stuck = Stuck()
    async with working(town, {"sms": stuck}, lambda: NOON) as worker:
        await until(lambda: len(stuck.got) == 2)
        await town.raise_flag(home="h-2", episode="e-2")
        worker.wake()
        await until(lambda: len(stuck.got) == 4)
    assert stuck.got[0] == "stuck"


async def test_a_loop_whose_round_fails_says_so_once_and_works_again(
    town: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await town.raise_flag()
    rounds: list[int] = []
    real = worker_module.lease_notices

    async def lease(*args: object) -> object:
        rounds.append(1)
        if len(rounds) <= 2:
            raise OSError("no route to +8613800000000")
        return await real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(worker_module, "lease_notices", lease)
    sms = Remembering()
    with caplog.at_level(logging.INFO):
        async with working(town, {"sms": sms}, lambda: NOON):
            await until(lambda: len(sms.got) == 2)
            await until(lambda: "works again" in caplog.text)
    words = [record.getMessage() for record in caplog.records if record.name == "ingest.worker.loops"]
    assert [word.split(" (")[0] for word in words] == ["notices: fails", "notices: works again"]
    assert "+86138" not in caplog.text
