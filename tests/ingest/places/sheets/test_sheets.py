"""Sheets: what an office types comes in or is named cell by cell; what goes out comes back the same."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import date
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from ingest.domain.base.people import Kind, Licence, Role
from ingest.places.actions.load_places import load_places
from ingest.places.domain.placefile import (
    ChannelEntry,
    ContactEntry,
    PersonEntry,
    PlaceFile,
    ResidentEntry,
    StationEntry,
)
from ingest.places.sheets.exchange import export_sheets, import_sheets
from ingest.places.sheets.workbook import Sheet, WorkbookError, read_workbook, write_csv, write_xlsx
from ingest.store.base.tables import contacts, homes, people, residents
from ingest.store.duty.tables import responders
from tests.ingest.town import Town

RICH = PlaceFile(
    stations=[StationEntry(id="st-1", area="com", name_zh="社区驿站", name_en="Studio", phone="+86574")],
    people=[
        PersonEntry(
            id="stan",
            name="斯坦",
            role=Role.SOCIAL_WORKER,
            kind=Kind.STATION_STAFF,
            area="com",
            station="st-1",
            skills=["first aid", "宁波话"],
            areas=["c1", "c2"],
            channels=[ChannelEntry(kind="sms", address="+8613700000001"), ChannelEntry(kind="email", address="a@b.c")],
        ),
        PersonEntry(id="li", name="李", role=Role.SOCIAL_WORKER, area="com", licence=Licence.SENIOR),
    ],
    residents=[
        ResidentEntry(
            id="old",
            home="h-1",
            name="陈奶奶",
            phone="+8613700000002",
            born=1938,
            languages=["宁波话"],
            access_notes="钥匙在门卫",
            health_notes="糖尿病",
            health_consent_on=date(2026, 10, 1),
            health_consent_by="本人",
        )
    ],
    contacts=[ContactEntry(id="son", home="h-1", name="陈", position=2, relation="儿子", holds_key=True)],
)


async def exported(town: Town, scope: str = "/") -> list[Sheet]:
    async with town.ctx.db.read() as connection:
        return await export_sheets(connection, scope)


def sheet(name: str, text: str) -> Sheet:
    (read,) = read_workbook(f"{name}.csv", text.encode())
    return read


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_what_goes_out_comes_back_the_same(town: Town, form: str) -> None:
    await load_places(town.ctx, RICH)
    first = await exported(town)
    if form == "csv":
        files = [(f"{one.name}.csv", write_csv(one)) for one in first]
    else:
        files = [("all.xlsx", write_xlsx(first))]
    back = [one for name, data in files for one in read_workbook(name, data)]
    dry = await import_sheets(town.ctx, back, dry_run=True)
    assert (dry.bad, dry.written) == ([], False)
    done = await import_sheets(town.ctx, back, dry_run=False)
    assert (done.bad, done.written, done.rows["homes"], done.rows["people"]) == ([], True, 21, 11)
    assert await exported(town) == first
    (old,) = await town.rows(residents)
    assert (old["health_notes"], old["languages"], old["health_consent_on"]) == ("糖尿病", ["宁波话"], "2026-10-01")
    stan = next(row for row in await town.rows(responders) if row["person_id"] == "stan")
    assert (stan["kind"], stan["station_id"], stan["skills"]) == ("station_staff", "st-1", ["first aid", "宁波话"])
    assert [(row["position"], row["holds_key"]) for row in await town.rows(contacts)] == [(2, True)]


async def test_a_dry_run_writes_nothing_and_the_real_one_all(town: Town) -> None:
    new = sheet("homes", "id,area,label\nn-1,c1,9-901\n")
    report = await import_sheets(town.ctx, [new], dry_run=True)
    assert (report.bad, await town.rows(homes, home_id="n-1")) == ([], [])
    await import_sheets(town.ctx, [new], dry_run=False)
    assert [row["label"] for row in await town.rows(homes, home_id="n-1")] == ["9-901"]


BAD: list[tuple[str, str, tuple[int, str], str]] = [
    ("homes", "id,area,label\nn-1,moon,9\n", (2, "area"), "no 'moon' among the areas"),
    ("homes", "id,area,label\n\nn-1,c1,\n", (3, "label"), "fill it in"),
    ("homes", "id,area,label,timezone\nn-1,c1,9,Mars\n", (2, ""), "no time zone"),
    ("homes", "id,area,label,colour\nn-1,c1,9,red\n", (1, "colour"), "no such column"),
    ("homes", "id,area,label\nn-1,c1,9,more\n", (2, ""), "more cells"),
    ("homes", "id,area,label\nn-1,c1,9\nn-1,c1,8\n", (3, "id"), "already in homes.csv, row 2"),
    ("people", "id,name,role,area\nx,X,boss,c1\n", (2, "role"), "'boss'"),
    ("people", "id,name,role,area,channels\nx,X,volunteer,c1,13800000000\n", (2, "channels"), "sms:\\+86"),
    (
        "people",
        "id,name,role,area,channels\nx,X,volunteer,c1,sms:+8613800\n",
        (2, ""),
        "has 5 digits where a mobile number has 11",
    ),
    ("contacts", "id,home,name,channels\nk,h-1,K,voice:138000000oo\n", (2, ""), "is no telephone number; write it"),
    ("residents", "id,home,name,channels\nr,h-1,R,email:r.example\n", (2, ""), "is no mailbox; write it as name@"),
    ("people", "id,name,role,area,kind\nx,X,volunteer,c1,station_staff\n", (2, ""), "needs role social_worker"),
    ("people", "id,name,role,area,licence\nx,X,volunteer,c1,senior\n", (2, ""), "only a social worker"),
    ("people", "id,name,role,area,station\nx,X,volunteer,c1,st-9\n", (2, "station"), "no 'st-9'"),
    ("residents", "id,home,name,born\nr,h-1,R,long ago\n", (2, "born"), "long ago"),
    ("residents", "id,home,name,health_notes\nr,h-1,R,frail\n", (2, ""), "need health_consent_on"),
    ("contacts", "id,home,name,holds_key\nk,h-1,K,maybe\n", (2, "holds_key"), "yes or no"),
    ("contacts", "id,home,name\nvera,h-1,K\n", (2, ""), "is the id of somebody"),
    ("areas", "id,level,name_zh,name_en,parent\nc 9,compound,九,Nine,com\n", (2, ""), "use letters"),
    ("areas", "id,level,name_zh,name_en,parent\nc9,street,九,Nine,c1\n", (2, ""), "not wider"),
    ("moons", "id\n1\n", (1, ""), "no such sheet"),
]


@pytest.mark.parametrize(("name", "text", "place", "word"), BAD)
async def test_a_bad_row_is_named_by_file_row_and_column_and_nothing_is_written(
    town: Town, name: str, text: str, place: tuple[int, str], word: str
) -> None:
    good = sheet("homes" if name != "homes" else "stations", GOOD["homes" if name != "homes" else "stations"])
    report = await import_sheets(town.ctx, [good, sheet(name, text)], dry_run=False)
    assert re.search(word, "\n".join(map(str, report.bad)))
    assert [(bad.file, bad.row, bad.column) for bad in report.bad] == [(f"{name}.csv", *place)]
    assert (report.written, await town.rows(homes, home_id="good")) == (False, [])


GOOD = {
    "homes": "id,area,label\ngood,c1,9-901\n",
    "stations": "id,area,name_zh,name_en\ngood,c1,站,Station\n",
}


async def test_every_bad_row_is_named_at_once(town: Town) -> None:
    rows = "".join(f"n-{n},{'moon' if n % 3 else 'c1'},\n" for n in range(30))
    report = await import_sheets(town.ctx, [sheet("homes", "id,area,label\n" + rows)], dry_run=True)
    assert len(report.bad) == 30
    assert str(report.bad[0]) == "homes.csv, row 2, column label: is empty; fill it in"


async def test_an_import_for_one_area_can_not_touch_another(town: Town) -> None:
    scope = "/hs/str/com/c1/"
    for name, text, column in (
        ("homes", "id,area,label\nk-1,c1,mine now\n", "id"),
        ("homes", "id,area,label\nn-1,c2,there\n", "area"),
        ("people", "id,name,role,area\nother,O,administrator,c1\n", "id"),
        ("residents", "id,home,name\nr,k-1,R\n", "home"),
        ("areas", "id,level,name_zh,name_en\nzz,district,区,D\n", "parent"),
    ):
        report = await import_sheets(town.ctx, [sheet(name, text)], dry_run=False, scope=scope)
        assert [(bad.row, bad.column) for bad in report.bad] == [(2, column)], name
    async with town.ctx.db.read() as connection:
        role = await connection.execute(select(people.c.role).where(people.c.person_id == "other"))
        assert role.scalar_one() == "dispatcher"
    mine = sheet("homes", "id,area,label\nn-1,c1,9-901\n")
    assert (await import_sheets(town.ctx, [mine], dry_run=False, scope=scope)).written


async def test_an_export_of_a_subtree_holds_nothing_from_outside(town: Town) -> None:
    sheets = {one.name: one for one in await exported(town, "/hs/str/com/c2/")}
    assert [row["id"] for _, row in sheets["homes"].rows] == ["k-1"]
    assert [row["id"] for _, row in sheets["people"].rows] == ["vanya"]
    assert [row["id"] for _, row in sheets["areas"].rows] == ["c2"]


def test_a_chinese_excels_csv_is_read() -> None:
    text = "id,area,label\n一号,c1,甲\n"
    assert read_workbook("homes.csv", text.encode("gb18030")) == read_workbook("homes.csv", text.encode("utf-8-sig"))


def test_a_cell_that_looks_like_a_formula_is_written_as_text_and_read_as_it_was() -> None:
    cells = ["=1+1", "@SUM(A1)", "-cmd|x", "+8613800000000", "'quoted", "'=1", "''+5"]
    written = Sheet("homes", "homes", ("id",), tuple((n, {"id": cell}) for n, cell in enumerate(cells, start=2)))
    raw = list(csv.reader(io.StringIO(write_csv(written).decode("utf-8-sig"))))
    assert [row[0] for row in raw[1:]] == [
        "'=1+1",
        "'@SUM(A1)",
        "'-cmd|x",
        "+8613800000000",
        "'quoted",
        "''=1",
        "'''+5",
    ]
    (back,) = read_workbook("homes.csv", write_csv(written))
    assert [row["id"] for _, row in back.rows] == cells
    book = write_xlsx([written])
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(book)).read("xl/worksheets/sheet1.xml")
    (page,) = read_workbook("x.xlsx", book)
    assert [row["id"] for _, row in page.rows] == cells


cells = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12).map(str.strip)


@given(st.lists(st.lists(cells, min_size=2, max_size=2), max_size=5))
def test_any_text_survives_both_forms(rows: list[list[str]]) -> None:
    kept = tuple((n, {"a": one, "b": other}) for n, (one, other) in enumerate(rows, start=2))
    written = Sheet("homes", "homes", ("a", "b"), kept)
    filled = [row for _, row in kept if any(row.values())]
    for name, data in (("homes.csv", write_csv(written)), ("homes.xlsx", write_xlsx([written]))):
        (back,) = read_workbook(name, data)
        assert [row for _, row in back.rows] == filled


@pytest.mark.parametrize(
    ("file", "data", "word"),
    [
        ("homes.txt", b"id\n", "give .csv or .xlsx"),
        ("homes.csv", b"", "no names in its first row"),
        ("homes.csv", b"id,id\n1,2\n", "has the column id twice"),
        ("homes.csv", b"id\n\xff\xff\xff", "neither UTF-8 nor"),
        ("homes.xlsx", b"PK nonsense", "can not be read as a workbook"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_what_to_do(file: str, data: bytes, word: str) -> None:
    with pytest.raises(WorkbookError, match=f"{file}.*{word}"):
        read_workbook(file, data)


def test_numbers_and_dates_of_a_spreadsheet_are_read_as_they_were_typed() -> None:
    out: Any = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet("residents")
        page.write_row(0, 0, ["phone", "born", "health_consent_on", "x"])
        page.write_number(1, 0, 13800000000)
        page.write_number(1, 1, 1938)
        page.write_datetime(1, 2, date(2026, 10, 1), book.add_format({"num_format": "yyyy-mm-dd"}))
        page.write_boolean(1, 3, True)
    (read,) = read_workbook("x.xlsx", out.getvalue())
    assert read.rows == ((2, {"phone": "13800000000", "born": "1938", "health_consent_on": "2026-10-01", "x": "yes"}),)
