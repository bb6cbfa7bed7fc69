"""Proxy: a piece of network that can be cut, go deaf or grow slow. It carries bytes and knows no protocol."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from enum import Enum

_PIECE = 4096
_SLOW_PIECE, _SLOW_PAUSE_S = 200, 0.05


class Weather(Enum):
    """How the network is."""

    FAIR = "fair"
    CUT = "cut"
    """Every connection is torn down, and new ones are refused after they were taken."""
    HALF_OPEN = "half-open"
    """Connections stand and new ones are taken, but no byte arrives on either side; what was sent then is gone."""
    SLOW = "slow"
    """Four kilobytes a second, in small pieces."""


class Proxy:
    """One listening port in front of one server's port. `weather` may be changed at any time by `turn`."""

    def __init__(self, host: str, port: int, server_port: int) -> None:
        self._host = host
        self._port = port
        self._server_port = server_port
        self._weather = Weather.FAIR
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen; raises `OSError` if the port is taken."""
        self._server = await asyncio.start_server(self._take, self._host, self._port)

    @property
    def connections(self) -> int:
        """How many stand now."""
        return len(self._writers) // 2

    def turn(self, weather: Weather) -> None:
        """Change the weather. What was swallowed in a half-open time leaves gaps, so those connections end with it."""
        if weather is Weather.CUT or self._weather is Weather.HALF_OPEN:
            self._tear_down()
        self._weather = weather

    async def close(self) -> None:
        """Stop listening and hang up."""
        if self._server is not None:
            self._server.close()
        self._tear_down()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _tear_down(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._weather is Weather.CUT:
            writer.transport.abort()
            return
        try:
            there, away = await asyncio.open_connection(self._host, self._server_port)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, away}
        ways = [asyncio.create_task(self._carry(reader, away)), asyncio.create_task(self._carry(there, writer))]
        self._tasks.update(ways)
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        self._tasks.difference_update(ways)
        for end in (writer, away):
            end.transport.abort()
        self._writers -= {writer, away}

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(_SLOW_PIECE if self._weather is Weather.SLOW else _PIECE):
                if self._weather is Weather.HALF_OPEN:
                    continue
                if self._weather is Weather.SLOW:
                    await asyncio.sleep(_SLOW_PAUSE_S)
                writer.write(data)
                await writer.drain()
