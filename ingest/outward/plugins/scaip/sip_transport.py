"""SIP lines: datagrams or a stream to one peer. What comes in goes to one callback as whole messages."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Protocol

from ingest.outward.forwarders.settings import PeerAddress
from ingest.outward.plugins.scaip.sip import SipError, SipMessage, SipReader, parse

Heard = Callable[[SipMessage], None]


class SipLine(Protocol):
    """A line that is open, or opens with the first message."""

    reliable: bool

    async def open(self) -> str:
        """Open it if it is not, and return how a Via names our end: `UDP 192.0.2.1:5060`. Raises `OSError`."""
        ...

    def write(self, data: bytes) -> None:
        """Send a message."""
        ...

    def close(self) -> None:
        """Put it away."""
        ...


def _via(protocol: str, address: tuple[str, int]) -> str:
    host = f"[{address[0]}]" if ":" in address[0] else address[0]
    return f"{protocol} {host}:{address[1]}"


class DatagramLine(asyncio.DatagramProtocol):
    """UDP to one peer; what others send is not heard."""

    reliable = False

    def __init__(self, line: PeerAddress, local: tuple[str, int], heard: Heard) -> None:
        self._line = line
        self._local = local
        self._heard = heard
        self._transport: asyncio.DatagramTransport | None = None

    async def open(self) -> str:
        """See `SipLine`."""
        if self._transport is None or self._transport.is_closing():
            loop = asyncio.get_running_loop()
            self._transport, _ = await loop.create_datagram_endpoint(
                lambda: self, local_addr=self._local, remote_addr=(self._line.host, self._line.port)
            )
        return _via("UDP", self._transport.get_extra_info("sockname")[:2])

    def write(self, data: bytes) -> None:
        """See `SipLine`."""
        if self._transport is not None:
            self._transport.sendto(data)

    def datagram_received(self, data: bytes, addr: object) -> None:
        """Hand on a whole message; anything else is noise."""
        with contextlib.suppress(SipError):
            self._heard(parse(data))

    def error_received(self, exc: Exception) -> None:
        """A closed door: the transaction's timers find out."""

    def close(self) -> None:
        """See `SipLine`."""
        if self._transport is not None:
            self._transport.close()


class StreamLine:
    """TCP or TLS to one peer; opened again with the next message when the peer hung up."""

    reliable = True

    def __init__(self, line: PeerAddress, heard: Heard) -> None:
        self._line = line
        self._heard = heard
        self._writer: asyncio.StreamWriter | None = None
        self._listening: asyncio.Task[None] | None = None

    async def open(self) -> str:
        """See `SipLine`."""
        if self._writer is None or self._listening is None or self._listening.done():
            self.close()
            reader, self._writer = await asyncio.open_connection(self._line.host, self._line.port, ssl=self._line.tls)
            self._listening = asyncio.create_task(self._listen(reader, self._writer))
        protocol = "TCP" if self._line.tls is None else "TLS"
        return _via(protocol, self._writer.get_extra_info("sockname")[:2])

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        messages = SipReader()
        # a peer that hangs up or talks nonsense ends the connection; the next message opens another
        with contextlib.suppress(OSError, SipError):
            while data := await reader.read(4096):
                for message in messages.feed(data):
                    self._heard(message)
        writer.close()

    def write(self, data: bytes) -> None:
        """See `SipLine`."""
        if self._writer is not None:
            self._writer.write(data)

    def close(self) -> None:
        """See `SipLine`."""
        if self._listening is not None:
            self._listening.cancel()
        if self._writer is not None:
            self._writer.close()
        self._writer = self._listening = None
