"""Modbus electricity: a sub-meter on a serial line, and one behind TCP."""

from __future__ import annotations

import struct
from collections.abc import Callable

from gateway.protocols import modbus
from simulators.people.household import Household
from simulators.people.incidents import MeterKind

_VOLTS = 229.7
_NO_FUNCTION = 1
_NO_REGISTER = 2


class ModbusElectricityMeter:
    """The input registers of an Eastron SDM120, on a serial line.

    Voltage at 0, current at 6, power at 12, imported energy at 72: reals of two registers, high word first.
    """

    def __init__(self, address: str, household: Household) -> None:
        self.address = address
        self._unit = int(address)
        self._household = household
        self._framer = modbus.rtu_framer()
        self._registers: dict[int, Callable[[float], float]] = {
            0: lambda _: _VOLTS,
            6: lambda at: household.power_watts(at) / _VOLTS,
            12: household.power_watts,
            72: lambda at: household.energy_watt_hours(at) / 1000,
        }

    def hear(self, data: bytes, at: float) -> list[bytes]:
        """See `meter.Meter.hear`."""
        heard = [event for event in self._framer.feed(data) if isinstance(event, modbus.Frame)]
        answers = (self._answer(frame, at) for frame in heard)
        return [answer for answer in answers if answer is not None]

    def quiet(self) -> None:
        """See `meter.Meter.quiet`."""
        self._framer.quiet()

    def _answer(self, frame: modbus.Frame, at: float) -> bytes | None:
        if not frame.is_request or frame.unit != self._unit:
            return None
        if not self._household.meter_answers(MeterKind.ELECTRICITY, at):
            return None
        if frame.function != modbus.READ_INPUT:
            return self._refuse(frame, _NO_FUNCTION)
        start, count = struct.unpack(">HH", frame.data)
        words = self._words(start, count, at)
        if words is None:
            return self._refuse(frame, _NO_REGISTER)
        return modbus.encode_rtu(self._unit, frame.function, modbus.answer_data(words))

    def _words(self, start: int, count: int, at: float) -> bytes | None:
        """Return the registers asked for, whole reals only, as the meter itself insists."""
        wanted = range(start, start + count, 2)
        if count == 0 or count % 2 or any(address not in self._registers for address in wanted):
            return None
        return b"".join(struct.pack(">f", self._registers[address](at)) for address in wanted)

    def _refuse(self, frame: modbus.Frame, code: int) -> bytes:
        return modbus.encode_rtu(self._unit, frame.function | modbus.ERROR_BIT, bytes([code]))


class ModbusTcpElectricityMeter:
    """The holding registers of the document `modbus-tcp-template`, behind TCP.

    Energy in 0.01 kWh at 0 (32 bits), power in watts at 4 (32 bits with a sign, low word first).
    """

    def __init__(self, address: str, household: Household) -> None:
        self.address = address
        self._unit = int(address)
        self._household = household
        self._framer = modbus.tcp_framer(from_master=True)

    def hear(self, data: bytes, at: float) -> list[bytes]:
        """See `meter.Meter.hear`."""
        heard = [event for event in self._framer.feed(data) if isinstance(event, modbus.Frame)]
        answers = (self._answer(frame, at) for frame in heard)
        return [answer for answer in answers if answer is not None]

    def quiet(self) -> None:
        """See `meter.Meter.quiet`."""
        self._framer.quiet()

    def _answer(self, frame: modbus.Frame, at: float) -> bytes | None:
        if frame.unit != self._unit or not self._household.meter_answers(MeterKind.ELECTRICITY, at):
            return None
        if frame.function != modbus.READ_HOLDING:
            return self._say(frame, modbus.ERROR_BIT, bytes([_NO_FUNCTION]))
        start, count = struct.unpack(">HH", frame.data)
        table = self._table(at)
        if count == 0 or 2 * (start + count) > len(table):
            return self._say(frame, modbus.ERROR_BIT, bytes([_NO_REGISTER]))
        return self._say(frame, 0, modbus.answer_data(table[2 * start : 2 * (start + count)]))

    def _say(self, frame: modbus.Frame, bit: int, data: bytes) -> bytes:
        return modbus.encode_tcp(frame.transaction, self._unit, frame.function | bit, data)

    def _table(self, at: float) -> bytes:
        energy = int(self._household.energy_watt_hours(at) / 10) % 2**32
        power = struct.pack(">i", int(self._household.power_watts(at)))
        return struct.pack(">I", energy) + bytes(4) + power[2:] + power[:2]
