"""M-Bus beside two foreign libraries: the same frames give the same values, and our questions are theirs."""

from __future__ import annotations

import math
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import meterbus
import pymbusparser
import pytest

from gateway.drivers import registry
from gateway.protocols import mbus, mbus_data
from gateway.protocols.mbus_encode import integer_record, long_header, own_address
from gateway.protocols.mbus_record import Telegram

GOOD = Path(__file__).resolve().parents[2] / "frames" / "good" / "mbus.toml"


def _recorded() -> list[str]:
    drawer = [row["hex"] for row in tomllib.loads(GOOD.read_text(encoding="utf-8"))["frames"]]
    papers = [paper for paper in registry.load_documents().values() if paper.protocol == "mbus"]
    own = [frame.hex for paper in papers for frame in paper.frames]
    # of mode 2 (CI 76) the peers take the lowest byte for the highest: 890.3 degrees for 38.9
    return [text for text in dict.fromkeys(drawer + own) if text.startswith("68") and text[18:20] != "76"]


RECORDED = _recorded()
PLAIN = ("volume", "energy", "power", "voltage", "volume_flow", "flow_temperature")
SILENT_ON = 4
"""Recorded frames of which the peer gives no record: the fixed structure, and old headers it takes for encrypted."""


def telegram(data: bytes) -> Telegram:
    (event,) = mbus.framer().feed(data)
    assert isinstance(event, mbus.Frame)
    said = mbus_data.read(event)
    assert said is not None
    return said


def _compared(data: bytes, theirs: list[dict[str, Any]]) -> int:
    """Compare record by record where the peer has a number; return how many agreed."""
    agreed = 0
    for ours, peer in zip(telegram(data).records, theirs, strict=False):
        value = peer.get("value") or {}
        if value.get("kind") != "decimal" or not isinstance(ours.value, Decimal):
            continue
        assert ours.value == Decimal(value["value"]), (ours, peer)
        assert ours.storage == peer["storage_number"]
        assert (ours.tariff, ours.subunit) == (peer["tariff"], peer["subunit"])
        agreed += 1
    return agreed


def test_every_number_that_a_foreign_parser_reads_we_read_too() -> None:
    agreed, silent = 0, 0
    for text in RECORDED:
        data = bytes.fromhex(text)
        theirs = pymbusparser.parse(data)["records"]
        silent += not theirs
        agreed += _compared(data, theirs)
    assert agreed > 80
    assert silent <= SILENT_ON


OTHERWISE = {
    "FB18": "kilograms, where the peer says tonnes",
    "FB19": "kilograms, where the peer says tonnes",
    "9330": "per Wh: the peer makes kilowatt-hours of it",
    "9331": "per J: the peer makes gigajoules of it",
    "9332": "per W: the peer makes kilowatts of it",
}
"""Value information that the peer gives in another unit, and how it differs."""
UNTOUCHED = range(0x39, 0x70)
"""Extensions that make a date, a duration or a count of the record: the peer scales them as if they were litres."""


def _tables() -> dict[str, bytes]:
    """Return a record of a 32-bit number for every value information of the standard's tables, by its bytes."""
    number = (1234567).to_bytes(4, "little")
    plain = [bytes([code]) for code in range(0x7B) if code not in (0x6C, 0x6D)]
    extended = [bytes([first, code]) for first in (0xFB, 0xFD) for code in range(0x78)]
    changed = [bytes([0x93, code]) for code in range(0x80) if code not in UNTOUCHED]
    second = [bytes([0x93, 0xFC, code]) for code in range(0x80)]
    return {codes.hex().upper(): b"\x04" + codes + number for codes in [*plain, *extended, *changed, *second]}


def test_every_value_information_that_both_know_means_the_same_number() -> None:
    head = long_header(own_address("12345678", "LSE", 1, 0x07), 7)
    agreed, other = 0, {}
    for codes, record in _tables().items():
        data = mbus.answer(2, mbus.CI_LONG_HEADER, head + record)
        theirs = pymbusparser.parse(data)["records"]
        ours = telegram(data).records[0].value
        if not theirs or not isinstance(ours, Decimal) or "value" not in theirs[0]:
            continue
        said = theirs[0]["value"].get("value")
        is_added = codes.startswith("93FC") and 0x78 <= int(codes[4:], 16) <= 0x7B
        if ours == Decimal(str(said)):
            agreed += 1
        elif not is_added:  # the peer adds the constants of the first table to codes of the second
            other[codes] = (ours, said)
    assert set(other) == set(OTHERWISE), other
    assert agreed > 400


def test_what_we_write_as_a_meter_a_foreign_parser_reads() -> None:
    own = own_address("12345678", "LSE", 1, 0x07)
    data = mbus.answer(2, mbus.CI_LONG_HEADER, long_header(own, 7) + integer_record(b"\x13", 12565))
    theirs = pymbusparser.parse(data)
    assert theirs["meter"]["identity"]["id"] == "12345678"
    assert theirs["meter"]["identity"]["manufacturer_code"] == "LSE"
    assert theirs["records"][0]["value"]["value"] == "12.565"


@pytest.mark.parametrize("text", [text for text in RECORDED if bytes.fromhex(text)[6] == mbus.CI_LONG_HEADER])
def test_an_older_foreign_library_reads_the_same_numbers(text: str) -> None:
    data = bytes.fromhex(text)
    theirs = meterbus.load(data).records
    ours = [record for record in telegram(data).records if record.kind in PLAIN]
    numbers = [float(record.value) for record in theirs if isinstance(record.value, int | float | Decimal)]
    assert ours
    for record in ours:
        assert isinstance(record.value, Decimal)
        assert any(math.isclose(float(record.value), number, rel_tol=1e-6) for number in numbers), record


def test_our_question_is_that_of_a_foreign_library() -> None:
    theirs = meterbus.load(mbus.data_request(5, 1))
    assert isinstance(theirs, meterbus.TelegramShort)
    assert theirs.header.cField.parts == [meterbus.CONTROL_MASK_REQ_UD2 | meterbus.CONTROL_MASK_DIR_M2S]
    assert theirs.header.aField.parts == [5]


def test_our_selection_is_the_one_that_a_foreign_library_sends() -> None:
    sent: list[bytes] = []

    class Port:
        def write(self, data: bytes) -> None:
            sent.append(bytes(data))

    meterbus.send_select_frame(Port(), "1234567824400107")
    ours = mbus.select_request(mbus.secondary_mask("1234567824400107"))
    assert [wire[5:-2] for wire in sent] == [ours[5:-2]]  # it sets the frame count bit, which a selection may
