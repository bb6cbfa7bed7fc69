"""Forward sender: gives each centre that has nothing under way its next event, so that a slow one holds up no other."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime

from ingest.actions.base.context import WorkerParts
from ingest.outward.actions.forward_events import Leased, lease_forward, record_forward, send_forward
from ingest.outward.forwarders.contract import Forwarder

LOOK_EVERY_S = 0.5


class ForwardSender:
    """What one process has under way; several may send from the same database."""

    def __init__(self, parts: WorkerParts, forwarders: Mapping[str, Forwarder]) -> None:
        self._parts = parts
        self._forwarders = forwarders
        self._busy: set[str] = set()
        self._ended = asyncio.Event()
        self._more = False

    async def run(self, now: datetime) -> None:
        """Start the next event; a lease that ends unrecorded is sent again."""
        self._ended.clear()
        leased = await lease_forward(self._parts.ctx, set(self._busy), now)
        self._more = leased is not None
        if leased is not None:
            self._busy.add(leased.forwarder)
            self._parts.start("forward", self._pass_on(leased), lambda: self._is_free(leased.forwarder))

    async def rest(self) -> None:
        """Go on at once while there is more, else wait until a centre is free or it is time to look."""
        if self._more:
            return
        try:
            async with asyncio.timeout(LOOK_EVERY_S):
                await self._ended.wait()
        except TimeoutError:
            pass

    async def _pass_on(self, leased: Leased) -> None:
        result = await send_forward(self._forwarders, leased)
        await record_forward(self._parts.ctx, leased, result, self._parts.clock())

    def _is_free(self, forwarder: str) -> None:
        self._busy.discard(forwarder)
        self._ended.set()
