"""Meters of the other protocols: read by foreign libraries and by our drivers, and quiet when not meant."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import meterbus
import pymbusparser
import pytest
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU
from pymodbus.pdu.bit_message import ReadDiscreteInputsRequest
from pymodbus.pdu.register_message import ReadInputRegistersRequest

from gateway.bus.exchange import Exchange, Finished, Send, Timing
from gateway.drivers import registry
from gateway.drivers.contract import Device, DeviceAnswer, Request
from simulators.meters.cjt_meters import GasMeter, HeatMeter, HotWaterMeter, WaterMeter
from simulators.meters.electricity import ElectricityMeter
from simulators.meters.electricity_1997 import ElectricityMeter1997
from simulators.meters.mbus_meters import MbusElectricityMeter, MbusGasMeter, MbusHeatMeter, MbusWaterMeter
from simulators.meters.meter import SimulatedMeter
from simulators.meters.modbus_electricity import ModbusElectricityMeter, ModbusTcpElectricityMeter
from simulators.meters.modbus_smoke import ModbusSmokeRelay
from simulators.people.household import Household
from simulators.people.incidents import Incident, IncidentKind, MeterKind

ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=ZONE).timestamp()
PAPERS = registry.load_documents()
SELECT = "68 0B 0B 68 53 FD 52 78 56 34 12 FF FF FF FF B2 16"
"""The documentation's selection of meter 12345678, wildcards for the rest."""


def household(*incidents: Incident) -> Household:
    return Household("3/h-001", ZONE, date(2026, 11, 22), incidents)


def water(*, telegrams: int = 1, number: str = "12345678", primary: int = 5) -> MbusWaterMeter:
    return MbusWaterMeter(primary, number, household(), ZONE, telegrams=telegrams)


def polled(meters: list[SimulatedMeter], device: Device) -> dict[str, Decimal | None]:
    """Ask the meters of one line through the exchange of the bus, and return what the readings say."""
    driver = registry.driver_for(device.document)
    said: dict[str, Decimal | None] = {}
    now = 0.0
    for request in driver.requests(device):
        exchange = Exchange(driver, device, request, Timing(retries=0))
        step = exchange.start(now)
        while not isinstance(step, Finished):
            if isinstance(step, Send):
                answers = [answer for meter in meters for answer in meter.hear(step.payload, NOON)]
                now += 0.1
                step = exchange.feed(b"".join(answers), now, datetime.fromtimestamp(NOON, UTC))
                continue
            now = max(now, step.until)
            step = exchange.wake(now, datetime.fromtimestamp(NOON, UTC))
        said |= {reading.quantity.value: reading.value for reading in step.readings}
    return said


def ask(meter: SimulatedMeter, text: str, at: float = NOON) -> list[bytes]:
    return meter.hear(bytes.fromhex(text), at)


@pytest.mark.parametrize("telegrams", [1, 2])
@pytest.mark.parametrize("address", ["5", "12345678", "1234567865320107"])
def test_our_driver_reads_an_mbus_meter_by_both_addresses_in_one_or_two_telegrams(address: str, telegrams: int) -> None:
    neighbours: list[SimulatedMeter] = [water(number="87654321", primary=6), water(telegrams=telegrams)]
    said = polled(neighbours, Device("w", PAPERS["mbus-water"], address))
    assert said["water_volume"] == Decimal(int(household().water_litres(NOON))).scaleb(-3)
    local = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    assert said["meter_clock"] == int(local.timestamp())


def test_a_foreign_library_reads_the_electricity_meter_with_its_voltage() -> None:
    meter = MbusElectricityMeter(5, "12345678", household(), ZONE)
    (answer,) = ask(meter, "10 7B 05 80 16")
    said = pymbusparser.parse(answer)
    assert said["meter"]["identity"]["device_type_code"] == 2
    values = {record["quantities"][0]: record["value"]["value"] for record in said["records"][:3]}
    assert values == {
        "Energy": str(int(household().energy_watt_hours(NOON))),
        "Power": str(int(household().power_watts(NOON))),
        "Voltage": "229.7",
    }


