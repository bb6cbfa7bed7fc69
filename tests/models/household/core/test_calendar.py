"""Days off: what China's weekdays really are, against a foreign table."""

from datetime import date

import holidays
import pytest

from models.household.core.calendar import CHINA_OFF, CHINA_WORK, is_off, shifted_days

EPOCH = date(1970, 1, 1).toordinal()


def number(text):
    return date.fromisoformat(text).toordinal() - EPOCH


@pytest.mark.parametrize(
    ("day", "off"),
    [
        ("2026-02-13", False),
        ("2026-02-14", False),  # a Saturday that is worked
        ("2026-02-17", True),  # a Tuesday, New Year
        ("2026-02-21", True),
        ("2026-02-24", False),
        ("2026-10-10", False),  # a Saturday that is worked
    ],
)
def test_china_shifts_its_working_days(day, off):
    assert is_off(number(day), shifted_days("Asia/Shanghai")) is off


def test_elsewhere_a_saturday_is_a_saturday():
    assert is_off(number("2026-02-14"), shifted_days("Europe/Rome"))


@pytest.mark.parametrize("year", [2026, 2027])
def test_the_table_agrees_with_a_foreign_one(year):
    foreign = holidays.country_holidays("CN", years=year)
    off = {day.isoformat() for day in foreign if day.weekday() < 5}
    work = {day.isoformat() for day in foreign.weekend_workdays if day.year == year}
    assert {day for day in CHINA_OFF if day.startswith(str(year))} == off
    assert {day for day in CHINA_WORK if day.startswith(str(year))} == work
