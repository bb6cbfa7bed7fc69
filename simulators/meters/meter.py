"""Meter: what a bus knows of whatever hangs on it."""

from __future__ import annotations

from typing import Protocol


class SimulatedMeter(Protocol):
    """Something on a shared line that hears everything and speaks only when it is meant."""

    @property
    def address(self) -> str:
        """The address printed on it."""

    def hear(self, data: bytes, at: float) -> list[bytes]:
        """Take bytes from the line at the (virtual) time `at` and return the frames it answers with, mostly none."""

    def quiet(self) -> None:
        """The line has been silent: a half-heard frame will not be completed."""
