"""What a byte link can do: the few verbs that a bus needs of a serial port, a socket or a null modem."""

from __future__ import annotations

from typing import Protocol


class LinkDownError(ConnectionError):
    """The line itself failed: no port, no rights, unplugged, connection refused or closed. The message says which."""


class Link(Protocol):
    """A half-duplex line of bytes. It is used by one task at a time; `close` may always be called."""

    name: str

    async def open(self) -> None:
        """Make the line usable; raises `LinkDownError`."""

    async def write(self, data: bytes) -> None:
        """Send all of `data`; raises `LinkDownError`."""

    async def read(self, timeout_s: float) -> bytes:
        """Return what has come, at the latest after `timeout_s` with b"" if nothing has; raises `LinkDownError`."""

    def tune(self, baud: int, parity: str) -> None:
        """Speak at this speed from now on, where the line has one; raises `LinkDownError`."""

    def discard(self) -> bytes:
        """Return and forget what has come unasked."""

    def close(self) -> None:
        """Let go of the line."""
