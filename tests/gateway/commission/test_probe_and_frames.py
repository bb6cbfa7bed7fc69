"""One device read once with everything shown, and odd bytes kept for a while and read again."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gateway.__main__ import main
from gateway.protocols.framing import Code, Diagnostic
from gateway.state.archive import KEPT, MOST, Archive, archive_path, read_archive
from gateway.state.registers import SNAPSHOT, Registers
from gateway.state.store import Store
from models.quantity import Quantity, Unit
from models.reading import Reading

AT = datetime(2026, 11, 23, 4, tzinfo=UTC)
ENERGY = "68 01 00 00 00 00 00 68 91 08 33 33 34 33 89 67 45 33 9F 16"


def config(folder: Path, port: str, answer_s: float = 20.0) -> Path:
    path = folder / "gateway.toml"
    path.write_text(
        f'[gateway]\nid = "gw-1"\n[[lines]]\nname = "bus-1"\nkind = "serial"\nport = "{port}"\nretries = 0\n'
        f'answer_s = {answer_s}\n[[homes]]\nid = "h-1"\n[[devices]]\nid = "e-1"\nhome = "h-1"\nline = "bus-1"\n'
        'document = "dlt645-2007"\naddress = "000000000001"\n'
    )
    return path


def output(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_probe_shows_the_bytes_both_ways_the_value_and_the_use(
    tmp_path: Path, meters: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    path = config(tmp_path, meters.port)
    store = Store(tmp_path / "gateway.sqlite", "now")
    registers = Registers()
    before = datetime.now(UTC) - timedelta(hours=1)
    registers.note([Reading("e-1", Quantity.ENERGY, Decimal("1234.00"), Unit.KILOWATT_HOUR, before)])
    with store.transaction():
        store.snapshot(SNAPSHOT, registers.as_text())
    store.close()
    assert main(["probe", "e-1", "--config", str(path)]) == 0
    rows = output(capsys)
    assert rows[0]["sent"].startswith("FE FE FE FE 68 01 00 00 00 00 00 68 11 04")
    assert any("heard" in row for row in rows)
    energy = next(row for row in rows if row.get("quantity") == "energy")
    assert (energy["value"], energy["unit"], energy["quality"]) == ("1234.56", "kWh", "good")
    assert (energy["use"], energy["why"]) == (pytest.approx(560), "known")
    assert rows[-1]["answered"] is True


def test_a_probe_of_a_silent_or_unknown_device_says_so(
    tmp_path: Path, meters: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    path = config(tmp_path, meters.port, answer_s=0.3)
    meters.muted.add("000000000001")
    assert main(["probe", "e-1", "--config", str(path)]) == 1
    rows = output(capsys)
    assert {row["quality"] for row in rows if "quality" in row} == {"no_answer"}
    assert main(["probe", "e-9", "--config", str(path)]) == 2
    assert "is not a device" in capsys.readouterr().err


def odd(raw: str, code: Code = Code.CHECKSUM) -> Diagnostic:
    return Diagnostic(code, 0, bytes.fromhex(raw), "odd")


def test_odd_bytes_are_kept_and_read_again_by_todays_driver(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = config(tmp_path, "/dev/ttyUSB0")
    archive = Archive(archive_path(tmp_path / "gateway.sqlite"))
    archive.take("e-1", (odd(ENERGY, Code.UNSUPPORTED), odd("68 01"), odd("FE", Code.ECHO)), AT)
    archive.save(AT)
    assert main(["frames", "--config", str(path)]) == 0
    plain = output(capsys)
    assert [(row["code"], row["raw"]) for row in plain] == [("unsupported", ENERGY), ("checksum", "68 01")]
    assert main(["frames", "--config", str(path), "--redecode"]) == 0
    again = output(capsys)
    assert again[0]["now"][0]["value"] == "1234.56"
    assert again[1]["now"][0]["error"] == "truncated"
    assert main(["frames", "--config", str(path), "--device", "e-2"]) == 0
    assert output(capsys) == []


def test_the_archive_is_bounded_in_size_and_age(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "a.sqlite")
    for _ in range(MOST // 50 + 3):
        archive.take("e-1", tuple(odd("68") for _ in range(60)), AT)
        archive.save(AT)
    kept = list(read_archive(tmp_path / "a.sqlite"))
    assert len(kept) == MOST
    archive.take("e-2", (odd("10"),), AT + KEPT + timedelta(seconds=1))
    archive.save(AT + KEPT + timedelta(seconds=1))
    assert [one.device for one in read_archive(tmp_path / "a.sqlite")] == ["e-2"]


def test_an_archive_that_takes_no_writes_disturbs_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    archive = Archive(tmp_path / "no" / "a.sqlite")
    for _ in range(3):
        archive.take("e-1", (odd("68"),), AT)
        archive.save(AT)
    assert sum("can't be kept" in one.message for one in caplog.records) == 1
    assert list(read_archive(tmp_path / "no" / "a.sqlite")) == []
