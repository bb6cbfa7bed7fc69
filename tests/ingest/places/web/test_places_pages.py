"""Places and people at an administrator's desk: forms that say what is wrong, show what changes, and take it back."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from ingest.store.base.tables import homes, people, sessions
from ingest.store.duty.tables import responders
from ingest.web.base.auth import SESSION_COOKIE
from tests.ingest.reader import Reader, token_in
from tests.ingest.street import Street

HOME = {"id": "h-001", "area": "yard-a", "label": "3 幢 2 单元 402", "resident": "陈秀英", "timezone": "Asia/Shanghai"}
COMPOUND = {"level": "compound", "name_zh": "x", "name_en": "x"}
MOTHER = {"id": "r-1", "home": "h-001", "name": "陈秀英", "language": "zh"}
VOLUNTEER = {"id": "p-001", "name": "林姐", "kind": "volunteer", "area": "yard-a", "language": "zh"}


@pytest.fixture
async def office(street: Street, reader: Reader) -> Reader:
    await reader.become(street, "admin")
    return reader


async def send(office: Reader, sheet: str, do: str, said: dict[str, Any]) -> Any:
    csrf = token_in((await office.get(f"/places/{sheet}/one")).text)
    return await office.post(f"/places/{sheet}/{do}", data={"csrf": csrf, **said})


async def home(street: Street) -> Any:
    async with street.ctx.db.read() as connection:
        return (await connection.execute(select(homes).where(homes.c.home_id == "h-001"))).one()


async def test_a_change_is_shown_then_saved_then_taken_back(street: Street, office: Reader) -> None:
    said = {**HOME, "way": "北门进", "phone": "+862586001001"}
    shown = await send(office, "homes", "save", said)
    assert shown.status_code == 200
    assert re.search(r"怎么走</th><td><ins>北门进", shown.text)
    assert (await home(street)).way is None, "showing writes nothing"
    saved = await send(office, "homes", "save", {**said, "do": "save"})
    assert saved.status_code == 303
    assert (await home(street)).way == "北门进"
    page = saved.headers["location"]
    assert (await office.press(page, "undo")).status_code == 303
    assert (await home(street)).way is None
    # the number is that of a change which is no longer what stands there
    assert "之后又有人改过" in (await office.press(page, "undo")).text


async def test_of_two_who_save_at_once_the_second_is_shown_what_the_first_has_written(
    street: Street, office: Reader
) -> None:
    shown = await send(office, "homes", "save", {**HOME, "way": "北门进"})
    await send(office, "homes", "save", {**HOME, "way": "河边小路", "do": "save"})
    mine = {**HOME, "way": "北门进", "do": "save"}
    answer = await office.send_form(shown, "save", **mine)
    assert answer.status_code == 409
    assert "刚刚有别人改过" in answer.text
    assert "<del>河边小路</del> → <ins>北门进</ins>" in answer.text
    assert (await home(street)).way == "河边小路", "nothing is swept away"
    assert (await office.send_form(answer, "save", **mine)).status_code == 303, "now they have seen it"
    assert (await home(street)).way == "北门进"


async def test_two_new_entries_of_one_id_are_not_taken_for_each_other(street: Street, office: Reader) -> None:
    said = {**VOLUNTEER, "is_new": "1"}
    shown = await send(office, "people", "save", said)
    await send(office, "people", "save", {**said, "name": "陈先生", "do": "save"})
    answer = await office.send_form(shown, "save", **said, do="save")
    assert answer.status_code == 409
    assert "<del>陈先生</del> → <ins>林姐</ins>" in answer.text


async def test_a_new_person_goes_away_again_unless_something_rests_on_them(street: Street, office: Reader) -> None:
    kinds = {"kind": "installer", "channel-0": "sms", "address-0": "+8613900000055", "areas": ["yard-b"]}
    saved = await send(office, "people", "save", {**VOLUNTEER, **kinds, "do": "save", "is_new": "1"})
    async with street.ctx.db.read() as connection:
        row = (await connection.execute(select(people.c.role, responders.c.kind).join(responders))).one()
    assert (row.role, row.kind) == ("volunteer", "installer")
    assert (await office.press(saved.headers["location"], "undo")).status_code == 303
    assert (await office.get("/places/people/one?id=p-001")).status_code == 404
    area = {"id": "a-1", "level": "compound", "name_zh": "新苑", "name_en": "Xinyuan", "parent": "erban", "do": "save"}
    saved = await send(office, "areas", "save", area)
    await send(office, "homes", "save", {**HOME, "id": "h-77", "area": "a-1", "do": "save"})
    assert (await office.press(saved.headers["location"], "undo")).status_code == 409


async def test_after_a_day_nothing_is_taken_back_and_what_stood_there_is_forgotten(
    street: Street, office: Reader
) -> None:
    saved = await send(office, "homes", "save", {**HOME, "way": "北门进", "do": "save"})
    street.clock.now = street.clock() + timedelta(hours=25)
    await office.become(street, "admin")
    assert "超过一天" in (await office.press(saved.headers["location"], "undo")).text
    await send(office, "homes", "save", {**HOME, "way": "南门进", "do": "save"})
    assert "没有可以撤销的改动" in (await office.press(saved.headers["location"], "undo")).text


@pytest.mark.parametrize(
    ("sheet", "said", "field", "word"),
    [
        ("homes", {**HOME, "label": ""}, "label", "请填写。"),
        ("homes", {**HOME, "timezone": "Moon/Base"}, "timezone", "没有这个时区，一般用 Asia/Shanghai。"),
        ("homes", {**HOME, "area": "qinhuai"}, "area", "没有这一项，或不在您的辖区。"),
        ("homes", {**HOME, "id": "h-900"}, "id", "这个编号已经有人用了，请换一个。"),
        ("people", {**VOLUNTEER, "kind": "station_staff"}, "station", "工作站人员要选工作站。"),
        ("people", {**VOLUNTEER, "kind": ""}, "kind", "请填写。"),
        ("people", {**VOLUNTEER, "channel-0": "sms", "address-0": "12"}, "channels", "这里有号码或邮箱不对"),
        ("people", {**VOLUNTEER, "login": "night"}, "login", "这个登录名是别人的。"),
        ("areas", {**COMPOUND, "id": "a b", "parent": "erban"}, "id", "编号只能用"),
        ("areas", {**COMPOUND, "id": "a-1", "level": "district"}, "parent", "只有总管理员能添加区。"),
        ("areas", {**COMPOUND, "id": "yard-a", "parent": "ninghai"}, "parent", "辖区不能搬"),
        ("residents", {**MOTHER, "health_notes": "心脏病"}, "health_consent_by", "登记健康情况要有同意的人和日期"),
        ("residents", {**MOTHER, "born": "old"}, "born", "写法不对"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_written(
    street: Street, office: Reader, sheet: str, said: dict[str, str], field: str, word: str
) -> None:
    before = await home(street)
    found = (await send(office, sheet, "check", said)).json()["faults"]
    assert list(found) == [field]
    assert found[field].startswith(word)
    page = await send(office, sheet, "save", {**said, "do": "save"})
    assert page.status_code == 422
    beside = re.search(rf'id="fault-{field}">([^<]*)', page.text)
    assert beside is not None
    assert beside.group(1).startswith(word)
    assert await home(street) == before


async def test_who_leaves_is_logged_out_at_once_and_can_come_back(street: Street, office: Reader) -> None:
    await office.become(street, "vol")
    office.cookies.set(SESSION_COOKIE, "session-of-admin")
    assert (await office.press("/places/people/one?id=p-vol", "leave")).status_code == 303
    async with street.ctx.db.read() as connection:
        gone = select(people.c.active).where(people.c.person_id == "p-vol")
        assert (await connection.execute(gone)).scalar_one() is False
        logged = select(sessions.c.person_id).where(sessions.c.person_id == "p-vol")
        assert (await connection.execute(logged)).all() == []
    assert (await office.press("/places/people", "back-1")).status_code == 303
    assert "王桂芳" in (await office.get("/places/people?q=王桂芳")).text
    # nobody locks themselves out
    own = (await office.get("/places/people/one?id=p-admin")).text
    assert 'id="do-leave"' not in own


async def test_a_new_password_is_shown_once_and_opens_the_door(street: Street, office: Reader) -> None:
    page = await office.press("/places/people/one?id=p-night", "password")
    password = re.search(r"<code>([^<]+)</code>", page.text)
    assert password is not None
    office.cookies.clear()
    assert (await office.log_in("night", password.group(1))).status_code == 303


async def test_tables_are_tried_first_and_bad_rows_are_named(street: Street, office: Reader) -> None:
    csrf = token_in((await office.get("/places/import")).text)
    good = "id,area,label\nh-301,yard-a,7 幢 301\n"
    for text, do, status, word in (
        (good.replace("yard-a", "moon"), "save", 422, "没有这一项"),
        (good, "check", 200, "没有错误。可以写入"),
        (good, "save", 200, "已写入"),
    ):
        files = {"files": ("homes.csv", text.encode(), "text/csv")}
        answer = await office.post("/places/import", data={"csrf": csrf, "do": do}, files=files)
        assert (answer.status_code, word in answer.text) == (status, True), do
        there = "7 幢 301" in (await office.get("/places/homes?q=301")).text
        assert there is (do == "save" and status == 200)


@pytest.mark.parametrize("login", ["night", "social"])
async def test_only_administrators_come_in(street: Street, reader: Reader, login: str) -> None:
    await reader.become(street, login)
    for path in ("/places", "/places/homes", "/places/homes/one", "/places/import"):
        assert (await reader.get(path)).status_code == 404, path


async def test_nothing_outside_one_s_area_is_seen(street: Street, office: Reader) -> None:
    assert "外区住户" not in (await office.get("/places/homes")).text
    assert (await office.get("/places/homes/one?id=h-900")).status_code == 404
    assert (await office.get("/places/planets")).status_code == 404


async def test_of_very_many_homes_the_id_is_asked(
    street: Street, office: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert '<select id="f-home"' in (await office.get("/places/residents/one")).text
    monkeypatch.setattr("ingest.places.web.places_page.MOST_CHOICES", 2)
    page = (await office.get("/places/residents/one")).text
    assert '<input id="f-home"' in page
    assert "填编号" in page
