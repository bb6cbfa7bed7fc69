"""Notice sender: leases what is due and sends it, many at once: a slow vendor holds up its own notices only."""

from __future__ import annotations

import asyncio
from datetime import datetime

from ingest.actions.base.context import WorkerParts
from ingest.actions.notices.deliver import lease_notices, record_delivery, send_notice
from ingest.actions.notices.notice_batches import NoticeBatch

LOOK_EVERY_S = 0.5
AT_ONCE = 50
"""Messages under way at the same time."""


class NoticeSender:
    """What one process has under way; several may send from the same database."""

    def __init__(self, parts: WorkerParts) -> None:
        self._parts = parts
        self._under_way = 0
        self._wake = asyncio.Event()
        self._more = False

    def wake(self) -> None:
        """Say that there may be notices to send."""
        self._wake.set()

    async def run(self, now: datetime) -> None:
        """Start to send what is due, as far as there is room."""
        free = AT_ONCE - self._under_way
        self._wake.clear()
        leased, _ = await lease_notices(self._parts.ctx, now, free) if free else ([], 0)
        for batch in leased:
            self._under_way += 1
            self._parts.start("delivery", self._send(batch), self._has_sent)
        self._more = bool(free) and sum(len(batch.rows) for batch in leased) == free

    async def rest(self) -> None:
        """Go on at once while there is more, else wait until somebody wakes us or it is time to look."""
        if self._more:
            return
        try:
            async with asyncio.timeout(LOOK_EVERY_S):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _send(self, batch: NoticeBatch) -> None:
        result = await send_notice(self._parts.channels, batch)
        await record_delivery(self._parts.ctx, batch, result, self._parts.clock())

    def _has_sent(self) -> None:
        self._under_way -= 1
