"""Siren: a relay on a serial port, closed for a while. For smoke alone unless the settings say more."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from gateway.links.contract import Link, LinkDownError
from gateway.local_alarm.contract import Delivery, LocalAlarm, Matter, NotTold, Recipient, TextReply
from models.flag import Severity


class SirenWay:
    """One relay. A new alarm while it sounds makes it sound anew from its beginning."""

    name = "siren"

    def __init__(self, link: Link, on: bytes, off: bytes, seconds: float, *, people_too: bool) -> None:
        self._link = link
        self._on, self._off = on, off
        self._seconds = seconds
        self._people_too = people_too
        self._sounding: asyncio.Task[None] | None = None

    def recipients(self, alarm: LocalAlarm) -> Sequence[Recipient]:
        """Whoever hears it."""
        loud = self._people_too or alarm.severity is Severity.CRITICAL
        return (Recipient(self.name, self.name),) if loud else ()

    async def tell(self, alarm: LocalAlarm, recipient: Recipient, matter: Matter) -> Delivery | NotTold:
        """Close the relay, and see to it that it opens again."""
        fault = await self._switch(self._on)
        if fault is not None:
            return NotTold(fault)
        if self._sounding is not None:
            self._sounding.cancel()
        self._sounding = asyncio.create_task(self._end(), name="siren off")
        return Delivery()

    async def _end(self) -> None:
        try:
            await asyncio.sleep(self._seconds)
        finally:
            while await self._switch(self._off) is not None:
                await asyncio.sleep(1.0)

    async def _switch(self, data: bytes) -> str | None:
        try:
            await self._link.open()
            await self._link.write(data)
        except LinkDownError as error:
            return str(error)
        finally:
            self._link.close()
        return None

    async def check(self) -> str | None:
        """Open the relay: one that a dead gateway has left closed would sound for ever."""
        if self._sounding is not None and not self._sounding.done():
            return None
        return await self._switch(self._off)

    async def replies(self) -> Sequence[TextReply]:
        """A siren only talks."""
        return ()
