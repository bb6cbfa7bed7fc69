"""Faults that the vendor can be told to have, so many times, on one path or all. Knows no HTTP."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class FaultError(ValueError):
    """An order for a fault that does not exist."""


class FaultMode(StrEnum):
    """What goes wrong."""

    SERVER_ERROR = "500"
    """HTTP 500; the message is not taken."""
    ERRCODE = "errcode"
    """HTTP 200 whose body says no; the message is not taken."""
    TIMEOUT = "timeout"
    """The message is taken, but no answer comes: whoever retries sends a repeat."""
    NONSENSE = "nonsense"
    """HTTP 200 with a page of HTML, as a proxy's log-in page would be; the message is not taken."""
    SLOW = "slow"
    """The message is taken and the answer comes late."""


@dataclass(slots=True)
class VendorFault:
    """One order: `left` counts down to 0, None goes on until cleared; `path` None means every path."""

    mode: FaultMode
    left: int | None
    path: str | None
    delay_s: float


def read_fault(order: Mapping[str, Any]) -> VendorFault | None:
    """Return the fault ordered, None for `{"mode": "none"}`; raises `FaultError` that names the key."""
    unknown = set(order) - {"mode", "count", "path", "delay_s"}
    if unknown:
        raise FaultError(f"unknown key {min(unknown)}; there are mode, count, path, delay_s")
    mode = order.get("mode")
    if mode == "none":
        return None
    if mode not in list(FaultMode):
        raise FaultError(f"mode must be one of none, {', '.join(FaultMode)}")
    count = order.get("count")
    if count is not None and (isinstance(count, bool) or not isinstance(count, int) or count < 1):
        raise FaultError("count must be a whole number from 1 on, or absent for 'until cleared'")
    path = order.get("path")
    if path is not None and not isinstance(path, str):
        raise FaultError("path must be text, such as /sms/send")
    delay_s = order.get("delay_s", 1.0)
    if isinstance(delay_s, bool) or not isinstance(delay_s, int | float) or not 0 <= delay_s <= 60:
        raise FaultError("delay_s must be a number from 0 to 60")
    return VendorFault(FaultMode(mode), count, path, float(delay_s))


class VendorFaults:
    """The orders in force; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: list[VendorFault] = []

    def order(self, fault: VendorFault | None) -> None:
        """Put a fault in force; None clears all."""
        with self._lock:
            if fault is None:
                self._orders.clear()
            else:
                self._orders.append(fault)

    def next_for(self, path: str) -> VendorFault | None:
        """Return the fault that the next call on `path` has, and count it."""
        with self._lock:
            for fault in self._orders:
                if fault.path in (None, path):
                    if fault.left is not None:
                        fault.left -= 1
                        if fault.left == 0:
                            self._orders.remove(fault)
                    return fault
            return None

    def waiting(self) -> list[dict[str, Any]]:
        """Return the orders in force as plain data."""
        with self._lock:
            return [{"mode": f.mode.value, "count": f.left, "path": f.path, "delay_s": f.delay_s} for f in self._orders]
