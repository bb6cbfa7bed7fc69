"""`decode` tells what bytes say as JSON lines, and what is wrong with them with exit code 1."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest
from pymodbus.framer import FramerRTU

from gateway.commission.decode import add_decode_arguments, run_decode

SAMPLE = "68 10 44 33 22 11 00 33 78 81 16 1F 90 00 00 77 66 55 2C 00 77 66 55 2C 31 01 22 11 05 15 20 21 84 13 16"
VOLTAGE = "68 43 10 00 11 34 00 68 91 06 33 34 34 35 CA 55 EE 16"


def decode(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    parser = argparse.ArgumentParser()
    add_decode_arguments(parser)
    code = run_decode(parser.parse_args(arguments))
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_standards_sample_gives_its_volume_and_clock(capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = decode(capsys, "--protocol", "cjt188", SAMPLE)
    assert code == 0
    assert lines[0]["quantity"] == "water_volume"
    assert (lines[0]["value"], lines[0]["unit"]) == ("556677.00", "m3")
    assert (lines[0]["address"], lines[0]["quality"]) == ("78330011223344", "good")
    assert lines[1]["quantity"] == "meter_clock"
    assert lines[1]["clock"] == "2015-05-11T22:01:31"


def test_swapped_identifier_bytes_give_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    swapped = decode(capsys, "--protocol", "cjt188", SAMPLE.replace("1F 90", "90 1F"))
    assert swapped == decode(capsys, "--protocol", "cjt188", SAMPLE)


def test_a_wrong_sum_is_a_diagnostic_with_its_offset(capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = decode(capsys, "--protocol", "cjt188", SAMPLE.replace("13 16", "08 16"))
    assert code == 1
    assert [(line["error"], line["offset"]) for line in lines] == [("checksum", 33)]
    assert lines[0]["raw"].endswith("84 08 16")


@pytest.mark.parametrize(
    "text",
    [
        VOLTAGE.replace(" ", ""),
        VOLTAGE.lower(),
        "FE FE FE FE " + VOLTAGE,
        "0x" + VOLTAGE.replace(" ", " 0x"),
        "\\x" + VOLTAGE.replace(" ", "\\x"),
        "0X" + VOLTAGE.replace(" ", ""),
        "[" + VOLTAGE.replace(" ", ", ") + "]",
        VOLTAGE.replace(" ", "H ") + "H",
        VOLTAGE.replace(" ", ","),
        "00 FF " + VOLTAGE + " 00",
    ],
)
def test_hex_is_understood_however_people_write_it(capsys: pytest.CaptureFixture[str], text: str) -> None:
    code, lines = decode(capsys, "--protocol", "dlt645", text)
    assert [(line["quantity"], line["value"], line["unit"]) for line in lines] == [("voltage", "229.7", "V")]
    assert code == 0


def test_bytes_may_come_as_many_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = decode(capsys, "--protocol", "dlt645", *VOLTAGE.split())
    assert (code, lines[0]["value"]) == (0, "229.7")


def test_glued_frames_give_one_line_each_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    broken = VOLTAGE.replace("EE 16", "EF 16")
    code, lines = decode(capsys, "--protocol", "dlt645", f"{VOLTAGE} {broken} {VOLTAGE}")
    assert [line.get("value", line.get("error")) for line in lines] == ["229.7", "checksum", "229.7"]
    assert lines[1]["offset"] == 18 + 16
    assert code == 1


def test_a_request_is_told_as_a_request(capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = decode(capsys, "--protocol", "dlt645", "68 12 90 78 56 34 12 68 11 04 33 33 33 33 67 16")
    assert (code, lines) == (0, [{"address": "123456789012", "frame": "request 11 00000000"}])


@pytest.mark.parametrize("text", ["xyz", "6", "", "00 01 02", "FE FE"])
def test_what_holds_no_frame_is_a_diagnostic(capsys: pytest.CaptureFixture[str], text: str) -> None:
    code, lines = decode(capsys, "--protocol", "dlt645", text)
    assert (code, [line["error"] for line in lines]) == (1, ["noise"])


def test_an_mqtt_message_is_decoded_by_its_document(capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = decode(capsys, "--protocol", "mqtt-zigbee2mqtt-smoke", '{"smoke":true,"test":false}')
    assert (code, [line["quantity"] for line in lines]) == (0, ["smoke", "smoke_test"])


def test_a_message_of_which_the_document_knows_nothing_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = decode(capsys, "--protocol", "mqtt-shelly-3em", '{"id": 0, "other": 1}')
    assert (code, [line["error"] for line in lines]) == (1, ["unsupported"])


def test_an_unknown_protocol_is_told_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    add_decode_arguments(parser)
    assert run_decode(parser.parse_args(["--protocol", "morse", "00"])) == 2
    assert "dlt645-2007" in capsys.readouterr().err


def test_readings_of_one_quantity_are_told_apart_by_the_names_of_their_registers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    block = bytes.fromhex("68 43 10 00 11 34 00 68 91 0C 33 32 34 33 AB 89 67 45 33 34 33 33")
    code, lines = decode(capsys, "--protocol", "dlt645", (block + bytes([sum(block) & 0xFF, 0x16])).hex())
    assert code == 0
    assert [(line["register"], line["value"]) for line in lines] == [
        ("forward active energy", "123456.78"),
        ("forward active energy, tariff 1", "1.00"),
    ]


@pytest.mark.parametrize(
    ("protocol", "text"),
    [
        ("modbus", "01 03 04 00 64 FF 9C FA 75"),
        ("modbus-rtu", "01 03 04 00 64 FF 9C FA 75"),
        ("modbus-tcp", "00 07 00 00 00 07 01 03 04 00 64 FF 9C"),
    ],
)
def test_registers_of_an_unknown_modbus_device_are_shown_bare(
    capsys: pytest.CaptureFixture[str], protocol: str, text: str
) -> None:
    code, lines = decode(capsys, "--protocol", protocol, text)
    assert [(line["quantity"], line["value"], line["address"]) for line in lines] == [
        ("register0", "100", "1"),
        ("register1", "65436", "1"),
    ]
    assert code == 0


def test_both_sides_of_a_conversation_over_tcp_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    question, answer = "00 01 00 00 00 06 01 03 00 00 00 02", "00 01 00 00 00 07 01 03 04 00 01 00 02"
    code, lines = decode(capsys, "--protocol", "modbus-tcp", f"{question} {answer}")
    assert code == 0
    assert lines[0]["frame"] == "request 03"
    assert [line["value"] for line in lines[1:]] == ["1", "2"]


def test_with_its_document_a_modbus_answer_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    text = "00 07 00 00 00 0F 01 03 0C 00 01 E2 40 00 00 00 00 FF 9C FF FF"
    code, lines = decode(capsys, "--protocol", "modbus-tcp", "--document", "modbus-tcp-template", text)
    assert (code, [(line["quantity"], line["value"]) for line in lines]) == (
        0,
        [("energy", "1234.56"), ("power", "-100")],
    )


@pytest.mark.parametrize(
    ("protocol", "text", "quantity", "value"),
    [
        ("dlt645-1997", "68 27 59 63 03 00 01 68 81 06 43 C3 AC 59 47 33 C3 16", "energy", "1426.79"),
        ("cjt188-2018", "6810776655443322118109901F017856341200FFA116", "water_volume", "123456.78"),
        ("mbus", "68 1B 1B 68 08 01 72 07 20 18 00 E6 1E 35 07 4C 00 00 00 0C 78 07 20 18 00 0C 16 69 02 00 00 96 16",
         "water_volume", "269"),
        ("cjt188", "6830443322110033788116901F00785634122C000000002C3101221105152000003E16", "gas_volume", "123456.78"),
        ("mqtt-shelly-plus-smoke", '{"id":0,"alarm":true,"mute":false}', "smoke", "1"),
    ],
)  # fmt: skip
def test_every_protocol_has_its_word(
    capsys: pytest.CaptureFixture[str], protocol: str, text: str, quantity: str, value: str
) -> None:
    code, lines = decode(capsys, "--protocol", protocol, text)
    assert (code, lines[0]["quantity"], lines[0]["value"]) == (0, quantity, value)


def with_crc(text: str) -> str:
    """A foreign library counts the check sum."""
    body = bytes.fromhex(text)
    return (body + FramerRTU.compute_CRC(body).to_bytes(2, "big")).hex(" ")


FOREIGN_QUESTION = "09 03 01 00 00 06 c5 7c"
VOLTAGE_POWER_AND_CURRENT = "09 03 0c 33 b3 65 43 cd cc 4c 40 33 33 33 3f"
"""229.7, 3.2 and 0.7 as reals, the lowest byte first."""


def test_an_answer_to_a_question_for_other_registers_is_never_named_after_the_documents(
    capsys: pytest.CaptureFixture[str],
) -> None:
    talk = f"{FOREIGN_QUESTION} {with_crc(VOLTAGE_POWER_AND_CURRENT)}"
    code, lines = decode(capsys, "--protocol", "modbus", "--document", "xintai-water", talk)
    assert code == 0
    assert {line.get("quantity") for line in lines} & {"water_volume", "flow"} == set()
    assert [line["quantity"] for line in lines[1:]] == [f"register{n}" for n in range(256, 262)]


CHINT = """
protocol = "modbus-rtu"
title = "a meter with three reals far apart"
[[registers]]
address = 0x2000
type = "f32"
quantity = "voltage"
unit = "V"
poll = true
[[registers]]
address = 0x2004
type = "f32"
quantity = "power"
unit = "kW"
poll = true
[[registers]]
address = 0x4000
type = "f32"
quantity = "energy"
unit = "kWh"
poll = true
[[frames]]
origin = "by hand"
hex = "01 03 04 43 66 33 34 1B 38"
expect = [{ quantity = "voltage", value = "230.2", unit = "V" }]
"""


@pytest.mark.parametrize(
    ("start", "quantity", "unit"), [("20 00", "voltage", "V"), ("20 04", "power", "kW"), ("40 00", "energy", "kWh")]
)
def test_an_answer_is_what_the_question_before_it_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], start: str, quantity: str, unit: str
) -> None:
    (tmp_path / "chint.toml").write_text(CHINT, encoding="utf-8")
    talk = f"{with_crc(f'01 03 {start} 00 02')} {with_crc('01 03 04 43 65 b3 33')}"
    code, lines = decode(capsys, "--protocol", "modbus", "--document", str(tmp_path / "chint.toml"), talk)
    assert code == 0
    assert [(line["quantity"], line["value"], line["unit"]) for line in lines[1:]] == [(quantity, "229.7", unit)]


def test_a_question_for_more_than_the_document_knows_gives_its_readings_and_the_rest_bare(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "chint.toml").write_text(CHINT, encoding="utf-8")
    talk = f"{with_crc('01 03 20 00 00 03')} {with_crc('01 03 06 43 65 b3 33 00 2a')}"
    code, lines = decode(capsys, "--protocol", "modbus", "--document", str(tmp_path / "chint.toml"), talk)
    assert (code, [(line["quantity"], line["value"]) for line in lines[1:]]) == (
        0,
        [("voltage", "229.7"), ("register8194", "42")],
    )


@pytest.mark.parametrize(
    "stranger",
    ["02 03 04 43 65 b3 33", "01 04 04 43 65 b3 33", "01 03 02 43 65", "01 03 08 43 65 b3 33 43 65 b3 33"],
    ids=["another unit", "another table", "too short", "too long"],
)
def test_in_a_talk_an_answer_that_does_not_fit_its_question_is_shown_bare(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], stranger: str
) -> None:
    (tmp_path / "chint.toml").write_text(CHINT, encoding="utf-8")
    talk = f"{with_crc('01 03 20 00 00 02')} {with_crc(stranger)}"
    _, lines = decode(capsys, "--protocol", "modbus", "--document", str(tmp_path / "chint.toml"), talk)
    assert all(line["quantity"].startswith("register") for line in lines[1:])
    assert len(lines) > 1


def test_a_question_is_answered_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "chint.toml").write_text(CHINT, encoding="utf-8")
    answer = with_crc("01 03 04 43 65 b3 33")
    talk = f"{with_crc('01 03 20 00 00 02')} {answer} {answer}"
    _, lines = decode(capsys, "--protocol", "modbus", "--document", str(tmp_path / "chint.toml"), talk)
    assert [line["quantity"] for line in lines[1:]] == ["voltage", "register0", "register1"]


def test_over_tcp_the_transaction_pairs_what_crosses(capsys: pytest.CaptureFixture[str]) -> None:
    """An RTU document, frames with the header of Modbus TCP, two questions under way at once."""
    questions = "00 01 00 00 00 06 01 04 00 00 00 02 00 02 00 00 00 06 01 04 00 0c 00 02"
    answers = "00 02 00 00 00 07 01 04 04 44 bb 80 00 00 01 00 00 00 07 01 04 04 43 66 80 00"
    code, lines = decode(capsys, "--protocol", "modbus-tcp", "--document", "eastron-sdm120", f"{questions} {answers}")
    assert (code, [(line["quantity"], line["value"]) for line in lines[2:]]) == (
        0,
        [("power", "1500"), ("voltage", "230.5")],
    )
