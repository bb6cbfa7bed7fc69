"""Time service: whether the system says that its clock is set by one. The kernel knows it, whichever service runs.

A clock that is set by hand loses the kernel's word; a service that sets it gives the word anew. Where the kernel can't
be asked, the mark that systemd's own service leaves is looked at.
"""

from __future__ import annotations

import ctypes
from pathlib import Path

_UNSYNCED = 0x40
"""STA_UNSYNC of <sys/timex.h>."""
_ROOM = 512
"""Bytes for a `struct timex`, which has 208."""
_MARK = Path("/run/systemd/timesync/synchronized")
_LIBRARY = ctypes.CDLL(None, use_errno=True)


class _Timex(ctypes.Structure):
    """The beginning of `struct timex`: with `modes` 0 it is only read."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * _ROOM),
    )


def is_synced() -> bool | None:
    """Return whether a time service vouches for the system's clock, None where the system does not tell."""
    ask = getattr(_LIBRARY, "adjtimex", None)
    if ask is not None:
        said = _Timex()
        if ask(ctypes.byref(said)) >= 0:
            return not said.status & _UNSYNCED
    return True if _MARK.exists() else None
