"""Buffer: bytes that have come and are not read yet, between an event loop's callback and the one task that reads."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from gateway.links.contract import LinkDownError

LIMIT = 65536
"""A line that talks without being asked may not eat the memory: older bytes than this are dropped."""


class Incoming:
    """A bounded byte queue with an end: once it has failed, reading raises."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._some = asyncio.Event()
        self._failure: str | None = None

    def put(self, data: bytes) -> None:
        """Add bytes that have come."""
        self._bytes += data
        del self._bytes[:-LIMIT]
        self._some.set()

    def fail(self, reason: str) -> None:
        """Say that nothing will come any more."""
        self._failure = reason
        self._some.set()

    async def read(self, timeout_s: float) -> bytes:
        """Return everything there is, waiting up to `timeout_s` for the first byte; raises `LinkDownError`."""
        if not self._bytes and self._failure is None:
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await self._some.wait()
        if not self._bytes and self._failure is not None:
            raise LinkDownError(self._failure)
        return self.take()

    def take(self) -> bytes:
        """Return everything there is, at once."""
        data = bytes(self._bytes)
        self._bytes.clear()
        if self._failure is None:
            self._some.clear()
        return data
