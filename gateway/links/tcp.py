"""TCP: an RS-485-to-Ethernet server that passes bytes through."""

from __future__ import annotations

import asyncio

from gateway.links.buffer import Incoming
from gateway.links.contract import LinkDownError

_CONNECT_S = 10.0


class TcpLink:
    """A connection to `host`:`port` that carries a bus's bytes as they are."""

    def __init__(self, name: str, host: str, port: int) -> None:
        self.name = name
        self._host = host
        self._port = port
        self._incoming = Incoming()
        self._writer: asyncio.StreamWriter | None = None
        self._pump: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect; raises `LinkDownError`."""
        self.close()
        try:
            async with asyncio.timeout(_CONNECT_S):
                reader, self._writer = await asyncio.open_connection(self._host, self._port)
        except TimeoutError as error:
            raise LinkDownError(f"{self._host}:{self._port}: no answer in {_CONNECT_S:g} s") from error
        except OSError as error:
            raise LinkDownError(f"{self._host}:{self._port}: {error}") from error
        self._incoming = Incoming()
        self._pump = asyncio.create_task(self._run(reader, self._incoming), name=f"link {self.name}")

    async def _run(self, reader: asyncio.StreamReader, incoming: Incoming) -> None:
        try:
            while data := await reader.read(4096):
                incoming.put(data)
            incoming.fail(f"{self._host}:{self._port}: closed by the other side")
        except OSError as error:
            incoming.fail(f"{self._host}:{self._port}: {error}")

    async def write(self, data: bytes) -> None:
        """Send all of `data`; raises `LinkDownError`."""
        if self._writer is None:
            raise LinkDownError(f"{self._host}:{self._port}: not connected")
        try:
            self._writer.write(data)
            await self._writer.drain()
        except OSError as error:
            raise LinkDownError(f"{self._host}:{self._port}: {error}") from error

    async def read(self, timeout_s: float) -> bytes:
        """Return what has come."""
        return await self._incoming.read(timeout_s)

    def tune(self, baud: int, parity: str) -> None:
        """The server at the other end sets the speed."""

    def discard(self) -> bytes:
        """Return and forget what has come unasked."""
        return self._incoming.take()

    def close(self) -> None:
        """Hang up."""
        if self._pump is not None:
            self._pump.cancel()
            self._pump = None
        if self._writer is not None:
            self._writer.close()
            self._writer = None