def test_a_foreign_library_reads_our_mbus_meter() -> None:
    meter = water()
    assert ask(meter, "10 40 05 45 16") == [b"\xe5"]
    (answer,) = ask(meter, "10 7B 05 80 16")
    records = meterbus.load(answer).records
    assert float(records[0].value) * 1000 == pytest.approx(int(household().water_litres(NOON)))
    assert records[0].unit == "m^3"


def test_the_same_count_bit_asks_for_the_same_telegram_again() -> None:
    meter = water(telegrams=2)
    ask(meter, "10 40 05 45 16")
    first, again = ask(meter, "10 7B 05 80 16"), ask(meter, "10 7B 05 80 16")
    second = ask(meter, "10 5B 05 60 16")
    assert first[0][19:-2] == again[0][19:-2]
    assert second[0][19:-2] != first[0][19:-2]


def test_a_meter_that_was_not_selected_does_not_speak_for_another() -> None:
    meter = water(number="87654321")
    assert ask(meter, SELECT) == []
    assert ask(meter, "10 7B FD 78 16") == []
    selected = water()
    assert ask(selected, SELECT) == [b"\xe5"]
    assert len(ask(selected, "10 7B FD 78 16")) == 1


def test_an_mbus_meter_has_one_or_two_telegrams() -> None:
    with pytest.raises(ValueError, match="telegrams = 3"):
        water(telegrams=3)


def test_a_foreign_library_asks_our_modbus_meter_and_reads_its_answer() -> None:
    meter = ModbusElectricityMeter("1", household())
    framer = FramerRTU(DecodePDU(False))
    (answer,) = meter.hear(framer.buildFrame(ReadInputRegistersRequest(address=0, count=2, dev_id=1)), NOON)
    _, pdu = framer.handleFrame(answer, 1, 0)
    assert pdu is not None
    assert pdu.registers == [0x4365, 0xB333]  # 229.7 as a real, counted by hand


def test_our_driver_reads_our_modbus_meter() -> None:
    said = polled([ModbusElectricityMeter("1", household())], Device("e", PAPERS["eastron-sdm120"], "1"))
    assert said["power"] is not None
    assert float(said["power"]) == pytest.approx(household().power_watts(NOON), rel=1e-5)
    assert said["energy"] is not None
    assert float(said["energy"]) == pytest.approx(household().energy_watt_hours(NOON) / 1000, rel=1e-5)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("01 04 00 02 00 02 D0 0B", "01 84 02 C2 C1"),
        ("01 03 00 00 00 02 C4 0B", "01 83 01 80 F0"),
        ("02 04 00 00 00 02 71 F8", None),
    ],
    ids=["a register it does not have", "a function it does not have", "another unit"],
)
def test_a_modbus_meter_refuses_what_it_does_not_have(question: str, answer: str | None) -> None:
    said = ask(ModbusElectricityMeter("1", household()), question)
    assert said == ([] if answer is None else [bytes.fromhex(answer)])


@pytest.mark.parametrize("closed", [False, True])
def test_a_foreign_library_and_our_driver_read_a_smoke_relay(closed: bool) -> None:
    relay = ModbusSmokeRelay("1", lambda: closed)
    framer = FramerRTU(DecodePDU(False))
    (answer,) = relay.hear(framer.buildFrame(ReadDiscreteInputsRequest(address=0, count=1, dev_id=1)), NOON)
    _, pdu = framer.handleFrame(answer, 1, 0)
    assert pdu is not None
    assert pdu.bits[0] is closed
    assert polled([relay], Device("s", PAPERS["modbus-smoke-relay"], "1"))["smoke"] == Decimal(closed)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("01 04 00 00 00 01 31 CA", "01 84 01 82 C0"),
        ("01 02 00 01 00 01 E8 0A", "01 82 02 C1 61"),
        ("02 02 00 00 00 01 B9 F9", None),
    ],
    ids=["a function it does not have", "an input it does not have", "another unit"],
)
def test_a_smoke_relay_refuses_what_it_does_not_have(question: str, answer: str | None) -> None:
    said = ask(ModbusSmokeRelay("1", lambda: True), question)
    assert said == ([] if answer is None else [bytes.fromhex(answer)])


def test_our_driver_reads_our_meter_of_1997() -> None:
    meter = ElectricityMeter1997("003411001043", household(), ZONE)
    said = polled([meter], Device("e", PAPERS["dlt645-1997"], "003411001043"))
    assert said["energy"] == Decimal(int(household().energy_watt_hours(NOON) / 10)).scaleb(-2)


