"""The numbers: page, report, CSV and API say the same, each reader of their own areas only."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from ingest.actions.tickets.act_on_ticket import Acted, act_on_ticket
from ingest.domain.base.areas import Level
from ingest.domain.base.people import Actor, Role
from ingest.domain.base.shares import Share
from ingest.domain.tickets.ticket import Cause, Event, EventDetail, Outcome, Ticket
from ingest.figures.web.kpi_page import last_months, percent, seconds
from ingest.figures.web.kpi_sheet import BadPeriodError, read_level, read_period
from ingest.store.base.tables import people
from models.flag import FlagKind, Severity
from tests.ingest.reader import Reader
from tests.ingest.street import NOON, Street

SHANGHAI = ZoneInfo("Asia/Shanghai")
VOLUNTEER = Actor("p-vol", Role.VOLUNTEER, "/gulou/ninghai/erban/yard-a/")


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    """What is counted must be the same on both databases."""
    return str(request.param)


async def worked(street: Street, ticket: Ticket, ack_s: float, outcome: Outcome) -> None:
    """Let the volunteer take the ticket, arrive 10 minutes and resolve 30 minutes later."""
    at = ticket.opened_at + timedelta(seconds=ack_s)
    for event, later, detail in (
        (Event.TAKE, 0, EventDetail()),
        (Event.ARRIVE, 10, EventDetail()),
        (Event.RESOLVE, 30, EventDetail(outcome=outcome, cause=Cause.UNKNOWN)),
    ):
        result = await act_on_ticket(
            street.ctx, ticket.ticket_id, event, VOLUNTEER, at + timedelta(minutes=later), detail=detail
        )
        assert isinstance(result, Acted), result


@pytest.fixture
async def month(street: Street) -> Street:
    """Two alarms (one answered in 40 s, one in 100 s), a calm visit, and an alarm of another district."""
    first = await street.ticket("h-001")
    await worked(street, first, 40, Outcome.HELPED)
    second = await street.ticket("h-002", FlagKind.INACTIVITY, Severity.URGENT, now=NOON + timedelta(hours=2))
    await worked(street, second, 100, Outcome.HABIT)
    await street.ticket("h-003", FlagKind.WELLBEING, Severity.VISIT)
    await street.ticket("h-900")
    street.clock.now = NOON + timedelta(days=5)
    return street


async def test_the_api_counts_the_month_of_the_own_area(month: Street, reader: Reader) -> None:
    await reader.become(month, "desk")
    found = (await reader.get("/api/v1/kpi?from=2026-11-01&to=2026-11-30&level=compound")).json()
    whole = found["whole"]
    assert (whole["tickets"], whole["alarms"]) == (3, 2)
    assert whole["in_60_s"] == {"part": 1, "whole": 2, "rate": 0.5}
    assert whole["in_180_s"]["rate"] == 1.0
    assert whole["arrived"] == {"part": 2, "whole": 2, "rate": 1.0}
    assert whole["median_ack_s"] == 70
    assert whole["resolved"] == {"part": 2, "whole": 3, "rate": pytest.approx(2 / 3)}
    assert {place["area_id"]: place["alarms"] for place in found["places"]} == {"yard-a": 2, "yard-b": 0}
    assert {row["kind"]: row["right"]["rate"] for row in found["rules"]} == {
        "smoke": 1.0, "inactivity": 0.0, "wellbeing": None
    }  # fmt: skip
    assert [(late["after_s"], late["worse"]) for late in found["exceptions"]] == [(100.0, False)]
    assert [(day["from"], day["tickets"]) for day in found["periods"] if day["tickets"]] == [("2026-11-23", 3)]
    (load,) = [load for load in found["load"] if load["taken"]]
    assert (load["person_id"], load["asked"], load["taken"], load["minutes"]) == ("p-vol", 2, 2, 60)


async def test_a_period_without_anything_has_no_rates_and_no_error(month: Street, reader: Reader) -> None:
    await reader.become(month, "desk")
    found = (await reader.get("/api/v1/kpi?month=2025-02")).json()
    assert (found["from"], found["to"], found["whole"]["in_60_s"]["rate"]) == ("2025-02-01", "2025-02-28", None)
    assert (await reader.get("/numbers?from=2025-01-01&to=2025-12-31")).status_code == 200


@pytest.mark.parametrize("login", ["desk", "night"])
async def test_page_and_report_show_figures_aims_and_definitions(month: Street, reader: Reader, login: str) -> None:
    await reader.become(month, login)
    page = (await reader.get("/numbers")).text
    report = (await reader.get("/numbers/report?month=2026-11")).text
    for text in (page, report):
        assert "50 %" in text
        assert "97.5 %" in text
        assert "<svg" in text
        assert "style=" not in text
    assert ("王桂芳" in page) is True
    assert ("missed" if login == "night" else "未达标") in page
    assert ("72 hours" if login == "night" else "72 小时") in report
    assert "<script" not in report


async def test_figures_about_people_are_for_the_desk(month: Street, reader: Reader) -> None:
    await reader.become(month, "social")
    page = await reader.get("/numbers")
    assert page.status_code == 200
    assert "王桂芳" not in page.text
    assert (await reader.get("/numbers/hours.csv")).status_code == 404
    assert (await reader.get("/numbers/places.csv")).status_code == 200
    assert (await reader.get("/api/v1/kpi")).json()["load"] == []


async def test_a_stranger_sees_no_numbers(month: Street, reader: Reader) -> None:
    assert (await reader.get("/numbers")).status_code == 303
    assert (await reader.get("/api/v1/kpi")).status_code == 401
    assert (await reader.get("/numbers/hours.csv")).status_code == 303


def read_csv(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf"), "a spreadsheet needs the mark to read Chinese"
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


async def test_the_volunteers_hours_are_one_line_a_stint_for_the_benefits_scheme(month: Street, reader: Reader) -> None:
    async with month.ctx.db.write() as connection:
        await connection.execute(update(people).where(people.c.person_id == "p-vol").values(name="=HYPERLINK(1)"))
    await reader.become(month, "desk")
    answer = await reader.get("/numbers/hours.csv?month=2026-11")
    assert answer.headers["content-disposition"] == 'attachment; filename="linshe-hours-2026-11-01-2026-11-30.csv"'
    lines = read_csv(answer.content)
    assert [(line["day"], line["from"], line["to"], line["minutes"]) for line in lines] == [
        ("2026-11-23", "12:01", "12:31", "30"), ("2026-11-23", "14:02", "14:32", "30")
    ]  # fmt: skip
    assert lines[0]["name"] == "'=HYPERLINK(1)", "a name must not become a formula"


@pytest.mark.parametrize("table", ["places", "periods", "rules", "exceptions", "load", "hours"])
async def test_every_table_has_a_cell_for_every_heading(month: Street, reader: Reader, table: str) -> None:
    await reader.become(month, "desk")
    rows = list(csv.reader(io.StringIO((await reader.get(f"/numbers/{table}.csv")).content.decode("utf-8-sig"))))
    assert len(rows) > 1
    assert {len(row) for row in rows} == {len(rows[0])}


BAD_PERIODS = [
    "from=2026-13-01",
    "from=2026-11-05&to=2026-11-01",
    "month=x",
    "level=moon",
    "from=2020-01-01&to=2026-01-01",
    "from=9999-12-31&to=9999-12-31",
    "month=9999-12",
]


@pytest.mark.parametrize("query", BAD_PERIODS)
async def test_a_period_that_cannot_be_is_said_so(month: Street, reader: Reader, query: str) -> None:
    await reader.become(month, "night")
    answer = await reader.get(f"/api/v1/kpi?{query}")
    assert (answer.status_code, answer.json()["error"]) == (422, "bad_request")
    page = await reader.get(f"/numbers?{query}")
    assert page.status_code == 422
    assert "This month is shown" in page.text
    assert (await reader.get(f"/numbers/places.csv?{query}")).status_code == 422


async def test_a_table_that_is_not_there_is_not_found(month: Street, reader: Reader) -> None:
    await reader.become(month, "desk")
    assert (await reader.get("/numbers/people.csv")).status_code == 404


def test_a_month_ends_with_its_last_day_and_days_begin_at_the_sites_midnight() -> None:
    period = read_period("", "", "", date(2026, 2, 10), SHANGHAI)
    assert (period.first, period.last) == (date(2026, 2, 1), date(2026, 2, 28))
    assert period.since.isoformat() == "2026-01-31T16:00:00+00:00"
    assert period.until.isoformat() == "2026-02-28T16:00:00+00:00"
    assert len(read_period("2026-01-15", "2026-12-31", "", date(2026, 1, 1), SHANGHAI).pieces()) == 12


def test_a_level_that_is_none_is_refused() -> None:
    assert read_level("") is Level.STREET
    with pytest.raises(BadPeriodError, match="district"):
        read_level("planet")


@pytest.mark.parametrize(
    ("share", "text"),
    [(Share(0, 0), "–"), (Share(39, 40), "97.5 %"), (Share(9749, 10000), "97.4 %"), (Share(9999, 10000), "99.9 %")],
)
def test_a_rate_is_never_rounded_up_to_its_aim(share: Share, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(("value", "text"), [(None, "–"), (59.9, "59 s"), (60, "1:00"), (3725, "1:02:05")])
def test_lengths_are_short_to_read(value: float | None, text: str) -> None:
    assert seconds(value) == text


def test_months_lead_back_over_a_new_year() -> None:
    assert last_months(date(2027, 2, 28), 4) == ["2027-02", "2027-01", "2026-12", "2026-11"]


async def test_a_month_is_one_press_away(month: Street, reader: Reader) -> None:
    await reader.become(month, "night")
    page = (await reader.get("/numbers")).text
    assert 'href="/numbers?month=2026-10&amp;level=' in page
    assert 'value="2026-10-01"' in (await reader.get("/numbers?month=2026-10")).text


async def test_a_period_that_goes_on_is_counted_anew_on_the_open_page(month: Street, reader: Reader) -> None:
    await reader.become(month, "night")
    page = (await reader.get("/numbers?month=2026-11")).text
    again = re.search(r'data-live="(/numbers/live[^"]+)" data-every="60"', page)
    assert again
    live = unescape(again.group(1))
    before = (await reader.get(live)).text
    assert "<html" not in before
    await month.ticket("h-003", now=month.clock.now)
    assert (await reader.get(live)).text != before
    assert "data-live" not in (await reader.get("/numbers?month=2026-10")).text
