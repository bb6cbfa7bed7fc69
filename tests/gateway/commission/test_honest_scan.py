"""A scan calls nothing a good device that is not proven to be one: no template, no exception, no filler, no guess."""

from __future__ import annotations

import asyncio
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pymodbus.framer import FramerRTU, FramerType
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from gateway.__main__ import main
from gateway.config.catalogue import load_settings
from gateway.drivers import registry
from gateway.drivers.document import Document
from simulators.meters.electricity import ElectricityMeter
from simulators.meters.modbus_electricity import ModbusElectricityMeter
from simulators.meters.modbus_smoke import ModbusSmokeRelay
from simulators.people.household import Household

Answering = Callable[..., None]
ZONE = ZoneInfo("Asia/Shanghai")
HOUSEHOLD = Household("scan", ZONE, date(2026, 11, 23))
PATIENT = ["--answer-ms", "1000"]
BITS = [SimData(address=0, values=[False] * 16, datatype=DataType.BITS)]
SEVENS = [SimData(address=0, values=[7] * 100, datatype=DataType.REGISTERS)]


def reals(*rows: tuple[int, float]) -> list[SimData]:
    return [SimData(address=at, values=value, datatype=DataType.FLOAT32) for at, value in rows]


METER = reals((0, 230.5), (12, 1500.0), (72, 1234.5))


@contextmanager
def in_a_thread() -> Iterator[asyncio.AbstractEventLoop]:
    """Run a loop in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield loop
    finally:

        async def end() -> None:
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
            await asyncio.sleep(0)

        asyncio.run_coroutine_threadsafe(end(), loop).result(60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(60)
        loop.close()


@contextmanager
def foreign_server(unit: int, holding: list[SimData], inputs: list[SimData], framing: FramerType) -> Iterator[int]:
    """A foreign library's server with one device; unit 0 stands for every number. Gives the port."""
    with in_a_thread() as loop:

        async def begin() -> ModbusTcpServer:
            device = SimDevice(id=unit, simdata=(BITS, BITS, holding, inputs))
            server = ModbusTcpServer(device, framer=framing, address=("127.0.0.1", 0))
            await server.serve_forever(background=True)
            return server

        server = asyncio.run_coroutine_threadsafe(begin(), loop).result(60)
        assert server.transport is not None
        yield server.transport.sockets[0].getsockname()[1]
        asyncio.run_coroutine_threadsafe(server.shutdown(), loop).result(60)


@contextmanager
def refusing_server(code: int) -> Iterator[int]:
    """A gateway that answers for every unit, and always with the same exception. Gives the port."""
    with in_a_thread() as loop:

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while data := await reader.read(12):
                writer.write(data[:4] + b"\x00\x03" + data[6:7] + bytes([data[7] | 0x80, code]))
            writer.close()

        async def begin() -> asyncio.Server:
            return await asyncio.start_server(answer, "127.0.0.1", 0)

        server = asyncio.run_coroutine_threadsafe(begin(), loop).result(60)
        yield server.sockets[0].getsockname()[1]
        loop.call_soon_threadsafe(server.close)


def scan(line: str, out: Path, *more: str) -> tuple[int, dict[str, str], str]:
    """Scan and return the exit code, what is declared (address → document), and the whole text."""
    code = main(["scan", "--line", line, "--out", str(out), *more])
    settings, _ = load_settings(out)
    return code, {one.address or "": one.document for one in settings.devices}, out.read_text(encoding="utf-8")


def test_a_server_that_says_7_to_everything_is_no_meter_and_no_template_is_ever_written(tmp_path: Path) -> None:
    with foreign_server(5, SEVENS, SEVENS, FramerType.SOCKET) as port:
        code, found, text = scan(f"tcp://127.0.0.1:{port}", tmp_path / "f.toml", "--modbus-tcp", "--units", "8")
    assert (code, found) == (0, {})
    assert "# modbus-tcp 5: what it shows proves no document" in text
    assert "template" not in text
    assert text.count("[[devices]]") == text.count("# [[devices]]") == 1


def test_whole_numbers_that_read_as_tiny_reals_make_no_electricity_meter(tmp_path: Path, answering: Answering) -> None:
    """230 V as 00EA 01F4 and so on: some other device with input registers."""
    answering(Table("5", {n: word for n in range(0, 100, 2) for n, word in ((n, 0x00EA), (n + 1, 0x01F4))}))
    _, found, text = scan("a-line", tmp_path / "f.toml", "--protocol", "modbus", "--baud", "9600", "--units", "8")
    assert found == {}
    assert "# modbus-rtu 5: no device document reads it" in text


