"""Our own clock is set back: nobody waits longer for help than was meant, and it is said."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import httpx2

from ingest.actions.tickets.escalate import escalate
from ingest.actions.upkeep.audit import audit
from ingest.actions.upkeep.pull_deadlines import pull_deadlines
from ingest.store.base.tables import audit_log
from ingest.store.notices.tables import notices
from ingest.web.site import make_site
from ingest.website import PARTS
from ingest.worker.loops import Worker
from ingest.worker.stepwatch import StepWatch
from tests.ingest.street import Clock, Street
from tests.ingest.town import NOON, Town

HOUR = timedelta(hours=1)


async def test_what_waits_is_moved_once_however_many_workers_see_the_step(town: Town) -> None:
    ticket_id = await town.raise_flag()
    back = NOON + timedelta(seconds=10) - HOUR
    done = await asyncio.gather(*(pull_deadlines(town.ctx, HOUR, back) for _ in range(3)))
    assert sorted(done) == [False, False, True]
    assert (await town.ticket(ticket_id))["due_at"] == NOON + timedelta(seconds=60) - HOUR
    assert {row["not_before"] for row in await town.rows(notices)} == {NOON - HOUR}
    (entry,) = await town.rows(audit_log, event="clock_set_back")
    assert entry["detail_json"] == {"step_s": 3600.0, "tickets": 1}
    assert await escalate(town.ctx, back + timedelta(seconds=49)) == 0
    assert await escalate(town.ctx, back + timedelta(seconds=50)) == 1


async def test_a_worker_escalates_by_the_time_that_passed_and_not_by_the_clock_that_was_set(town: Town) -> None:
    ticket_id = await town.raise_flag()
    wall, steady = [NOON], [500.0]
    worker = Worker(town.ctx, {}, lambda: wall[0], lambda: steady[0])
    running = asyncio.create_task(worker.run())
    wall[0], steady[0] = NOON + timedelta(seconds=61) - HOUR, 561.0
    async with asyncio.timeout(60):
        while "escalated" not in await town.history(ticket_id):
            await asyncio.sleep(0.05)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await town.history(ticket_id) == ["opened", "escalated"]


async def test_audit_and_readyz_say_that_the_clock_is_behind(town: Town) -> None:
    await town.raise_flag()
    site = make_site(Street(town.ctx, Clock(NOON - HOUR)).deps, PARTS)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(site), base_url="http://t") as reader:
        answer = (await reader.get("/readyz")).json()
    assert answer == {"ready": True, "database": True, "worker": True, "clock": False}
    assert (await audit(town.ctx, NOON - HOUR)).clock_behind
    assert not (await audit(town.ctx, NOON)).clock_behind


def test_only_a_step_back_is_a_step_and_it_is_told_until_it_is_dealt_with() -> None:
    now: list[tuple[datetime, float]] = [(NOON, 0.0)]
    watch = StepWatch(lambda: now[0][0], lambda: now[0][1])
    now[0] = (NOON + HOUR, 10.0)
    assert watch.set_back() is None
    now[0] = (NOON + timedelta(seconds=20), 20.0)
    step = watch.set_back()
    assert step == watch.set_back() == HOUR - timedelta(seconds=10)
    watch.dealt_with(step)
    assert watch.set_back() is None
