"""The ledger page works with plain forms, says what is wrong in the reader's language, and keeps what was written."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from ingest.store.ledger.tables import away
from tests.ingest.reader import Reader
from tests.ingest.street import NOON, Street

FORM = {"home_id": "h-001", "said_by": "女儿", "way": "phone", "until": "2026-11-24T18:00"}


async def test_an_absence_is_told_in_local_time_and_the_resident_comes_back(street: Street, reader: Reader) -> None:
    await reader.become(street, "desk")
    assert (await reader.press("/ledger", "tell", **FORM)).status_code == 303
    page = (await reader.get("/ledger")).text
    assert "女儿 · 电话" in page
    async with street.ctx.db.read() as connection:
        row = (await connection.execute(select(away))).one()
    assert (row.until.isoformat(), row.since, row.recorded_by) == ("2026-11-24T10:00:00+00:00", NOON, "p-desk")
    assert (await reader.press("/ledger", "back-1")).status_code == 303
    assert "没有人外出" in (await reader.get("/ledger")).text


async def test_a_mistake_is_taken_back(street: Street, reader: Reader) -> None:
    await reader.become(street, "night")
    await reader.press("/ledger", "tell", **FORM)
    assert (await reader.press("/ledger", "revoke-1")).status_code == 303
    assert "Nobody is away." in (await reader.get("/ledger")).text
    async with street.ctx.db.read() as connection:
        assert (await connection.execute(select(away.c.revoked_by))).scalar_one() == "p-night"


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"until": "tomorrow"}, "Please give the times"),
        ({"until": "2026-11-24T18:00+08:00"}, "Please give the times"),
        ({"until": "9999-12-31T23:59"}, "Please give the times"),
        ({"until": "2026-11-23T11:00"}, "before the leaving"),
        ({"said_by": " "}, "who told it"),
        ({"way": "telepathy"}, "who told it"),
        ({"home_id": "h-900"}, "a home of your area"),
    ],
)
async def test_what_can_not_be_is_said_and_the_form_keeps_what_was_written(
    street: Street, reader: Reader, changes: dict[str, str], word: str
) -> None:
    await reader.become(street, "night")
    answer = await reader.press("/ledger", "tell", **{**FORM, **changes})
    assert answer.status_code == 422
    assert word in answer.text


async def test_a_volunteer_reads_the_ledger_and_has_no_form(street: Street, reader: Reader) -> None:
    await reader.become(street, "vol")
    assert "do-tell" not in (await reader.get("/ledger")).text
    answer = await reader.post("/ledger", data={**FORM, "csrf": "csrf-of-vol"})
    assert answer.status_code == 422