@pytest.mark.parametrize("code", [0x0A, 0x0B, 0x04])
def test_exceptions_of_a_gateway_are_nobody(tmp_path: Path, code: int) -> None:
    with refusing_server(code) as port:
        said, found, text = scan(f"tcp://127.0.0.1:{port}", tmp_path / "f.toml", "--modbus-tcp", "--units", "12")
    assert (said, found) == (1, {})
    assert "devices" not in text


def test_a_device_that_refuses_a_register_is_somebody(tmp_path: Path) -> None:
    with refusing_server(0x02) as port:
        said, found, text = scan(f"tcp://127.0.0.1:{port}", tmp_path / "f.toml", "--modbus-tcp", "--units", "12")
    assert (said, found) == (0, {})
    assert text.count("# [[devices]]") == 1, "it answers to every unit, so it is one"


def test_a_server_that_does_not_look_at_the_unit_is_one_device(tmp_path: Path) -> None:
    with foreign_server(0, SEVENS, METER, FramerType.SOCKET) as port:
        _, found, text = scan(f"tcp://127.0.0.1:{port}", tmp_path / "f.toml", "--modbus-tcp", "--units", "30")
    assert found == {"1": "eastron-sdm120"}
    assert text.count("[[devices]]") == 1


@pytest.mark.parametrize("declared", [True, False], ids=["the line says tcp", "found out by trying"])
def test_a_map_written_for_a_serial_line_is_found_and_read_behind_a_modbus_tcp_gateway(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], declared: bool
) -> None:
    out = tmp_path / "f.toml"
    with foreign_server(3, SEVENS, METER, FramerType.SOCKET) as port:
        _, found, text = scan(f"tcp://127.0.0.1:{port}", out, "--modbus-tcp", "--units", "4")
        assert found == {"3": "eastron-sdm120"}
        assert 'modbus = "tcp"' in text
        out.write_text(text if declared else text.replace('modbus = "tcp"\n', ""), encoding="utf-8")
        assert main(["check-config", "--config", str(out)]) == 0
        capsys.readouterr()
        assert main(["probe", "d-001", "--config", str(out)]) == 0
    assert '"quantity": "voltage", "value": "230.5", "unit": "V", "quality": "good"' in capsys.readouterr().out


def test_a_map_written_for_modbus_tcp_is_read_through_a_server_that_passes_bytes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    holding = [
        SimData(address=0, values=123456, datatype=DataType.INT32),
        SimData(address=2, values=[0, 0, 0xFF9C, 0xFFFF], datatype=DataType.REGISTERS),
    ]
    with foreign_server(1, holding, SEVENS, FramerType.RTU) as port:
        (tmp_path / "g.toml").write_text(
            f'[gateway]\nid = "gw-1"\n[[lines]]\nname = "b"\nkind = "tcp"\nhost = "127.0.0.1"\ntcp_port = {port}\n'
            'modbus = "rtu"\n[[homes]]\nid = "h"\n[[devices]]\nid = "d-001"\nhome = "h"\nline = "b"\n'
            'document = "modbus-tcp-template"\naddress = "1"\n'
        )
        assert main(["probe", "d-001", "--config", str(tmp_path / "g.toml")]) == 0
    assert '"quantity": "energy", "value": "1234.56"' in capsys.readouterr().out


class Table:
    """A device of no known kind: its input and holding registers are the same; others it refuses.

    `later` is what it shows from the second time on.
    """

    def __init__(self, address: str, words: dict[int, int], later: dict[int, int] | None = None) -> None:
        self.address = address
        self._words = words
        self._later = words if later is None else later
        self._asked: dict[bytes, int] = {}

    def hear(self, data: bytes, at: float) -> list[bytes]:
        if len(data) != 8 or data[0] != int(self.address) or data[1] not in (3, 4):
            return []
        times = self._asked.get(data, 0)
        self._asked[data] = times + 1
        start, count = struct.unpack(">HH", data[2:6])
        words = self._later if times else self._words
        if any(n not in words for n in range(start, start + count)):
            return [_with_crc(bytes([data[0], data[1] | 0x80, 2]))]
        content = b"".join(words[n].to_bytes(2, "big") for n in range(start, start + count))
        return [_with_crc(bytes([data[0], data[1], len(content)]) + content)]

    def quiet(self) -> None:
        pass


