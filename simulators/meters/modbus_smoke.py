"""Modbus smoke relay: a module whose first discrete input is closed while a smoke detector howls."""

from __future__ import annotations

import struct
from collections.abc import Callable

from gateway.protocols import modbus

_NO_FUNCTION, _NO_ADDRESS = 1, 2


class ModbusSmokeRelay:
    """One module at unit `address` on a serial line; `closed` says how its one input is."""

    def __init__(self, address: str, closed: Callable[[], bool]) -> None:
        self.address = address
        self._unit = int(address)
        self._closed = closed
        self._framer = modbus.rtu_framer()

    def hear(self, data: bytes, at: float) -> list[bytes]:
        """See `meter.Meter.hear`."""
        heard = [event for event in self._framer.feed(data) if isinstance(event, modbus.Frame)]
        return [self._answer(frame) for frame in heard if frame.is_request and frame.unit == self._unit]

    def quiet(self) -> None:
        """See `meter.Meter.quiet`."""
        self._framer.quiet()

    def _answer(self, frame: modbus.Frame) -> bytes:
        if frame.function != modbus.READ_DISCRETE:
            return self._refuse(frame, _NO_FUNCTION)
        if struct.unpack(">HH", frame.data) != (0, 1):
            return self._refuse(frame, _NO_ADDRESS)
        return modbus.encode_rtu(self._unit, frame.function, modbus.answer_data(bytes([self._closed()])))

    def _refuse(self, frame: modbus.Frame, code: int) -> bytes:
        return modbus.encode_rtu(self._unit, frame.function | modbus.ERROR_BIT, bytes([code]))
