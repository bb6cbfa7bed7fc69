"""Calendar: which days people take for days off. A plain table, so that a year is added by adding its dates.

China moves working days to weekends around its holidays; the State Council says so each November. 2026 is as announced;
of 2027 only the days that the law fixes are known here, so its shifted days are still to be added.
"""

from __future__ import annotations

from datetime import date

_EPOCH = date(1970, 1, 1).toordinal()
_CHINA = frozenset({"Asia/Shanghai", "Asia/Chongqing", "Asia/Harbin", "Asia/Urumqi", "PRC"})

CHINA_OFF = (
    *("2026-01-01", "2026-01-02", "2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19", "2026-02-20", "2026-02-23"),
    *("2026-04-06", "2026-05-01", "2026-05-04", "2026-05-05", "2026-06-19", "2026-09-25"),
    *("2026-10-01", "2026-10-02", "2026-10-05", "2026-10-06", "2026-10-07"),
    *("2027-01-01", "2027-02-05", "2027-02-08", "2027-02-09", "2027-02-10", "2027-04-05", "2027-05-03", "2027-05-04"),
    *("2027-06-09", "2027-09-15", "2027-10-01", "2027-10-04", "2027-10-05"),
)
"""Weekdays that are days off."""
CHINA_WORK = ("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10")
"""Saturdays and Sundays that are working days."""


def _number(text: str) -> int:
    return date.fromisoformat(text).toordinal() - _EPOCH


_CHINA_SHIFTED = frozenset(_number(text) for text in (*CHINA_OFF, *CHINA_WORK))


def shifted_days(zone: str) -> frozenset[int]:
    """Return the local days (numbers since 1970) that are the opposite of what their weekday says, by name of zone."""
    return _CHINA_SHIFTED if zone in _CHINA else frozenset()


def is_off(day: int, shifted: frozenset[int]) -> bool:
    """Whether local day `day` is a day off (1970-01-01 was a Thursday)."""
    return ((day + 3) % 7 >= 5) is not (day in shifted)
