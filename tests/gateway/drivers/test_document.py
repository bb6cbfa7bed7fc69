"""A device document that is not as it must be is an error that names file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.drivers import registry
from gateway.drivers.document import Shape
from gateway.drivers.registry import DriverRow
from models.kit.config_reader import ConfigError

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
        ("[[registers]]", "[[registers", "is not TOML"),
    ],
)
def test_a_fault_is_told_with_file_and_key(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in GOOD
    with pytest.raises(ConfigError) as caught:
        registry.load_document(write(tmp_path, GOOD.replace(old, new, 1)))
    assert "meter.toml" in str(caught.value)
    assert told in str(caught.value)


def test_every_fault_of_a_document_is_told_with_its_line(tmp_path: Path) -> None:
    text = GOOD.replace('unit = "m3"\npoll = true', 'unit = "kWh"\npol = true\nstep = "0"', 1).replace("1.00", "much")
    text = text.replace('title = "a meter"', 'titel = "a meter"').replace('hex = "68 10"', 'hex = "68 1"')
    with pytest.raises(ConfigError) as caught:
        registry.load_document(write(tmp_path, text + "[timing]\nbaud = 'fast'\n"))
    assert [(one.line, one.key) for one in caught.value.problems] == [
        (1, "title"),
        (3, "titel"),
        (8, "registers[0].pol"),
        (12, "frames[0].hex"),
        (13, "frames[0].expect[0].value"),
        (15, "timing.baud"),
    ]


def test_every_bad_document_of_a_folder_is_told(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace("m3", "gallon", 1), "a.toml")
    write(tmp_path, GOOD, "b.toml")
    write(tmp_path, GOOD.replace("water_volume", "water", 1), "c.toml")
    with pytest.raises(ConfigError) as caught:
        registry.load_documents(tmp_path)
    assert [(Path(one.file).name, one.line, one.key) for one in caught.value.problems] == [
        ("a.toml", 7, "registers[0].unit"),
        ("c.toml", 6, "registers[0].quantity"),
    ]


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml"):
        registry.load_document(tmp_path / "none.toml")


def test_two_documents_of_one_name_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    write(tmp_path / "a", GOOD)
    write(tmp_path / "b", GOOD)
    with pytest.raises(ConfigError, match="two documents"):
        registry.load_documents(tmp_path / "a", tmp_path / "b")


def test_two_rows_for_one_protocol_are_an_error() -> None:
    row = registry.ROWS[0]
    with pytest.raises(ValueError, match="two rows"):
        registry.by_protocol([row, DriverRow(row.protocol, Shape(row.shape.register), None)])


def test_devices_that_publish_have_no_driver() -> None:
    paper = registry.load_documents()["zigbee2mqtt-smoke"]
    assert not registry.is_polled(paper)
    with pytest.raises(LookupError, match="publish"):
        registry.driver_for(paper)
