"""Serial port: pyserial sets the line up, the event loop reads and writes the descriptor without a thread."""

from __future__ import annotations

import asyncio
import os
import termios
from contextlib import suppress
from glob import has_magic
from pathlib import Path

import serial

from gateway.links.buffer import Incoming
from gateway.links.contract import LinkDownError

_PARITIES = {"E": serial.PARITY_EVEN, "N": serial.PARITY_NONE, "O": serial.PARITY_ODD}
_WRITE_S = 5.0


class SerialLink:
    """One serial port, 8 data bits, 1 stop bit, opened for us alone.

    `port` may be a link or a pattern such as /dev/serial/by-id/*FT232*: what it means is found out anew at each open.
    """

    def __init__(self, name: str, port: str, baud: int, parity: str) -> None:
        self.name = name
        self._wanted = port
        self._port = Path(port)
        self._baud = baud
        self._parity = parity
        self._serial: serial.Serial | None = None
        self._incoming = Incoming()

    async def open(self) -> None:
        """Open the port; raises `LinkDownError`. A pseudo terminal that can't do parity is opened without it."""
        self.close()
        self._port = find_port(self._wanted)
        try:
            self._serial = self._open(self._parity)
        except (termios.error, ValueError) as error:
            # Linux refuses parity on pseudo terminals, now and then; they have no wire on which it could matter
            if not is_pseudo_terminal(self._port):
                raise LinkDownError(f"{self._port}: can't be set to {self._baud} 8{self._parity}1: {error}") from error
            self._serial = self._open("N")
        except (serial.SerialException, OSError) as error:
            raise LinkDownError(_reason(self._port, error)) from error
        os.set_blocking(self._serial.fd, False)
        with suppress(OSError, ValueError, NotImplementedError, AttributeError):
            # adapters hold bytes back for 16 ms unless told not to; those that can't be told are used as they are
            self._serial.set_low_latency_mode(True)
        self._incoming = Incoming()
        asyncio.get_running_loop().add_reader(self._serial.fd, self._on_readable)

    def _open(self, parity: str) -> serial.Serial:
        try:
            return serial.Serial(
                port=str(self._port), baudrate=self._baud, parity=_PARITIES[parity], timeout=0, exclusive=True
            )
        except serial.SerialException as error:
            cause = error.__context__
            if isinstance(cause, termios.error):
                raise cause from error
            raise

    def _on_readable(self) -> None:
        port = self._serial
        if port is None:
            return
        try:
            data = os.read(port.fd, 4096)
        except BlockingIOError:
            return
        except OSError as error:
            self._fail(_reason(self._port, error))
            return
        if data:
            self._incoming.put(data)
        else:
            self._fail(f"{self._port}: unplugged")

    def _fail(self, reason: str) -> None:
        self._incoming.fail(reason)
        if self._serial is not None:
            asyncio.get_running_loop().remove_reader(self._serial.fd)

    async def write(self, data: bytes) -> None:
        """Send all of `data`; raises `LinkDownError`."""
        port = self._serial
        if port is None:
            raise LinkDownError(f"{self._port}: not open")
        try:
            async with asyncio.timeout(_WRITE_S):
                while data:
                    data = data[await _write_some(port.fd, data) :]
        except TimeoutError as error:
            raise LinkDownError(f"{self._port}: takes no bytes") from error
        except OSError as error:
            raise LinkDownError(_reason(self._port, error)) from error

    async def read(self, timeout_s: float) -> bytes:
        """Return what has come."""
        return await self._incoming.read(timeout_s)

    def tune(self, baud: int, parity: str) -> None:
        """Set the speed; a pseudo terminal has none."""
        if (baud, parity) == (self._baud, self._parity):
            return
        self._baud, self._parity = baud, parity
        if self._serial is None or is_pseudo_terminal(self._port):
            return
        try:
            self._serial.parity = _PARITIES[parity]
            self._serial.baudrate = baud
        except (termios.error, ValueError, OSError) as error:
            raise LinkDownError(f"{self._port}: can't be set to {baud} 8{parity}1: {error}") from error

    def discard(self) -> bytes:
        """Return and forget what has come unasked."""
        return self._incoming.take()

    def close(self) -> None:
        """Close the port."""
        port, self._serial = self._serial, None
        if port is not None:
            asyncio.get_running_loop().remove_reader(port.fd)
            port.close()


async def _write_some(fd: int, data: bytes) -> int:
    try:
        return os.write(fd, data)
    except BlockingIOError:
        await asyncio.sleep(0.005)
        return 0


def find_port(wanted: str) -> Path:
    """Return the port that a path or pattern means now; raises `LinkDownError` unless it is exactly one."""
    if not has_magic(wanted):
        return Path(wanted)
    start = Path(Path(wanted).anchor)
    found = sorted(str(path) for path in start.glob(str(Path(wanted).relative_to(start))))
    if len(found) == 1:
        return Path(found[0])
    if not found:
        raise LinkDownError(f"{wanted}: no port fits this pattern; is the adapter plugged in?")
    raise LinkDownError(f"{wanted}: {len(found)} ports fit ({', '.join(found)}); write a pattern that only one fits")


def opening_fault(port: Path) -> str | None:
    """Open the port for a moment and return why that can't be done, None if it can."""
    try:
        serial.Serial(str(port), exclusive=True).close()
    except (serial.SerialException, OSError, ValueError) as error:
        return str(error)
    return None


def is_pseudo_terminal(port: Path) -> bool:
    """Whether the port is a program's and not a wire's."""
    return os.path.realpath(port).startswith("/dev/pts/")


def _reason(port: Path, error: OSError) -> str:
    if not port.exists():
        return f"{port}: is not there; is the adapter plugged in?"
    if isinstance(error, PermissionError) or "Permission" in str(error):
        return f"{port}: no right to open it; add the gateway's user to the group dialout"
    return f"{port}: {error}"
