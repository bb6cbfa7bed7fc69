"""Write the invented district: one CSV file a table, and its rosters and plans as a place file."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from simulators.district.build import District, DistrictRoster

PLANS = """
[[plans]]
id = "hs-smoke"
area = "hs"
severities = ["critical"]
steps = [
    { to = "resident", answer_s = 20 },
    { to = "nearest_volunteers", level = "community", answer_s = 60 },
    { to = "station", level = "street", answer_s = 60 },
    { to = "dispatchers", level = "district", answer_s = 60, repeat = 2 },
    { to = "team", level = "district", answer_s = 120 },
]

[[plans]]
id = "hs-urgent"
area = "hs"
severities = ["urgent"]
steps = [
    { to = "resident", answer_s = 60 },
    { to = "volunteers", level = "compound", in_turn = true, answer_s = 90 },
    { to = "contacts", in_turn = true, answer_s = 60 },
    { to = "social_workers", level = "community", answer_s = 180 },
    { to = "everyone", level = "next", answer_s = 300 },
    { to = "dispatchers", level = "next", answer_s = 300 },
]

[[plans]]
id = "hs-calm"
area = "hs"
severities = ["visit", "maintenance", "info"]
quiet = { from = "20:00", to = "08:30", timezone = "Asia/Shanghai" }
steps = [
    { to = "social_workers", level = "community", answer_s = 86400 },
    { to = "everyone", level = "street", answer_s = 86400 },
    { to = "dispatchers", level = "district", answer_s = 86400 },
]
"""
_NIGHTS = (
    '{ days = "workdays", from = "17:00", to = "08:30" }',
    '{ days = "rest_days", from = "08:30", to = "08:30" }',
)


def write_district(district: District, folder: Path) -> list[Path]:
    """Write the files into `folder`; return their paths, tables first in the order in which they are imported."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, rows in district.tables.items():
        columns = list(dict.fromkeys(column for row in rows for column in row))
        file = folder / f"{name}.csv"
        with file.open("w", encoding="utf-8-sig", newline="") as out:
            table = csv.DictWriter(out, columns, restval="")
            table.writeheader()
            table.writerows(rows)
        written.append(file)
    duty = folder / "duty.toml"
    rosters = "\n".join(_roster(roster) for roster in district.rosters)
    duty.write_text(
        f"# The rosters and plans of the invented district; load with `linshe-ingest load`.\n{rosters}{PLANS}"
    )
    return [*written, duty]


def _roster(roster: DistrictRoster) -> str:
    turns = json.dumps([[person] for person in roster.turns])
    windows = f", windows = [{', '.join(_NIGHTS)}]" if roster.nights else ""
    return (
        f'[[rosters]]\nid = "duty-{roster.area}"\narea = "{roster.area}"\nname = "{roster.name}"\n'
        f'rotations = [{{ starts = "2026-01-05", at = "08:30", every_days = 7, turns = {turns}{windows} }}]\n'
    )
