"""The way down: what gateways must be told, sealed and published. Reads the clock; decides nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.actions.base.fault_words import fault_words
from ingest.actions.incoming.receipts import ReceiptWriter
from ingest.fleet.actions.send_gateway_messages import lease_gateway_messages

log = logging.getLogger(__name__)

EVERY_S = 1.0


class Downlink:
    """A loop of one process; any number of processes may run it on the same database."""

    def __init__(
        self,
        ctx: ActionContext,
        writer: ReceiptWriter,
        publish: Callable[[str, bytes], None],
        clock: Callable[[], datetime],
    ) -> None:
        """`publish` takes a gateway's id and sealed bytes; what does not arrive is sent again later."""
        self._ctx = ctx
        self._writer = writer
        self._publish = publish
        self._clock = clock

    async def run(self) -> None:
        """Send for ever."""
        failing = False
        while True:
            try:
                await self.send_due()
                failing = False
            except Exception as error:  # noqa: BLE001 - a loop: one bad round must not be the last one
                if not failing:
                    log.error("letters to gateways are not sent (%s); tried again until it heals", fault_words(error))  # noqa: TRY400 - people's data
                failing = True
            await asyncio.sleep(EVERY_S)

    async def send_due(self) -> int:
        """Send what is due; return how many messages there were."""
        now = self._clock()
        letters = await lease_gateway_messages(self._ctx, now)
        for letter in letters:
            self._publish(letter.gateway_id, self._writer.seal(letter.gateway_id, letter.generation, letter.body, now))
        return len(letters)