def test_the_meter_of_1997_answers_in_the_bytes_of_its_standard() -> None:
    meter = ElectricityMeter1997("003411001043", household(), ZONE)
    (answer,) = ask(meter, "68 43 10 00 11 34 00 68 01 02 44 E9 98 16")
    assert answer.hex(" ").upper() == "FE FE FE FE 68 43 10 00 11 34 00 68 81 04 44 E9 63 35 B2 16"
    (refusal,) = ask(meter, "68 43 10 00 11 34 00 68 01 02 32 32 CF 16")
    assert refusal[4:].hex(" ").upper().startswith("68 43 10 00 11 34 00 68 C1 01 35")
    assert ask(meter, "68 44 10 00 11 34 00 68 01 02 44 E9 99 16") == []


HOME = household()
LITRES, WATT_HOURS = HOME.water_litres(NOON), HOME.energy_watt_hours(NOON)
CJT, DLT, BUS = "78330011223344", "003411001043", "12345678"


def whole(amount: float, places: int, per_step: float = 1.0) -> Decimal:
    """Return what a register of so many decimals shows that moves by whole steps."""
    return Decimal(int(amount / per_step)).scaleb(-places)


PLAYED: dict[str, tuple[SimulatedMeter, str, str, Decimal]] = {
    # document: the meter, how it is asked, what it counts, and what the register must show
    "cjt188-2004": (WaterMeter(CJT, HOME, ZONE), CJT, "water_volume", whole(LITRES, 2, 10)),
    "cjt188-2018": (WaterMeter(CJT, HOME, ZONE), CJT, "water_volume", whole(LITRES, 2, 10)),
    "cjt188-2004-hot": (HotWaterMeter(CJT, HOME, ZONE, 1), CJT, "water_volume", whole(LITRES * 0.35, 0)),
    "cjt188-2004-gas": (GasMeter(CJT, HOME, ZONE), CJT, "gas_volume", whole(WATT_HOURS * 0.02, 2, 10)),
    "cjt188-2004-heat": (HeatMeter(CJT, HOME, ZONE), CJT, "heat_energy", whole(LITRES * 25, 2, 10)),
    "cjt188-2018-heat": (HeatMeter(CJT, HOME, ZONE, 2018), CJT, "heat_energy", whole(LITRES * 25, 2, 10)),
    "dlt645-2007": (ElectricityMeter(DLT, HOME, ZONE), DLT, "energy", whole(WATT_HOURS, 2, 10)),
    "dlt645-1997": (ElectricityMeter1997(DLT, HOME, ZONE), DLT, "energy", whole(WATT_HOURS, 2, 10)),
    "mbus-water": (MbusWaterMeter(5, BUS, HOME, ZONE), BUS, "water_volume", whole(LITRES, 3)),
    "mbus-electricity": (MbusElectricityMeter(5, BUS, HOME, ZONE), "5", "energy", whole(WATT_HOURS, 0)),
    "mbus-heat": (MbusHeatMeter(5, BUS, HOME, ZONE), "5", "heat_energy", whole(LITRES * 25, 0)),
    "mbus-gas": (MbusGasMeter(5, BUS, HOME, ZONE), BUS, "gas_volume", whole(WATT_HOURS * 0.02, 3)),
    "eastron-sdm120": (ModbusElectricityMeter("1", HOME), "1", "energy", Decimal(str(WATT_HOURS / 1000))),
    "modbus-tcp-template": (ModbusTcpElectricityMeter("1", HOME), "1", "energy", whole(WATT_HOURS, 2, 10)),
}


@pytest.mark.parametrize("document", PLAYED)
def test_every_kind_of_polled_meter_has_a_simulator_that_our_driver_reads(document: str) -> None:
    meter, address, counts, shown = PLAYED[document]
    value = polled([meter], Device("m", PAPERS[document], address))[counts]
    assert value is not None
    assert abs(value - shown) < Decimal("0.002")  # a real of 32 bits has seven digits; all others are exact
    assert meter.hear(bytes.fromhex("68 AA 16 FE 00"), NOON) == []


