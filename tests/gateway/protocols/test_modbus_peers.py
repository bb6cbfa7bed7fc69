"""Modbus beside a foreign library: its frames are ours, its server is read by our driver, its client reads ours."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pymodbus.framer import FramerRTU, FramerSocket, FramerType
from pymodbus.pdu import DecodePDU
from pymodbus.pdu.register_message import ReadHoldingRegistersRequest, ReadInputRegistersResponse
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from gateway.drivers import registry
from gateway.drivers.contract import Device, DeviceAnswer
from gateway.protocols import modbus

AT = datetime(2026, 11, 23, tzinfo=UTC)
PAPERS = registry.load_documents()


def test_our_questions_are_those_of_a_foreign_library() -> None:
    theirs = ReadHoldingRegistersRequest(address=0x6B, count=3, dev_id=0x11)
    ours = modbus.encode_rtu(0x11, modbus.READ_HOLDING, modbus.read_data(0x6B, 3))
    assert FramerRTU(DecodePDU(True)).buildFrame(theirs) == ours
    theirs.transaction_id = 7
    assert FramerSocket(DecodePDU(True)).buildFrame(theirs) == modbus.encode_tcp(
        7, 0x11, modbus.READ_HOLDING, modbus.read_data(0x6B, 3)
    )


def test_our_answers_are_read_by_a_foreign_library() -> None:
    content = struct.pack(">f", 230.2)
    wire = modbus.encode_rtu(1, modbus.READ_INPUT, modbus.answer_data(content))
    used, pdu = FramerRTU(DecodePDU(False)).handleFrame(wire, 1, 0)
    assert used == len(wire)
    assert isinstance(pdu, ReadInputRegistersResponse)
    assert pdu.registers == list(struct.unpack(">HH", content))


@pytest.fixture(params=[FramerType.SOCKET, FramerType.RTU])
async def server(request: pytest.FixtureRequest) -> AsyncIterator[tuple[FramerType, int]]:
    """A foreign meter as unit 1: 230.5 V, 1500 W and 1234.5 kWh as reals, and 123456 counts in holding registers."""
    reals = [(0, 230.5), (12, 1500.0), (72, 1234.5)]
    inputs = [SimData(address=at, values=value, datatype=DataType.FLOAT32) for at, value in reals]
    holding = [
        SimData(address=0, values=123456, datatype=DataType.INT32),
        SimData(address=2, values=[0, 0, 0xFF9C, 0xFFFF], datatype=DataType.REGISTERS),
    ]
    bits = [SimData(address=0, values=[False] * 16, datatype=DataType.BITS)]
    device = SimDevice(id=1, simdata=(bits, bits, holding, inputs))
    meter = ModbusTcpServer(device, framer=request.param, address=("127.0.0.1", 0))
    await meter.serve_forever(background=True)
    assert meter.transport is not None
    port = meter.transport.sockets[0].getsockname()[1]
    yield request.param, port
    await meter.shutdown()


async def _asked(port: int, device: Device) -> list[tuple[str, str]]:
    """Ask a foreign server everything that the document asks for, through our driver and framer."""
    driver = registry.driver_for(device.document)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    said = []
    for request in driver.requests(device, serial=3):
        framer = driver.framer()
        writer.write(request.payload)
        frames: list[Any] = []
        while not frames:
            frames = framer.feed(await asyncio.wait_for(reader.read(300), 60))
        answer = driver.interpret(device, request, frames[0], AT)
        assert isinstance(answer, DeviceAnswer), answer
        said += [(reading.quantity.value, f"{reading.value:f}") for reading in answer.readings]
    writer.close()
    await writer.wait_closed()
    return said


async def test_our_driver_reads_a_foreign_meter(server: tuple[FramerType, int]) -> None:
    framing, port = server
    if framing is FramerType.RTU:
        said = await _asked(port, Device("e", PAPERS["eastron-sdm120"], "1"))
        assert said == [("voltage", "230.5"), ("power", "1500"), ("energy", "1234.5")]
    else:
        said = await _asked(port, Device("e", PAPERS["modbus-tcp-template"], "1"))
        assert said == [("energy", "1234.56"), ("power", "-100")]
