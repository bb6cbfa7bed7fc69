"""Numbers as CSV: one table a file, for spreadsheets and for the volunteers' benefits scheme. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ingest.domain.base.shares import Share
from ingest.figures.domain.kpi import KeyFigures
from ingest.figures.web.kpi_sheet import KpiReport
from ingest.web.base.csv_table import Cell, write_rows

_FIGURES = (
    "tickets", "alarms", "acknowledged_60_s", "judged_60_s", "acknowledged_180_s", "judged_180_s", "median_ack_s",
    "slowest_ack_s", "arrived_45_min", "judged_arrival", "median_arrival_s", "resolved", "judged_resolved",
    "provisional", "reopened",
)  # fmt: skip


def _pair(share: Share) -> tuple[int, int]:
    return share.part, share.whole


def _figures(found: KeyFigures) -> tuple[Cell, ...]:
    return (
        found.tickets,
        found.alarms,
        *_pair(found.in_60_s),
        *_pair(found.in_180_s),
        found.median_ack_s,
        found.slowest_ack_s,
        *_pair(found.arrived),
        found.median_arrival_s,
        *_pair(found.resolved),
        found.provisional,
        found.reopened,
    )


def _area(sheet: KpiReport, area_id: str) -> tuple[Cell, ...]:
    area = sheet.areas.get(area_id)
    return area_id, area.name_zh if area else "", area.name_en if area else ""


def _own_area(sheet: KpiReport, path: str) -> tuple[Cell, ...]:
    return _area(sheet, path.strip("/").rsplit("/", 1)[-1])


def _person(sheet: KpiReport, person_id: str) -> tuple[Cell, ...]:
    named = sheet.names.get(person_id)
    return person_id, named.name if named else "", named.role if named else ""


def _places(sheet: KpiReport) -> Iterable[Sequence[Cell]]:
    yield ("area_id", "name_zh", "name_en", *_FIGURES)
    for area_id, found in sheet.places:
        yield (*_area(sheet, area_id), *_figures(found))


def _periods(sheet: KpiReport) -> Iterable[Sequence[Cell]]:
    yield ("from", *_FIGURES)
    for day, found in sheet.pieces:
        yield (day.isoformat(), *_figures(found))


def _rules(sheet: KpiReport) -> Iterable[Sequence[Cell]]:
    yield ("kind", "rule", "area_id", "name_zh", "name_en", "right", "judged", "not_judged")
    for row in sheet.rules:
        yield (row.kind, row.rule, *_area(sheet, row.place), *_pair(row.right), row.not_judged)


def _exceptions(sheet: KpiReport) -> Iterable[Sequence[Cell]]:
    area_names = ("area_id", "name_zh", "name_en")
    yield ("ticket_id", *area_names, "severity", "alarm_since", "acknowledged_after_s", "over_180_s")
    for late in sheet.late:
        area = _own_area(sheet, late.path)
        yield (late.ticket_id, *area, late.severity, late.since.isoformat(), late.after_s, _yes(late.worse))


def _load(sheet: KpiReport) -> Iterable[Sequence[Cell]]:
    yield ("person_id", "name", "role", "asked", "declined", "taken", "minutes", "to_check", "visits")
    for load in sheet.loads:
        person = _person(sheet, load.person_id)
        yield (*person, load.asked, load.declined, load.taken, load.minutes, load.to_check, load.visits)


def _hours(sheet: KpiReport) -> Iterable[Sequence[Cell]]:
    yield ("person_id", "name", "role", "day", "from", "to", "minutes", "to_check", "ticket_id", "area_id")
    for stint in sheet.stints:
        start, end = (at.astimezone(sheet.period.zone) for at in (stint.start, stint.end))
        clock = (start.date().isoformat(), f"{start:%H:%M}", f"{end:%H:%M}" if stint.ended else "")
        area = _own_area(sheet, stint.path)[0]
        yield (*_person(sheet, stint.person_id), *clock, stint.minutes, _yes(stint.to_check), stint.ticket_id, area)


TABLES: dict[str, Callable[[KpiReport], Iterable[Sequence[Cell]]]] = {
    "places": _places,
    "periods": _periods,
    "rules": _rules,
    "exceptions": _exceptions,
    "load": _load,
    "hours": _hours,
}
ABOUT_PEOPLE = frozenset({"load", "hours"})


def write_csv(sheet: KpiReport, table: str) -> bytes:
    """Return one of `TABLES` as a file."""
    return write_rows(TABLES[table](sheet))


def _yes(value: bool) -> str:
    return "yes" if value else ""
