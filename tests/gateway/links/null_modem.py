"""Memory: a null modem for tests. What one end writes the other reads."""

from __future__ import annotations

from gateway.links.buffer import Incoming
from gateway.links.contract import LinkDownError


class MemoryLink:
    """One end of a null modem; make both with `null_modem`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._incoming = Incoming()
        self._peer: MemoryLink | None = None
        self._open = False
        self._unplugged = False

    async def open(self) -> None:
        """Plug in; raises `LinkDownError` while the cable is out."""
        if self._unplugged:
            raise LinkDownError(f"{self.name}: the cable is out")
        self._incoming = Incoming()
        self._open = True

    async def write(self, data: bytes) -> None:
        """Hand `data` to the other end; it is lost when nobody is there, as on a wire."""
        if not self._open:
            raise LinkDownError(f"{self.name}: not open")
        if self._peer is not None and self._peer._open:
            self._peer._incoming.put(data)

    async def read(self, timeout_s: float) -> bytes:
        """Return what has come."""
        return await self._incoming.read(timeout_s)

    def tune(self, baud: int, parity: str) -> None:
        """A null modem has no speed."""

    def discard(self) -> bytes:
        """Return and forget what has come."""
        return self._incoming.take()

    def close(self) -> None:
        """Unplug this end."""
        self._open = False

    def unplug(self) -> None:
        """Pull the cable out of this end, as somebody does to an adapter."""
        self._open, self._unplugged = False, True
        self._incoming.fail(f"{self.name}: the cable is out")

    def plug_in(self) -> None:
        """Put the cable back; the link has to be opened again."""
        self._unplugged = False


def null_modem(name: str = "null") -> tuple[MemoryLink, MemoryLink]:
    """Return two joined ends: the gateway's and the meters'."""
    ours, theirs = MemoryLink(f"{name}-gateway"), MemoryLink(f"{name}-meters")
    ours._peer, theirs._peer = theirs, ours
    return ours, theirs
