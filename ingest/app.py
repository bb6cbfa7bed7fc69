"""The composition root: builds database, desk, doors, worker and site from the settings, then runs them.

The only place where the clock is chosen. Web and worker can run in one process or each alone.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import signal
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ingest.actions.base.context import ActionContext
from ingest.actions.incoming.push_browsers import PushBook
from ingest.actions.incoming.receipts import ReceiptWriter
from ingest.channels.registry import build_channels
from ingest.intake.allowance import Allowance
from ingest.intake.batching import Batcher
from ingest.intake.downlink import Downlink
from ingest.intake.mqtt import MqttIntake
from ingest.outward.actions.forward_events import agree_on_forwarders
from ingest.outward.forwarders.registry import build_forwarders, wishes
from ingest.outward.history.settings import InfluxTarget, read_influx
from ingest.settings import Settings
from ingest.store.schema import check_schema
from ingest.wings import equipped, open_database
from ingest.worker.deadman import DeadMan
from ingest.worker.loops import Worker

if TYPE_CHECKING:
    from ingest.website import Website

log = logging.getLogger(__name__)


def wall_clock() -> datetime:
    """Return now, aware UTC."""
    return datetime.now(UTC)


class Program:
    """Everything one process runs. `stop` ends it in order: doors first, so that nothing is accepted and not kept."""

    def __init__(
        self, settings: Settings, *, web: bool = True, worker: bool = True, clock: Callable[[], datetime] = wall_clock
    ) -> None:
        """Build; nothing connects and nothing runs yet."""
        self._settings = settings
        self._clock = clock
        self._influx: InfluxTarget | None = (
            read_influx(settings.influx, settings.base) if settings.influx is not None else None
        )
        self._forwarders = build_forwarders(settings.forward, settings.base, time.time) if worker else {}
        wings = equipped(self._forwarders, settings.canary)
        self.db = open_database(settings.database, wings)
        self.ctx = ActionContext(
            self.db, settings.keys, settings.public_url, wings, spools_usage=self._influx is not None
        )
        self._receipts = ReceiptWriter(settings.keys)
        steady = time.monotonic if clock is wall_clock else None
        browsers = PushBook(self.ctx)
        channels = build_channels(settings.notify, settings.base, browsers=browsers) if worker else {}
        self._worker = (
            Worker(
                self.ctx,
                channels,
                clock,
                steady,
                settings.keep,
                deadman=None if settings.deadman is None else DeadMan(settings.deadman.url, settings.deadman.every_s),
            )
            if worker
            else None
        )
        wake = self._worker.wake if self._worker else _nobody_to_wake
        self._batcher = Batcher(self.ctx, clock, wake, Allowance(settings.calm_per_gateway_s))
        self._with_web = web
        self._website: Website | None = None
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """End the program; `run` returns when everything is put away."""
        self._stop.set()

    async def run(self, started: Callable[[], None] | None = None) -> None:
        """Run until `stop`. Raises `OldSchemaError` before anything is opened if the database is not up to date."""
        tasks: list[asyncio.Task[None]] = []
        intake: MqttIntake | None = None
        try:
            await check_schema(self.db)
            if self._worker is not None:
                await agree_on_forwarders(self.ctx, wishes(self._settings.forward))
            tasks.append(asyncio.create_task(self._batcher.run(), name="batcher"))
            tasks += self._worker_tasks()
            if self._worker is not None and self._settings.broker is not None:
                intake = self._intake()
                intake.start()
                tasks.append(asyncio.create_task(self._downlink(intake).run(), name="downlink"))
            if self._with_web:
                self._website = self.website()
                tasks.append(asyncio.create_task(self._website.serve(), name="web"))
            if started is not None:
                started()
            await self._until_stopped(tasks)
        finally:
            if intake is not None:
                await intake.stop()
            await self._put_away(tasks)
            for way in self._forwarders.values():
                await way.close()
            await self.db.close()

    def website(self) -> Website:
        """Return the web application and its server, not running yet."""
        # pages and FastAPI are half of what a start costs, and a program that is only a worker has none
        from ingest.website import Website  # noqa: PLC0415

        wake = self._worker.wake if self._worker else _nobody_to_wake
        return Website(self._settings, self.ctx, self._batcher, self._receipts, clock=self._clock, wake=wake)

    def _worker_tasks(self) -> list[asyncio.Task[None]]:
        if self._worker is None:
            return []
        tasks = [asyncio.create_task(self._worker.run(), name="worker")]
        if self._influx is not None:
            # influxdb-client costs 0.2 s and 30 MB, and only who writes on to a time-series store needs it
            from ingest.outward.history.influx import run_influx  # noqa: PLC0415

            tasks.append(asyncio.create_task(run_influx(self.db, self._influx, self._stop), name="influx"))
        return tasks

    def _intake(self) -> MqttIntake:
        assert self._settings.broker is not None
        # the same after a restart, so that the broker keeps our session; different for each database and machine
        place = f"{socket.gethostname()} {self._settings.base} {self._settings.database.render_as_string()}"
        client_id = f"linshe-ingest-{hashlib.sha256(place.encode()).hexdigest()[:12]}"
        return MqttIntake(
            self._settings.broker, client_id, batcher=self._batcher, receipts=self._receipts, clock=self._clock
        )

    def _downlink(self, intake: MqttIntake) -> Downlink:
        return Downlink(self.ctx, self._receipts, intake.publish_down, self._clock)

    async def _until_stopped(self, tasks: list[asyncio.Task[None]]) -> None:
        """Wait for `stop`, or for a part that ends by itself: then the whole program ends, and says which."""
        stopping = asyncio.create_task(self._stop.wait())
        done, _ = await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        for task in done - {stopping}:
            log.error("%s ended", task.get_name())
            task.result()

    async def _put_away(self, tasks: list[asyncio.Task[None]]) -> None:
        self._stop.set()
        if self._website is not None:
            self._website.stop()
        ending = [task for task in tasks if task.get_name() in ("web", "influx") and not task.done()]
        if ending:
            await asyncio.wait(ending, timeout=10)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _nobody_to_wake() -> None:
    """The worker is another process; it looks for itself."""


async def serve(settings: Settings, *, web: bool, worker: bool) -> None:
    """Run until SIGINT or SIGTERM."""
    program = Program(settings, web=web, worker=worker)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, program.stop)
    await program.run()
