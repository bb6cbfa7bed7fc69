"""A device document that is not as it must be is an error that names file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.drivers import registry
from gateway.drivers.document import DocumentError, Shape
from gateway.drivers.registry import Row

GOOD = """
protocol = "cjt188-2004"
title = "a meter"
[[registers]]
field = "total"
quantity = "water_volume"
unit = "m3"
poll = true
[[frames]]
origin = "the standard's sample"
hex = "68 10"
expect = [{ quantity = "water_volume", value = "1.00", unit = "m3" }]
"""


def write(folder: Path, text: str, name: str = "meter.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_document_is_read(tmp_path: Path) -> None:
    paper = registry.load_document(write(tmp_path, GOOD))
    assert (paper.name, paper.protocol, len(paper.registers)) == ("meter", "cjt188-2004", 1)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('title = "a meter"', 'title = "a meter"\ncolour = "red"', "colour"),
        ('field = "total"', 'field = "total"\nfactor = 10', "registers[0]"),
        ('field = "total"', 'field = "sum"', "registers[0].field"),
        ('unit = "m3"\npoll', 'unit = "kWh"\npoll', "registers[0].unit"),
        ('unit = "m3"\npoll', 'unit = "gallon"\npoll', "registers[0].unit"),
        ("poll = true", 'poll = "yes"', "registers[0].poll"),
        ("poll = true", 'poll = true\nstep = "0"', "registers[0].step"),
        ("poll = true", 'lowest = "5"\nhighest = "5"', "registers[0].highest"),
        ('protocol = "cjt188-2004"', 'protocol = "cjt199"', "protocol"),
        ('protocol = "cjt188-2004"\n', "", "protocol"),
        ('hex = "68 10"', 'hex = "68 1"', "frames[0]"),
        ('hex = "68 10"', "", "frames[0]"),
        ("expect = [{", 'error = "checksum"\nexpect = [{', "frames[0]"),
        ('value = "1.00"', 'value = "much"', "frames[0]"),
        ('origin = "the standard\'s sample"\n', "", "frames[0]"),
        ("[[frames]]", "[options]\nmeter_kind = 1\n[[frames]]", "options"),
        ("[[registers]]", "[[registers", "can't be read"),
    ],
)
def test_a_fault_is_told_with_file_and_key(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in GOOD
    with pytest.raises(DocumentError) as caught:
        registry.load_document(write(tmp_path, GOOD.replace(old, new, 1)))
    assert "meter.toml" in str(caught.value)
    assert told in str(caught.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"none\.toml"):
        registry.load_document(tmp_path / "none.toml")


def test_two_documents_of_one_name_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    write(tmp_path / "a", GOOD)
    write(tmp_path / "b", GOOD)
    with pytest.raises(DocumentError, match="two documents"):
        registry.load_documents(tmp_path / "a", tmp_path / "b")


def test_two_rows_for_one_protocol_are_an_error() -> None:
    row = registry.ROWS[0]
    with pytest.raises(ValueError, match="two rows"):
        registry.by_protocol([row, Row(row.protocol, Shape(row.shape.register), None)])


def test_devices_that_publish_have_no_driver() -> None:
    paper = registry.load_documents()["zigbee2mqtt-smoke"]
    assert not registry.is_polled(paper)
    with pytest.raises(LookupError, match="publish"):
        registry.driver_for(paper)
