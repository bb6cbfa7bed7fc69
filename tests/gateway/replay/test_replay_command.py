"""`replay`: the file in, flags as JSON lines out, and for a bad file a sentence that says what to do."""

from __future__ import annotations

import argparse
import csv
import json
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gateway.replay import add_replay_arguments, run_replay

START = datetime.fromisoformat("2026-03-02T00:00:00+08:00")
HEADER = ["ts", "home", "device", "quantity", "unit", "value"]
FIELDS = {"home", "kind", "severity", "event", "at", "since", "score", "reason", "text_zh", "text_en"}


def run(*arguments):
    parser = argparse.ArgumentParser()
    add_replay_arguments(parser)
    return run_replay(parser.parse_args([*map(str, arguments), "--quiet"]))


def quiet_after_morning(home="h-1", unit="L", scale=1, days=1, start=START):
    """Hourly water: used from seven to ten on the first day, then nothing."""
    litres = 1000
    for hour in range(days * 24):
        litres += 9 if hour in {7, 8, 9, 10} else 0
        yield [(start + timedelta(hours=hour)).isoformat(), home, "w", "water_volume", unit, str(litres / scale)]


def write(path, rows, header=HEADER):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def flags(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def out(tmp_path):
    return tmp_path / "flags.jsonl"


def test_a_quiet_home_becomes_a_flag_line_with_every_promised_field(tmp_path, out):
    assert run("--readings", write(tmp_path / "r.csv", quiet_after_morning(days=3)), "--out", out) == 0
    first = flags(out)[0]
    assert first.keys() >= FIELDS
    assert (first["home"], first["kind"], first["event"]) == ("h-1", "inactivity", "raised")
    assert datetime.fromisoformat(first["at"]) > datetime.fromisoformat(first["since"]) >= START


def test_the_zone_of_the_sentences_is_that_of_the_time_stamps(tmp_path, out):
    run("--readings", write(tmp_path / "r.csv", quiet_after_morning(days=3)), "--out", out)
    assert "10:00" in flags(out)[0]["text_zh"]


@pytest.mark.parametrize(("unit", "scale"), [("m3", 1000), ("L", 1), ("Litres", 1), ("m³", 1000)])
def test_units_are_converted_exactly(tmp_path, out, unit, scale):
    run("--readings", write(tmp_path / "r.csv", quiet_after_morning(unit=unit, scale=scale, days=3)), "--out", out)
    reference = tmp_path / "reference.jsonl"
    run("--readings", write(tmp_path / "l.csv", quiet_after_morning(days=3)), "--out", reference)
    assert flags(out) == flags(reference)


def test_parquet_and_csv_give_the_same_flags(tmp_path, out):
    rows = [*quiet_after_morning(days=3)]
    table = tmp_path / "r.parquet"
    columns = dict(zip(HEADER, map(list, zip(*rows, strict=True)), strict=True))
    columns["ts"] = [datetime.fromisoformat(text) for text in columns["ts"]]
    columns["value"] = [float(text) for text in columns["value"]]
    pq.write_table(pa.table(columns), table)
    assert run("--readings", table, "--out", out) == 0
    reference = tmp_path / "reference.jsonl"
    run("--readings", write(tmp_path / "l.csv", rows), "--out", reference)
    assert [f["at"] for f in flags(out)] == [f["at"] for f in flags(reference)]


def test_the_away_ledger_keeps_absences_quiet(tmp_path, out):
    readings = write(tmp_path / "r.csv", quiet_after_morning(days=3))
    ledger = write(tmp_path / "a.csv", [["h-1", "2026-03-02T09:30:00+08:00", ""]], ["home", "from", "until"])
    assert run("--readings", readings, "--out", out, "--away", ledger) == 0
    assert [f for f in flags(out) if f["kind"] == "inactivity"] == []


def test_an_empty_value_is_asked_and_not_answered(tmp_path, out):
    rows = [*quiet_after_morning(days=1)]
    rows += [[row[0].replace("03-02", "03-03"), *row[1:5], ""] for row in rows]
    run("--readings", write(tmp_path / "r.csv", rows), "--out", out)
    kinds = {f["kind"] for f in flags(out)}
    assert kinds >= {"device_silent", "home_blind"}


def test_homes_in_one_file_do_not_disturb_each_other_whatever_the_order_of_rows(tmp_path, out):
    one, other = [*quiet_after_morning("a", days=3)], [*quiet_after_morning("b", days=3)]
    run("--readings", write(tmp_path / "blocks.csv", one + other), "--out", out)
    mixed = tmp_path / "mixed.jsonl"
    alternating = [row for pair in zip(one, other, strict=True) for row in pair]
    run("--readings", write(tmp_path / "mixed.csv", alternating), "--out", mixed)
    newest = tmp_path / "newest.jsonl"
    run("--readings", write(tmp_path / "newest.csv", (one + other)[::-1]), "--out", newest)
    by_home = {name: sorted(json.dumps(f) for f in flags(path)) for name, path in (("b", out), ("m", mixed))}
    assert by_home["b"] == by_home["m"] == sorted(json.dumps(f) for f in flags(newest))
    assert [f["at"] for f in flags(out)] == sorted(f["at"] for f in flags(out))


def test_a_repeated_run_gives_the_same_bytes(tmp_path, out):
    readings = write(tmp_path / "r.csv", quiet_after_morning(days=3))
    run("--readings", readings, "--out", out)
    first = out.read_bytes()
    run("--readings", readings, "--out", out)
    assert out.read_bytes() == first != b""


def test_at_the_end_each_home_says_when_a_fall_would_be_noticed(tmp_path, out):
    states = tmp_path / "states.jsonl"
    run("--readings", write(tmp_path / "r.csv", quiet_after_morning(days=1)), "--out", out, "--states", states)
    (state,) = flags(states)
    last = START + timedelta(hours=23)
    assert (state["home"], state["blind"]) == ("h-1", False)
    assert datetime.fromisoformat(state["last_sign"]) == START + timedelta(hours=10)
    assert datetime.fromisoformat(state["notice_by"]) > last


def test_smoke_comes_through(tmp_path, out):
    rows = [
        ["2026-03-02T00:00:00+08:00", "h", "s", "smoke", "", "0"],
        ["2026-03-02T00:01:00Z", "h", "s", "smoke", "1", "1"],
    ]
    run("--readings", write(tmp_path / "r.csv", rows), "--out", out)
    assert [(f["kind"], f["severity"]) for f in flags(out)] == [("smoke", "critical")]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (["2026-03-02 25:00", "h", "w", "water_volume", "L", "1"], "row 3, column ts: '2026-03-02 25:00' is not"),
        (["2026-03-02T00:00:00", "h", "w", "water_volume", "L", "1"], "row 3, column ts: 2026-03-02T00:00:00 has no"),
        (["2026-03-02T00:00:00Z", "", "w", "water_volume", "L", "1"], "row 3, column home: it is empty"),
        (["2026-03-02T00:00:00Z", "h", "w", "water", "L", "1"], "row 3, column quantity: there is no quantity 'water'"),
        (["2026-03-02T00:00:00Z", "h", "w", "water_volume", "pint", "1"], "row 3, column unit: there is no unit"),
        (["2026-03-02T00:00:00Z", "h", "w", "water_volume", "kWh", "1"], "row 3, column unit: water_volume can't be"),
        (["2026-03-02T00:00:00Z", "h", "w", "water_volume", "L", "1,5"], "row 3, column value: '1,5' is not a number"),
        (["2026-03-02T00:00:00Z", "h", "w", "water_volume", "L", "NaN"], "row 3, column value: 'NaN' is no amount"),
        (["2026-03-02T00:00:00Z", "h", "w"], "row 3, column quantity: the row has 3 cells, 6 are needed"),
    ],
)
def test_a_bad_row_is_named_with_file_row_column_and_what_to_do(tmp_path, out, capsys, row, said):
    good = ["2026-03-02T00:00:00Z", "h", "w", "water_volume", "L", "1"]
    path = write(tmp_path / "r.csv", [good, row])
    assert run("--readings", path, "--out", out) == 2
    assert f"{path}: {said}" in capsys.readouterr().err
    assert not out.exists()


def test_a_file_without_a_needed_column_is_refused(tmp_path, out, capsys):
    path = write(tmp_path / "r.csv", [], [name for name in HEADER if name != "unit"])
    assert run("--readings", path, "--out", out) == 2
    assert "column unit: there is no such column" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_refused(tmp_path, out, capsys):
    assert run("--readings", tmp_path / "none.csv", "--out", out) == 2
    assert "can't be read" in capsys.readouterr().err


@pytest.mark.parametrize("budget", ["0", "-1", "x", "1000"])
def test_a_budget_out_of_bounds_is_refused(tmp_path, out, budget):
    with pytest.raises(SystemExit):
        run("--readings", "r.csv", "--out", out, "--budget", budget)
