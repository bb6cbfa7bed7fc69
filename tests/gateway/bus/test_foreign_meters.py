"""We don't agree only with ourselves: our gateway reads a foreign meter, and a foreign reader reads our meter role."""

from __future__ import annotations

import asyncio
import os
import select
import threading
import tty
from collections.abc import Iterator
from contextlib import aclosing
from decimal import Decimal
from typing import Any

import pytest
from dlt645.service.clientsvc.client_service import MeterClientService
from dlt645.service.serversvc.server_service import MeterServerService

from gateway.bus.exchange import Timing
from gateway.bus.loop import BusLoop, Poll, PolledDevice
from gateway.clock import Clock
from gateway.drivers.contract import Device
from gateway.drivers.registry import driver_for, load_documents
from gateway.links.contract import Link
from gateway.links.serial_port import SerialLink
from gateway.links.tcp import TcpLink
from models.quantity import Quantity
from tests.ports import own_port

ADDRESS = "202611230007"
_TIMING = Timing(answer_s=20.0, gap_s=2.0, byte_s=0.0, retries=1)


class PtyCable:
    """Two pseudo terminals joined back to back: what is written into one end comes out of the other."""

    def __init__(self) -> None:
        pairs = [os.openpty(), os.openpty()]
        for _, slave in pairs:
            tty.setraw(slave)
        self.ends = [os.ttyname(slave) for _, slave in pairs]
        self._descriptors = [one for pair in pairs for one in pair]
        self._masters = [master for master, _ in pairs]
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._pump, daemon=True)
        self._thread.start()

    def _pump(self) -> None:
        first, second = self._masters
        while not self._ending.is_set():
            for ready in select.select(self._masters, [], [], 0.05)[0]:
                os.write(second if ready == first else first, os.read(ready, 256))

    def close(self) -> None:
        self._ending.set()
        self._thread.join(60)
        for descriptor in self._descriptors:
            os.close(descriptor)


@pytest.fixture
def cable() -> Iterator[PtyCable]:
    one = PtyCable()
    yield one
    one.close()


def foreign(server: Any) -> Any:
    """Give a foreign meter its address and what it shows. It keeps addresses in the order of the wire."""
    server.set_address(bytes.fromhex(ADDRESS)[::-1])
    server.set_00(0x00000000, 8421.37)
    server.set_00(0x00010000, 8421.37)
    server.set_02(0x02030000, 1.2345)
    return server


async def poll_once(link: Link) -> Poll:
    paper = load_documents()["dlt645-2007"]
    asked = {"m-1": PolledDevice(Device("m-1", paper, ADDRESS), driver_for(paper), 60)}
    async with asyncio.timeout(120), aclosing(BusLoop(link, asked, _TIMING, Clock()).polls()) as polls:
        return await anext(polls)
    raise AssertionError("no poll")


def values(poll: Poll) -> dict[Quantity, Decimal | None]:
    return {one.quantity: one.value for one in poll.readings}


async def test_the_gateway_reads_a_foreign_meter_on_a_serial_line(cable: PtyCable) -> None:
    server = foreign(MeterServerService.new_rtu_server(cable.ends[0], 8, 1, 2400, "N", 5.0))
    assert await asyncio.to_thread(server.server.start)
    try:
        poll = await poll_once(SerialLink("bus-1", cable.ends[1], 2400, "E"))
    finally:
        await asyncio.to_thread(server.server.stop)
    assert poll.answered
    assert values(poll)[Quantity.ENERGY] == Decimal("8421.37")
    assert values(poll)[Quantity.POWER] in (Decimal("1.2345"), Decimal("1234.5"))


async def test_the_gateway_reads_a_foreign_meter_behind_a_network_server() -> None:
    port = own_port()
    server = foreign(MeterServerService.new_tcp_server("127.0.0.1", port, 5.0))
    assert await asyncio.to_thread(server.server.start)
    try:
        poll = await poll_once(TcpLink("bus-1", "127.0.0.1", port))
    finally:
        await asyncio.to_thread(server.server.stop)
    assert poll.answered
    assert values(poll)[Quantity.ENERGY] == Decimal("8421.37")


async def test_a_foreign_reader_reads_our_meter_role(meters: Any) -> None:
    meters.electricity["202611230007"] = (842137, 12345)
    client = MeterClientService.new_rtu_client(meters.port, 2400, 8, 1, "N", 20.0)
    # it sends addresses as they are typed; on the wire they go low byte first
    client.set_address(bytes.fromhex(ADDRESS)[::-1].hex())
    assert await asyncio.to_thread(client.connect)
    try:
        energy = await asyncio.to_thread(client.read_00, 0x00010000)
        power = await asyncio.to_thread(client.read_02, 0x02030000)
    finally:
        await asyncio.to_thread(client.disconnect)
    assert energy is not None
    assert power is not None
    assert float(energy.value) == pytest.approx(8421.37)
    assert float(power.value) == pytest.approx(1.2345)
