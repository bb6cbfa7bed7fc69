"""Pty: a pseudo-terminal pair with a stable name, so that a gateway's configuration can name it like a serial port.

Linux offers no even parity on a pseudo-terminal; whoever opens the port must ask for none.
"""

from __future__ import annotations

import os
import tty
from pathlib import Path


class PtyLine:
    """The meters' end of a serial line. The gateway's end is `path`, a link to the terminal's device.

    The gateway's end is kept open here as well: otherwise the line would vanish whenever the gateway restarts.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        path.symlink_to(os.ttyname(self._slave))

    def fileno(self) -> int:
        """Return the descriptor to wait on for what the gateway says."""
        return self._master

    def read(self) -> bytes:
        """Return what has come; empty if nothing has."""
        try:
            return os.read(self._master, 4096)
        except BlockingIOError:
            return b""

    def write(self, data: bytes) -> int:
        """Say `data` to the gateway and return how much found room; the rest is lost, as on wires nobody listens to."""
        try:
            return os.write(self._master, data)
        except BlockingIOError:
            return 0

    def close(self) -> None:
        """Hang up, and remove the name."""
        os.close(self._master)
        os.close(self._slave)
        self.path.unlink(missing_ok=True)
