"""Meters answer what is asked of them and of nobody else. Questions and answers are bytes counted by hand."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from simulators.meters.cjt_meters import WaterMeter
from simulators.meters.electricity import ElectricityMeter
from simulators.meters.smoke import SmokeDetector
from simulators.people.household import Household
from simulators.people.incidents import Incident, IncidentKind

ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=ZONE).timestamp()

READ_ENERGY = "68 90 78 56 34 12 00 68 11 04 33 33 34 33"
READ_POWER = "68 90 78 56 34 12 00 68 11 04 33 33 36 35"
READ_NOTHING = "68 90 78 56 34 12 00 68 11 04 32 32 32 32"
WHO_IS_THERE = "68 AA AA AA AA AA AA 68 13 00"
BROADCAST_TIME = "68 99 99 99 99 99 99 68 08 06 33 33 33 33 33 33"
READ_WATER = "68 10 44 33 22 11 00 33 78 01 03 1F 90 07"
READ_WATER_HIGH_FIRST = "68 10 44 33 22 11 00 33 78 01 03 90 1F 07"
READ_HEAT = "68 20 44 33 22 11 00 33 78 01 03 1F 90 07"


def whole(text: str) -> bytes:
    body = bytes.fromhex(text)
    return body + bytes([sum(body) % 256, 0x16])


def household(*incidents: Incident) -> Household:
    return Household("3/h-001", ZONE, date(2026, 11, 22), incidents)


def electricity(*incidents: Incident) -> ElectricityMeter:
    return ElectricityMeter("001234567890", household(*incidents), ZONE)


def water(*incidents: Incident, step_l: int = 10) -> WaterMeter:
    return WaterMeter("78330011223344", household(*incidents), ZONE, step_l)


def bcd(data: bytes) -> int:
    return int(data[::-1].hex())


def checked(answers: list[bytes]) -> bytes:
    (answer,) = answers
    frame = answer.lstrip(b"\xfe")
    assert len(answer) - len(frame) == 4
    assert frame[-1] == 0x16
    assert sum(frame[:-2]) % 256 == frame[-2]
    return frame


def test_the_energy_register_is_told_in_hundredths_of_a_kilowatt_hour() -> None:
    frame = checked(electricity().hear(whole(READ_ENERGY), NOON))
    assert frame[:14] == bytes.fromhex("68 90 78 56 34 12 00 68 91 08 33 33 34 33")
    told = bcd(bytes((byte - 0x33) % 256 for byte in frame[14:18]))
    assert told == int(household().energy_watt_hours(NOON) / 10)


def test_power_is_told_in_tenths_of_a_watt() -> None:
    frame = checked(electricity().hear(whole(READ_POWER), NOON))
    told = bcd(bytes((byte - 0x33) % 256 for byte in frame[14:17]))
    assert told / 10 == pytest.approx(household().power_watts(NOON), abs=0.1)


def test_an_identifier_the_meter_does_not_have_is_refused() -> None:
    frame = checked(electricity().hear(whole(READ_NOTHING), NOON))
    assert frame[8:11] == bytes.fromhex("D1 01 35")


def test_the_wildcard_asks_every_meter_for_its_address() -> None:
    frame = checked(electricity().hear(whole(WHO_IS_THERE), NOON))
    assert frame[1:7] == bytes.fromhex("90 78 56 34 12 00")


@pytest.mark.parametrize(
    "question",
    [
        whole(READ_ENERGY.replace("90", "91", 1)),
        whole(BROADCAST_TIME),
        whole(READ_WATER),
        whole(READ_ENERGY)[:-2] + b"\x00\x16",
        whole(READ_ENERGY)[:-1],
        whole("68 90 78 56 34 12 00 68 91 08 33 33 34 33 33 33 33 33"),
        b"\xfe\xfe\x68\x68\x00noise",
    ],
    ids=["another address", "broadcast", "another protocol", "wrong sum", "cut short", "an answer", "noise"],
)
def test_the_electricity_meter_keeps_quiet_when_it_is_not_meant(question: bytes) -> None:
    meter = electricity()
    assert meter.hear(question, NOON) == []
    meter.quiet()
    assert len(meter.hear(whole(READ_ENERGY), NOON)) == 1


def test_a_question_in_pieces_is_answered_once_when_it_is_whole() -> None:
    meter = electricity()
    question = b"\xfe\xfe" + whole(READ_ENERGY)
    answers = [meter.hear(question[index : index + 1], NOON) for index in range(len(question))]
    assert [len(one) for one in answers] == [0] * (len(question) - 1) + [1]


@pytest.mark.parametrize(("question", "di"), [(READ_WATER, "1F90"), (READ_WATER_HIGH_FIRST, "901F")])
def test_the_water_register_is_told_in_ten_litre_steps_in_the_order_it_was_asked(question: str, di: str) -> None:
    frame = checked(water().hear(whole(question), NOON))
    assert frame[:14] == bytes.fromhex(f"68 10 44 33 22 11 00 33 78 81 16 {di} 07")
    assert frame[18] == 0x2C
    assert bcd(frame[14:18]) == int(household().water_litres(NOON) // 10)
    assert Decimal(bcd(frame[24:31])) == 20261123120000
    assert frame[31:33] == b"\x00\x00"


def test_a_litre_register_tells_whole_litres() -> None:
    frame = checked(water(step_l=1).hear(whole(READ_WATER), NOON))
    assert frame[18] == 0x29
    assert bcd(frame[14:18]) == int(household().water_litres(NOON))


def test_another_step_than_one_or_ten_litres_is_refused() -> None:
    with pytest.raises(ValueError, match="step_l = 5"):
        water(step_l=5)


@pytest.mark.parametrize(
    "question",
    [whole(READ_HEAT), whole(READ_WATER.replace("44", "45", 1)), whole(READ_ENERGY), whole(READ_WATER)[:-2]],
    ids=["a heat meter is meant", "another address", "another protocol", "cut short"],
)
def test_the_water_meter_keeps_quiet_when_it_is_not_meant(question: bytes) -> None:
    assert water().hear(question, NOON) == []


def test_an_unplugged_meter_does_not_answer() -> None:
    gone = Incident(IncidentKind.UNPLUGGED, NOON, NOON + 3600)
    assert electricity(gone).hear(whole(READ_ENERGY), NOON) == []
    assert water(gone).hear(whole(READ_WATER), NOON) == []
    assert len(water(gone).hear(whole(READ_WATER), NOON + 3600)) == 1


def test_a_detector_says_what_zigbee2mqtt_says_and_howls_only_in_smoke() -> None:
    smoke = Incident(IncidentKind.SMOKE, NOON, NOON + 600)
    press = Incident(IncidentKind.SMOKE_TEST, NOON + 3000, NOON + 3020)
    detector = SmokeDetector("zigbee2mqtt/h-001-smoke", household(smoke, press))
    state = json.loads(detector.payload(NOON + 1))
    assert set(state) == {"battery", "battery_low", "last_seen", "linkquality", "silence", "smoke", "tamper", "test"}
    assert (state["smoke"], state["test"], state["battery_low"]) == (True, False, False)
    assert datetime.fromisoformat(state["last_seen"]) == datetime.fromtimestamp(NOON + 1, UTC)
    pressed = json.loads(detector.payload(NOON + 3001))
    assert (pressed["smoke"], pressed["test"]) == (False, True)


def test_a_detector_speaks_at_once_when_its_state_changes_and_every_hour_besides() -> None:
    smoke = Incident(IncidentKind.SMOKE, NOON + 10, NOON + 20)
    detector = SmokeDetector("zigbee2mqtt/h-001-smoke", household(smoke))
    assert detector.next_report(NOON + 9) == NOON + 10
    assert detector.next_report(NOON + 10) == NOON + 20
    regular = [detector.next_report(NOON + 20)]
    regular += [detector.next_report(regular[0])]
    assert regular[1] - regular[0] == 3600
