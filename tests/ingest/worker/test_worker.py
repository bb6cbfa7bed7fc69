"""The worker's loops live on whatever happens in one round, and a slow vendor holds up nobody else."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta

import pytest

from ingest.actions.base.context import WorkerParts
from ingest.actions.base.worker_duty import Concern, WorkerDuty
from ingest.channels.contract import Channel, Delivered, Delivery, OutgoingNotice
from ingest.store.notices.tables import notices
from ingest.worker import loops, notice_sender
from ingest.worker.loops import DutyState, Worker
from tests.ingest.town import NOON, Remembering, Town


@contextlib.asynccontextmanager
async def working(
    town: Town,
    channels: dict[str, Channel],
    clock: Callable[[], datetime],
    duties: Callable[[WorkerParts], tuple[WorkerDuty, ...]] | None = None,
) -> AsyncIterator[Worker]:
    worker = Worker(town.ctx, channels, clock, duties=duties)
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
    real = notice_sender.lease_notices

    async def lease(*args: object) -> object:
        rounds.append(1)
        if len(rounds) <= 2:
            raise OSError("no route to +8613800000000")
        return await real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(notice_sender, "lease_notices", lease)
    sms = Remembering()
    with caplog.at_level(logging.INFO):
        async with working(town, {"sms": sms}, lambda: NOON):
            await until(lambda: len(sms.got) == 2)
            await until(lambda: "works again" in caplog.text)
    words = [record.getMessage() for record in caplog.records if record.name == "ingest.worker.loops"]
    assert [word.split(" (")[0] for word in words] == ["notices: fails", "notices: works again"]
    assert "+86138" not in caplog.text


def table(*duties: WorkerDuty) -> Callable[[WorkerParts], tuple[WorkerDuty, ...]]:
    return lambda _parts: duties


async def test_a_duty_that_fails_stops_no_other_and_each_keeps_its_own_last_success(town: Town) -> None:
    rounds: list[datetime] = []

    async def broken(_now: datetime) -> int:
        raise ZeroDivisionError

    async def works(now: datetime) -> int:
        rounds.append(now)
        return 0

    duties = table(WorkerDuty("broken", 0.01, broken), WorkerDuty("works", 0.01, works))
    async with working(town, {}, lambda: NOON, duties) as worker:
        await until(lambda: len(rounds) >= 5)
    assert worker.states["works"] == DutyState(last_success=NOON)
    assert worker.states["broken"] == DutyState(failing=True)


async def test_a_duty_that_hangs_holds_up_no_other_duty_of_safety(town: Town) -> None:
    rounds: list[datetime] = []

    async def hangs(_now: datetime) -> int:
        await asyncio.sleep(3600)
        return 0

    async def works(now: datetime) -> int:
        rounds.append(now)
        return 0

    async with working(
        town, {}, lambda: NOON, table(WorkerDuty("hangs", 0.01, hangs), WorkerDuty("works", 0.01, works))
    ):
        await until(lambda: len(rounds) >= 5)


@pytest.mark.parametrize("hangs", [False, True])
async def test_bookkeeping_begins_after_the_first_round_of_safety_but_does_not_wait_for_one_that_hangs(
    town: Town, hangs: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loops, "SAFETY_FIRST_S", 0.3 if hangs else 60.0)
    done: list[str] = []

    async def safety(_now: datetime) -> int:
        await asyncio.sleep(3600 if hangs else 0.1)
        done.append("safety")
        return 0

    async def books(_now: datetime) -> int:
        done.append("books")
        return 0

    rows = (WorkerDuty("books", 60, books, Concern.BOOKKEEPING), WorkerDuty("safety", 60, safety))
    async with working(town, {}, lambda: NOON, table(*rows)):
        await until(lambda: "books" in done)
    assert done == (["books"] if hangs else ["safety", "books"])


async def test_the_table_names_each_duty_once_and_holds_those_of_the_wings(town: Town) -> None:
    names = [duty.name for duty in Worker(town.ctx, {}, lambda: NOON).duties]
    assert len(names) == len(set(names))
    assert {"escalation", "visits", "family messages", "test alarms", "prune forwards", "prune messages"} <= set(names)
