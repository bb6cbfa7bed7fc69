"""The household's page: the resident decides, the contact sees what was agreed, a link ends, and paper has a code."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from ingest.actions.base.note_look import note_look
from ingest.domain.base.people import Actor, Role
from ingest.families.store.tables import family_consents
from ingest.store.base.tables import gateways, homes
from ingest.store.ledger.absences import ledger_of
from ingest.store.ledger.suppressions import suppressions_at
from ingest.store.ledger.tables import away, pauses, silences
from models.flag import FlagKind
from tests.ingest.kin import DAUGHTER, MOTHER, house_page, settle
from tests.ingest.reader import Reader
from tests.ingest.street import NOON, Street

CONSENT = {"contact_id": DAUGHTER, "given_by": "陈秀英", "way": "in_person", "updates": "1", "may_tell_away": "1"}


@pytest.fixture
async def home(street: Street) -> Street:
    await settle(street, NOON - timedelta(hours=2))
    return street


async def consent(reader: Reader, street: Street, **changes: str) -> None:
    await reader.become(street, "social")
    assert (await reader.press("/family/h-001", "agree", **{**CONSENT, **changes})).status_code == 303


async def test_the_resident_tells_an_absence_in_local_time_and_comes_back(home: Street, reader: Reader) -> None:
    page = await house_page(home, MOTHER)
    assert (await reader.press(page, "away", until="2026-11-24T18:00")).status_code == 303
    async with home.ctx.db.read() as connection:
        row = (await connection.execute(select(away))).one()
    assert (row.said_by, row.way, row.recorded_by) == ("陈秀英", "link", MOTHER)
    assert row.until.isoformat() == "2026-11-24T10:00:00+00:00"
    assert "外出中" in (await reader.get(page)).text
    assert (await reader.press(page, "back-1")).status_code == 303
    assert "外出中" not in (await reader.get(page)).text


async def test_one_press_tells_a_usual_absence(home: Street, reader: Reader) -> None:
    page = await house_page(home, MOTHER)
    text = (await reader.get(page)).text
    # noon there: this evening at nine, tomorrow, in three days, in a week
    ends = re.findall(r'name="until" value="([^"]+)"', text)
    assert ends == ["2026-11-23T21:00", "2026-11-24T21:00", "2026-11-26T21:00", "2026-11-30T21:00"]
    assert (await reader.press(page, "away-soon", until=ends[1])).status_code == 303
    async with home.ctx.db.read() as connection:
        row = (await connection.execute(select(away))).one()
    assert row.until.isoformat() == "2026-11-24T13:00:00+00:00"


@pytest.mark.parametrize(
    ("until", "word"),
    [("", "请填写什么时候回来"), ("tomorrow", "请按日期和时间填写"), ("2026-11-23T11:00", "回来的时间早于")],
)
async def test_what_can_not_be_is_said(home: Street, reader: Reader, until: str, word: str) -> None:
    answer = await reader.press(await house_page(home, MOTHER), "away", until=until)
    assert answer.status_code == 422
    assert word in answer.text


async def test_a_pause_quietens_the_watching_and_never_the_smoke(home: Street, reader: Reader) -> None:
    async with home.ctx.db.write() as connection:
        await connection.execute(gateways.insert().values(gateway_id="g", area_id="yard-a"))
        await connection.execute(homes.update().where(homes.c.home_id == "h-001").values(gateway_id="g"))
    page = await house_page(home, MOTHER)
    assert (await reader.press(page, "pause-6")).status_code == 303
    assert "已暂停守护" in (await reader.get(page)).text
    async with home.ctx.db.read() as connection:
        (entry,) = await ledger_of(connection, "g", NOON)
        (silence,) = (await connection.execute(select(silences))).mappings()
    assert (entry.home, entry.since, entry.until) == ("h-001", NOON, NOON + timedelta(hours=6))
    assert set(silence["kinds"]) == {"inactivity", "wellbeing"}
    async with home.ctx.db.write() as connection:
        held = (await suppressions_at(connection, ["h-001"], NOON))["h-001"]
        later = (await suppressions_at(connection, ["h-001"], NOON + timedelta(hours=6)))["h-001"]
    (kinds,) = held.silenced
    assert FlagKind.INACTIVITY in kinds
    assert FlagKind.SMOKE not in kinds
    assert later.silenced == ()
    assert (await reader.post(f"{page}/pause", data={"hours": "6"})).status_code == 403
    assert (await reader.press(page, "resume")).status_code == 303
    async with home.ctx.db.read() as connection:
        assert [row.ended_at for row in await connection.execute(select(pauses))] == [NOON]
        assert [row.ended_at for row in await connection.execute(select(silences))] == [NOON]


async def test_nobody_pauses_for_longer_than_a_day_or_twice(home: Street, reader: Reader) -> None:
    page = await house_page(home, MOTHER)
    assert "只能暂停" in (await reader.press(page, "pause-24", hours="48")).text
    await reader.press(page, "pause-24")
    shown = await reader.get(page)
    assert "do-pause" not in shown.text


async def test_a_contact_sees_nothing_before_the_resident_has_agreed(home: Street, reader: Reader) -> None:
    page = await house_page(home, DAUGHTER)
    shown = (await reader.get(page)).text
    assert "has not agreed" in shown
    for hidden in ("All is well", "do-away", "do-pause", "Who looked"):
        assert hidden not in shown


async def test_a_contact_sees_and_does_what_was_agreed_and_no_more(home: Street, reader: Reader) -> None:
    await consent(reader, home)
    reader.cookies.clear()
    page = await house_page(home, DAUGHTER)
    shown = (await reader.get(page)).text
    assert "There was a sign of life" not in shown  # no gateway is heard of: the home is not watched
    assert "We can not see" in shown
    assert "do-pause" not in shown
    assert "Who looked" not in shown
    assert (await reader.press(page, "away", until="2026-11-24T18:00")).status_code == 303
    # somebody who writes the form by hand still may not pause
    refused = await reader.post(
        f"{page}/pause", data={"hours": "6", "csrf": (await reader.get(page)).text.split('name="csrf" value="')[1][:64]}
    )
    assert refused.status_code == 422
    assert (await reader.press(page, "consent-1")).status_code == 303
    assert "has not agreed" in (await reader.get(page)).text


async def test_the_resident_takes_a_consent_back(home: Street, reader: Reader) -> None:
    await consent(reader, home, morning="1", morning_by="08:15")
    reader.cookies.clear()
    page = await house_page(home, MOTHER)
    assert "最晚 08:15" in (await reader.get(page)).text
    await reader.press(page, "consent-1")
    assert "没有同意告诉任何家人" in (await reader.get(page)).text
    async with home.ctx.db.read() as connection:
        assert (await connection.execute(select(family_consents.c.ended_by))).scalar_one() == MOTHER


async def test_the_resident_reads_who_looked_once_an_hour_each(home: Street, reader: Reader) -> None:
    page = await house_page(home, MOTHER)
    for minute in (0, 20, 59):
        await note_look(
            home.ctx, "h-001", Actor("p-desk", Role.DISPATCHER, "/gulou/"), NOON + timedelta(minutes=minute)
        )
    shown = (await reader.get(page)).text
    assert shown.count("查看了情况") == 1
    assert "周（值班员）" in shown
    assert "周敏" not in shown


async def test_an_alarm_that_people_work_on_is_said(home: Street, reader: Reader) -> None:
    await home.ticket()
    assert "有人正在查看" in (await reader.get(await house_page(home, MOTHER))).text


async def test_a_new_link_ends_the_old_one_and_all_end_in_time(home: Street, reader: Reader) -> None:
    old = await house_page(home, MOTHER)
    new = await house_page(home, MOTHER)
    assert (await reader.get(old)).status_code == 410
    assert (await reader.get(new)).status_code == 200
    assert (await reader.get(new[:6] + "x" + new[6:])).status_code == 404
    await reader.become(home, "social")
    await reader.press("/family/h-001", "unlink-1")
    assert (await reader.get(new)).status_code == 410
    last = await house_page(home, MOTHER)
    home.clock.now = NOON + timedelta(days=400)
    assert (await reader.get(last)).status_code == 410


async def test_the_sheet_has_a_code_of_the_link_and_no_style_of_its_own(home: Street, reader: Reader) -> None:
    await reader.become(home, "social")
    sheet = await reader.press("/family/h-001", "link-1")
    assert sheet.status_code == 200
    link = sheet.text.split('readonly value="')[1].split('"')[0]
    assert link.startswith("http://testserver/home/")
    assert (await reader.get(link)).status_code == 200
    assert "<svg" in sheet.text
    assert "style=" not in sheet.text
    assert "+862583009999" in sheet.text


async def test_only_the_station_keeps_families_and_only_its_own(home: Street, reader: Reader) -> None:
    await reader.become(home, "vol")
    assert (await reader.get("/family")).status_code == 404
    assert (await reader.get("/family/h-001")).status_code == 404
    await reader.become(home, "other")
    assert (await reader.get("/family/h-001")).status_code == 404
    await reader.become(home, "social")
    assert "3 幢 2 单元 402" in (await reader.get("/family")).text
    bad = await reader.press("/family/h-001", "agree", **{**CONSENT, "updates": "", "may_tell_away": ""})
    assert bad.status_code == 422
    assert "请至少勾选一项" in bad.text
    bad = await reader.press("/family/h-001", "agree", **CONSENT, morning="1", morning_by="late")
    assert "05:00 到 13:00" in bad.text