def test_every_polled_protocol_is_played() -> None:
    polled_protocols = {row.protocol for row in registry.ROWS if row.driver is not None}
    assert {PAPERS[document].protocol for document in PLAYED} == polled_protocols


def test_a_heat_meter_answers_in_the_length_of_its_edition() -> None:
    question = "68 20 44 33 22 11 00 33 78 01 03 1F 90 00 90 16"
    lengths = [ask(HeatMeter(CJT, HOME, ZONE, edition), question)[0][4 + 10] for edition in (2004, 2018)]
    assert lengths == [0x2E, 0x2B]


def test_a_gas_meter_keeps_quiet_when_a_water_meter_of_its_number_is_asked() -> None:
    assert ask(GasMeter(CJT, HOME, ZONE), "68 10 44 33 22 11 00 33 78 01 03 1F 90 00 80 16") == []
    assert len(ask(GasMeter(CJT, HOME, ZONE), "68 30 44 33 22 11 00 33 78 01 03 1F 90 00 A0 16")) == 1


def test_a_long_answer_of_the_meter_of_2007_comes_in_numbered_parts_and_is_read_whole() -> None:
    paper = PAPERS["dlt645-2007"]
    driver = registry.driver_for(paper)
    device = Device("e", paper, "003411001043")
    meter = ElectricityMeter("003411001043", HOME, ZONE, longest=8)
    request: Request | None = Request(bytes.fromhex("68 43 10 00 11 34 00 68 11 04 33 32 34 33 49 16"), "0001FF00")
    controls, readings = [], []
    while request is not None:
        (heard,) = driver.framer().feed(meter.hear(request.payload, NOON)[0])
        controls.append(heard.control)
        answer = driver.interpret(device, request, heard, datetime.fromtimestamp(NOON, UTC))
        assert isinstance(answer, DeviceAnswer)
        readings += answer.readings
        request = answer.then
    assert controls == [0xB1, 0xB2, 0x92]
    assert len(readings) == 5
    assert readings[0].value == Decimal(int(HOME.energy_watt_hours(NOON) / 10)).scaleb(-2)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("00 07 00 00 00 06 01 04 00 00 00 02", "00 07 00 00 00 03 01 84 01"),
        ("00 08 00 00 00 06 01 03 00 05 00 02", "00 08 00 00 00 03 01 83 02"),
        ("00 09 00 00 00 06 02 03 00 00 00 02", None),
    ],
    ids=["a function it does not have", "a register it does not have", "another unit"],
)
def test_a_meter_behind_tcp_refuses_with_the_number_of_the_question(question: str, answer: str | None) -> None:
    said = ask(ModbusTcpElectricityMeter("1", household()), question)
    assert said == ([] if answer is None else [bytes.fromhex(answer)])


async def test_a_foreign_client_reads_our_meter_over_a_socket() -> None:
    meter = ModbusTcpElectricityMeter("1", household())
    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(256):
            writer.writelines(meter.hear(data, NOON))
        writer.close()
        await writer.wait_closed()
        over.set()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        client = AsyncModbusTcpClient("127.0.0.1", port=server.sockets[0].getsockname()[1], retries=0)
        assert await client.connect()
        energy = await client.read_holding_registers(0, count=2, device_id=1)
        refused = await client.read_holding_registers(40, count=2, device_id=1)
        client.close()
        await over.wait()
    assert energy.registers[0] * 0x10000 + energy.registers[1] == int(household().energy_watt_hours(NOON) / 10)
    assert (refused.isError(), refused.exception_code) == (True, 2)


def test_an_unplugged_meter_says_nothing() -> None:
    pulled = Incident(IncidentKind.UNPLUGGED, NOON - 60, NOON + 60, meters=frozenset(MeterKind))
    house = household(pulled)
    meters: list[SimulatedMeter] = [
        MbusWaterMeter(5, "12345678", house, ZONE),
        ModbusElectricityMeter("1", house),
        ElectricityMeter1997("003411001043", house, ZONE),
    ]
    questions = ["10 40 05 45 16", "01 04 00 00 00 02 71 CB", "68 43 10 00 11 34 00 68 01 02 44 E9 98 16"]
    for meter, question in zip(meters, questions, strict=True):
        assert ask(meter, question) == []
        assert len(ask(meter, question, NOON + 120)) == 1