def _with_crc(body: bytes) -> bytes:
    return body + FramerRTU.compute_CRC(body).to_bytes(2, "big")


def words(**values: float) -> dict[int, int]:
    """Registers of an electricity meter with reals, and zeros between."""
    table = dict.fromkeys(range(100), 0)
    for at, value in ((0, values["volts"]), (12, values["watts"]), (72, values["kilowatt_hours"])):
        table[at], table[at + 1] = struct.unpack(">HH", struct.pack(">f", value))
    return table


GOOD = {"volts": 230.5, "watts": 1500.0, "kilowatt_hours": 1234.5}
MODBUS = ["--protocol", "modbus", "--baud", "9600", "--parity", "N", "--units", "8"]


def test_a_meter_that_makes_sense_twice_is_found(tmp_path: Path, answering: Answering) -> None:
    answering(Table("5", words(**GOOD), words(**{**GOOD, "watts": 20.0, "kilowatt_hours": 1234.51})))
    _, found, _ = scan("a-line", tmp_path / "f.toml", *MODBUS)
    assert found == {"5": "eastron-sdm120"}


@pytest.mark.parametrize(
    ("first", "later"),
    [
        ({"volts": 2.0}, {}),
        ({"volts": 5000.0}, {}),
        ({"watts": 458759.0}, {}),
        ({"kilowatt_hours": -3.0}, {}),
        ({"kilowatt_hours": 4e9}, {}),
        ({"watts": 1e-30}, {}),
        ({}, {"kilowatt_hours": 1234.0}),
        ({}, {"kilowatt_hours": 1300.0}),
        ({}, {"volts": 120.0}),
        ({}, {"watts": 1e12}),
        (
            {"volts": 230.5, "watts": 230.5, "kilowatt_hours": 230.5},
            {"volts": 230.5, "watts": 230.5, "kilowatt_hours": 230.5},
        ),
    ],
    ids=lambda row: ",".join(f"{key}={value:g}" for key, value in row.items()) or "good",
)
def test_what_no_meter_shows_or_what_changes_its_mind_is_not_written_as_good(
    tmp_path: Path, answering: Answering, first: dict[str, float], later: dict[str, float]
) -> None:
    answering(Table("5", words(**{**GOOD, **first}), words(**{**GOOD, **first, **later})))
    _, found, text = scan("a-line", tmp_path / "f.toml", *MODBUS)
    assert found == {}
    assert "# modbus-rtu 5: " in text


def test_where_two_documents_fit_both_are_written_and_neither_counts(
    tmp_path: Path, answering: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers = registry.load_documents()
    twin = replace_name(papers["eastron-sdm120"], "its-twin")
    monkeypatch.setattr("gateway.commission.scan.load_documents", lambda: {**papers, "its-twin": twin})
    answering(ModbusElectricityMeter("3", HOUSEHOLD))
    code, found, text = scan("a-line", tmp_path / "f.toml", *MODBUS)
    assert (code, found) == (0, {})
    assert '# document = "eastron-sdm120"' in text
    assert '# document = "its-twin"' in text
    assert "several documents read it: eastron-sdm120, its-twin" in text


def replace_name(paper: Document, name: str) -> Document:
    return Document(**{**{field: getattr(paper, field) for field in paper.__struct_fields__}, "name": name})


def test_a_single_bit_proves_no_smoke_detector(tmp_path: Path, answering: Answering) -> None:
    answering(ModbusSmokeRelay("4", lambda: False))
    _, found, text = scan("a-line", tmp_path / "f.toml", *MODBUS)
    assert found == {}
    assert '# document = "modbus-smoke-relay"' in text


class Mute(ElectricityMeter):
    """It says who it is, and nothing that it measures."""

    def hear(self, data: bytes, at: float) -> list[bytes]:
        return super().hear(data, at) if b"\x68\x13\x00" in data else []


def test_a_meter_that_says_who_it_is_and_nothing_else_is_told_and_not_called_good(
    tmp_path: Path, answering: Answering
) -> None:
    answering(Mute("000000000011", HOUSEHOLD, ZONE))
    _, found, text = scan("a-line", tmp_path / "f.toml", "--protocol", "dlt645", "--baud", "2400", "--parity", "E")
    assert found == {}
    assert '# document = "dlt645-2007"' in text
