"""linshe-ingest places, roster and plan, from the command line, with the invented district; exit codes and words."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ingest.__main__ import main
from ingest.actions.base.context import ActionContext
from ingest.places.sheets.exchange import export_sheets
from ingest.settings import load_settings
from ingest.store.base.database import Database
from ingest.wings import WINGS
from simulators.district.build import SHEETS, build_district
from simulators.district.files import write_district

TABLES = [f"{name}.csv" for name in SHEETS]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with settings, a migrated database, and the invented district with one home in each compound."""
    (tmp_path / "master.key").write_text("0f" * 32)
    (tmp_path / "ingest.toml").write_text('[ingest]\nmaster_key_file = "master.key"\n[web]\nport = 8000\n')
    write_district(build_district(5, 1, streets=1), tmp_path / "district")
    assert run(tmp_path, "migrate") == 0
    return tmp_path


def run(folder: Path, *arguments: str) -> int:
    return main(["--config", str(folder / "ingest.toml"), *arguments])


def test_the_invented_district_has_seventeen_streets_and_comes_out_the_same_each_time() -> None:
    district = build_district(5, 1)
    levels = [row["level"] for row in district.tables["areas"]]
    assert (levels.count("district"), levels.count("street")) == (1, 17)
    assert build_district(5, 1).tables == district.tables != build_district(6, 1).tables
    phones = [row["phone"] for name in ("people", "residents", "contacts") for row in district.tables[name]]
    assert len(phones) == len(set(phones))


def test_a_district_is_imported_checked_and_rehearsed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(folder / "district" / name) for name in TABLES]
    homes = folder / "district" / "homes.csv"
    good = homes.read_text(encoding="utf-8-sig")
    homes.write_text(good.replace("hs-nanmen-1-1,", "hs-moon,", 1), encoding="utf-8")
    assert run(folder, "places", "import", *files, "--dry-run") == 1
    said = capsys.readouterr().out
    assert "homes.csv, row" in said
    assert "column area: there is no 'hs-moon'" in said
    assert "1 to mend, nothing is written" in said
    homes.write_text(good, encoding="utf-8")
    assert run(folder, "places", "import", *files) == 0
    assert run(folder, "load", str(folder / "district" / "duty.toml")) == 0
    assert run(folder, "roster", "holidays", "2026") == 0

    assert run(folder, "roster", "check", "--area", "hs-nanmen", "--days", "7") == 1
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("hs-nanmen-1 (community): ") and "17:00+08:00  nobody_on_call" in line for line in lines)
    assert run(folder, "roster", "check", "--area", "hs-nanmen-2", "--days", "7") == 0
    assert run(folder, "roster", "now", "--area", "hs-nanmen") == 0
    assert "hs-nanmen: p-hs-nanmen-" in capsys.readouterr().out

    asked = (
        "plan",
        "dry-run",
        "--home",
        "hs-nanmen-1-1-h01",
        "--severity",
        "critical",
        "--at",
        "2026-11-24T03:00+08:00",
    )
    assert run(folder, *asked) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "plan hs-smoke"
    assert lines[1].startswith("2026-11-24 03:00:00+08:00  step 1  home resident (home), 20 s: ")
    assert lines[2].startswith("2026-11-24 03:00:20+08:00  step 2  community nearest_volunteers (nearest), 60 s: ")
    assert lines[-1] == "then this again, for ever"

    async def exported() -> int:
        settings = load_settings(folder / "ingest.toml")
        ctx = ActionContext(Database(settings.database), settings.keys, "", WINGS)
        async with ctx.db.read() as connection:
            sheets = await export_sheets(connection, "/hs/")
        await ctx.db.close()
        return sum(len(sheet.rows) for sheet in sheets)

    assert asyncio.run(exported()) == sum(len(rows) for rows in build_district(5, 1, streets=1).tables.values())
    assert run(folder, "places", "export", str(folder / "out.xlsx")) == 0
    assert run(folder, "places", "import", str(folder / "out.xlsx"), "--dry-run") == 0


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("plan", "dry-run", "--home", "nowhere", "--severity", "critical"), "there is no home 'nowhere'"),
        (("roster", "check", "--area", "moon"), "there is no area 'moon'"),
        (("roster", "sign-up", "s-1", "--person", "x"), "there is no shift 's-1'"),
        (("places", "import", "notes.txt"), "notes.txt"),
    ],
)
def test_what_can_not_be_done_is_said_in_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], word: str
) -> None:
    assert run(folder, *arguments) in (1, 2)
    error = capsys.readouterr().err
    assert word in error
    assert "Traceback" not in error
