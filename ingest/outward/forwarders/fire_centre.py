"""Fire centre: smoke alarms over TCP as GB/T 26875.3 frames, each confirmed by the centre or sent again (6.5)."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ingest.channels.contract import Delivered, Delivery, Unreachable
from ingest.outward.forwarders.contract import Forward
from ingest.outward.forwarders.gbt26875 import (
    CONFIRM,
    DENY,
    FAULT,
    FIRE,
    NORMAL,
    SEND,
    SMOKE_DETECTOR,
    FireFrame,
    FireFrameReader,
    component_state,
    time_label,
    write,
)
from ingest.outward.forwarders.settings import FireSettings, PeerAddress

_ACTIVE = {"smoke": NORMAL | FIRE}
_BROKEN = NORMAL | FAULT


class FireCentre:
    """Keeps one connection to the centre; one frame under way at a time."""

    def __init__(self, settings: FireSettings, line: PeerAddress, wall_seconds: Callable[[], float]) -> None:
        """`wall_seconds` gives the time since 1970, for the frames' time of sending."""
        self._settings = settings
        self._line = line
        self._wall_seconds = wall_seconds
        self._zone = ZoneInfo(settings.timezone)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._frames = FireFrameReader()
        self._one_at_a_time = asyncio.Lock()

    async def send(self, forward: Forward) -> Delivery:
        """Send the event as a component's state, at most 1 + `resends` times; see `Forwarder`."""
        async with self._one_at_a_time:
            reason = ""
            for _ in range(1 + self._settings.resends):
                try:
                    async with asyncio.timeout(self._settings.confirm_within_s):
                        command = await self._exchange(self._frame_of(forward))
                except TimeoutError:
                    reason = "no confirmation in time"
                except OSError as error:
                    reason = type(error).__name__
                    break  # there is no line: the outbox tries again later
                else:
                    if command == CONFIRM:
                        return Delivered(str(forward.serial & 0xFFFF))
                    reason = "the centre denies it"
            await self.close()
            return Unreachable(f"{self._line.host}: {reason}")

    def _frame_of(self, forward: Forward) -> FireFrame:
        settings = self._settings
        home = forward.home_id or forward.ticket_id
        state = _ACTIVE.get(forward.kind, _BROKEN) if forward.condition == "active" else NORMAL
        now = datetime.fromtimestamp(self._wall_seconds(), UTC).astimezone(self._zone)
        return FireFrame(
            serial=forward.serial & 0xFFFF,
            command=SEND,
            source=settings.source,
            target=settings.target,
            unit=component_state(
                settings.system_address,
                SMOKE_DETECTOR,
                settings.addresses.get(home, zlib.crc32(home.encode())),
                state=state,
                text=forward.label,
                at=forward.at.astimezone(self._zone),
            ),
            user_version=settings.user_version,
            sent_at=time_label(now),
        )

    async def _exchange(self, frame: FireFrame) -> int:
        """Send a frame and return the command that answers it."""
        reader, writer = await self._connected()
        writer.write(write(frame))
        await writer.drain()
        while True:
            data = await reader.read(4096)
            if not data:
                await self.close()
                raise ConnectionResetError("the centre hung up")
            for answer in self._frames.feed(data):
                if answer.answers and answer.serial == frame.serial:
                    return answer.command
                if not answer.answers:
                    # the centre asks or commands something: we have nothing to read out, and say so
                    await self._deny(answer, writer)

    async def _deny(self, asked: FireFrame, writer: asyncio.StreamWriter) -> None:
        now = datetime.fromtimestamp(self._wall_seconds(), UTC).astimezone(self._zone)
        denied = FireFrame(asked.serial, DENY, self._settings.source, asked.source, sent_at=time_label(now))
        writer.write(write(denied))
        await writer.drain()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is None or self._streams[0].at_eof():
            await self.close()
            self._streams = await asyncio.open_connection(self._line.host, self._line.port, ssl=self._line.tls)
        return self._streams

    async def close(self) -> None:
        """Hang up."""
        streams, self._streams, self._frames = self._streams, None, FireFrameReader()
        if streams is not None:
            streams[1].close()
