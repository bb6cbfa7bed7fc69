"""Proxy: a piece of network that can be cut, go deaf, grow slow, mix up what it carries or lose the answers.

It carries bytes. Only where it is told that they are MQTT does it know where a packet ends, so that it can carry whole
messages in another order, or lose one that its receiver seems to have.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from enum import Enum
from random import Random

from simulators.faults.scene.packets import PacketStream, acknowledgement_of, is_publish

_PIECE = 4096
_SLOW_PIECE, _SLOW_PAUSE_S = 200, 0.05
_GATHER_S, _GATHER = 0.15, 24


class Weather(Enum):
    """How the network is."""

    FAIR = "fair"
    CUT = "cut"
    """Every connection is torn down, and new ones are refused after they were taken."""
    HALF_OPEN = "half-open"
    """Connections stand and new ones are taken, but no byte arrives on either side; what was sent then is gone."""
    SLOW = "slow"
    """Four kilobytes a second, in small pieces."""
    MIXED = "mixed"
    """Messages arrive in another order than they were sent, up to 24 of them at a time. MQTT only."""
    ONE_WAY = "one-way"
    """What the server sends is lost although the server believes that it arrived: no receipt comes. MQTT only."""


class Proxy:
    """One listening port in front of one server's port. `weather` may be changed at any time by `turn`."""

    def __init__(self, host: str, port: int, server_port: int, mqtt: Random | None = None) -> None:
        """`mqtt`: what is carried is MQTT, and this decides in which order messages arrive in mixed weather."""
        self._host = host
        self._port = port
        self._server_port = server_port
        self._mqtt = mqtt
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
        up = self._carry(reader, away) if self._mqtt is None else self._carry_packets(reader, away, None, self._mqtt)
        down = (
            self._carry(there, writer) if self._mqtt is None else self._carry_packets(there, writer, away, self._mqtt)
        )
        ways = [asyncio.create_task(up), asyncio.create_task(down)]
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

    async def _carry_packets(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        server: asyncio.StreamWriter | None,
        rng: Random,
    ) -> None:
        """Carry whole packets. `server` is who sends them, on the way down; None on the way up."""
        stream, held = PacketStream(), list[bytes]()
        with suppress(OSError):
            while (data := await self._read(reader, gathering=bool(held))) != b"":
                if self._weather is Weather.HALF_OPEN:
                    continue
                for packet in stream.feed(data or b""):
                    if server is not None and self._weather is Weather.ONE_WAY and is_publish(packet):
                        server.write(acknowledgement_of(packet) or b"")
                    elif self._weather is Weather.MIXED and is_publish(packet):
                        held.append(packet)
                    else:
                        writer.write(packet)
                if held and (data is None or len(held) >= _GATHER or self._weather is not Weather.MIXED):
                    rng.shuffle(held)
                    writer.write(b"".join(held))
                    held.clear()
                if self._weather is Weather.SLOW:
                    await asyncio.sleep(_SLOW_PAUSE_S)
                await writer.drain()

    async def _read(self, reader: asyncio.StreamReader, *, gathering: bool) -> bytes | None:
        """Return what came, nothing at the end, None when there was nothing more to gather."""
        try:
            async with asyncio.timeout(_GATHER_S if gathering else None):
                return await reader.read(_SLOW_PIECE if self._weather is Weather.SLOW else _PIECE)
        except TimeoutError:
            return None
