"""Coverage words: the sentence that says where and when nobody would answer. Pure; it stores nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time
from zoneinfo import ZoneInfo

from ingest.domain.duty.coverage import CoverageGap
from ingest.domain.duty.coverage_notices import in_lines
from models.texts.texts import LANGUAGES, text_of

_MOST_LINES = 5
_Line = tuple[str, date | None, time, date, time]


def coverage_words(
    gaps: Sequence[CoverageGap], zone: ZoneInfo, names: Mapping[str, tuple[str, str]]
) -> tuple[str, str]:
    """Return the sentence in Chinese and English: where and when, by the clock of the place; the first few, then how
    many more."""
    lines = in_lines(gaps, zone)
    zh, en = (
        _coverage_sentence(lines, {area: both[at] for area, both in names.items()}, language)
        for at, language in enumerate(LANGUAGES)
    )
    return zh, en


def _coverage_sentence(lines: Sequence[_Line], names: Mapping[str, str], language: str) -> str:
    told = [_stretch(line, names[line[0]], language) for line in lines[:_MOST_LINES]]
    gaps = text_of(language, "tickets.roster.between").join(told)
    more = len(lines) - _MOST_LINES
    if more > 0:
        return text_of(language, "tickets.roster.gaps_more", gaps=gaps, more=more)
    return text_of(language, "tickets.roster.gaps", gaps=gaps)


def _stretch(line: _Line, place: str, language: str) -> str:
    _, day, first, last, until = line
    starts, ends = f"{first:%H:%M}", f"{until:%H:%M}"
    if day is None:
        return text_of(language, "tickets.roster.daily", place=place, starts=starts, ends=ends)
    begins = _day(day, language)
    if (last - day).days <= 1:
        return text_of(language, "tickets.roster.one_day", place=place, begins=begins, starts=starts, ends=ends)
    return text_of(
        language,
        "tickets.roster.several_days",
        place=place,
        begins=begins,
        starts=starts,
        until=_day(last, language),
        ends=ends,
    )


def _day(day: date, language: str) -> str:
    return text_of(language, "kinds.date.weekday", weekday=f"{day:%a}", day=day.day, month=day.month)
