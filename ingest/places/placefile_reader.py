"""Reading the place file: every mistake is told at once, with its line, before anything is written.

Knows nothing of the database: whether what an entry points at is there is the loader's question.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any

from ingest.domain.duty.plan import PlanError
from ingest.domain.duty.plan_documents import part_of
from ingest.domain.duty.roster import RosterError, roster_zone, rotations_of
from ingest.places.domain.placefile import (
    BEINGS,
    PlaceFile,
    PlaceFileError,
    PlanEntry,
    RosterEntry,
    check_area,
    check_consent,
    check_gateway_id,
    check_home,
    check_kind,
    check_licence,
    check_ways,
)
from models.kit.config_declared import keys_of
from models.kit.config_places import Path
from models.kit.config_reader import Reader, dotted, read_document

_KEY_OF_RULE = {"bad_id": "id", "health_consent": "health_notes"}
"""Where a broken rule is shown; the others are called as the key is."""


def _roster_zone(entry: RosterEntry) -> None:
    try:
        roster_zone(entry.id, entry.timezone)
    except RosterError as error:
        raise PlaceFileError(str(error), "timezone") from error


def _rotations(entry: RosterEntry) -> None:
    rotations_of(entry.id, entry.rotations)


def _severities(entry: PlanEntry) -> None:
    if not entry.severities:
        raise PlaceFileError(f"[[plans]] {entry.id}: name at least one severity", "severities")


def _steps(entry: PlanEntry) -> None:
    part_of(entry.id, entry.steps, entry.quiet, entry.then)


_RULES: dict[str, tuple[Callable[[Any], None], ...]] = {
    "areas": (check_area,),
    "gateways": (lambda entry: check_gateway_id(entry.id),),
    "homes": (check_home,),
    "people": (lambda entry: check_ways("people", entry), check_kind, check_licence),
    "residents": (lambda entry: check_ways("residents", entry), check_consent),
    "contacts": (lambda entry: check_ways("contacts", entry),),
    "rosters": (_roster_zone, _rotations),
    "plans": (_severities, _steps),
}

_WHOLE = (_rotations, _steps)
"""Rules about rows within the entry, which must be as declared before these can be asked."""


def read_places(path: FilePath) -> PlaceFile:
    """Return the file's content; raises `ConfigError` with every mistake."""
    data, reader = read_document(path)
    reader.check(data, PlaceFile, ())
    _check_ids(data, reader)
    for sheet, rules in _RULES.items():
        kind = keys_of(PlaceFile)[sheet].shape.rows
        assert kind is not None  # every sheet is a list of tables
        for at, row in _rows(data, sheet):
            alone = Reader(path)
            alone.check(row, kind.plain, at)
            entry = reader.good(row, kind.plain)
            for rule in rules if entry is not None else ():
                if not alone.problems or rule not in _WHOLE:
                    _apply(rule, entry, at, reader)
    places = reader.good(data, PlaceFile)
    reader.raise_problems()
    assert places is not None
    return places


def _apply(rule: Callable[[Any], None], entry: object, at: Path, reader: Reader) -> None:
    try:
        rule(entry)
    except PlaceFileError as error:
        key = _KEY_OF_RULE.get(error.rule, error.rule)
        reader.complain((*at, key) if key else at, str(error))
    except (PlanError, RosterError) as error:
        place = re.search(r"(step|rotation) (\d+)", str(error))
        inner: Path = () if place is None else ({"step": "steps"}.get(place[1], "rotations"), int(place[2]) - 1)
        reader.complain((*at, *inner), str(error))


def _rows(data: Mapping[str, Any], sheet: str) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    rows = data.get(sheet)
    for index, row in enumerate(rows if isinstance(rows, list) else []):
        if isinstance(row, Mapping):
            yield (sheet, index), row


def _check_ids(data: Mapping[str, Any], reader: Reader) -> None:
    beings: dict[str, Path] = {}
    for sheet in keys_of(PlaceFile):
        seen = beings if sheet in BEINGS else {}
        for at, row in _rows(data, sheet):
            name = row.get("id")
            if name == "":
                reader.complain((*at, "id"), "is empty; everything has an id")
            if not isinstance(name, str) or not name:
                continue
            first = seen.setdefault(name, at)
            if first != at:
                told = f"{name!r} is taken already, by {dotted(first)} on line {reader.line(first)}"
                reader.complain((*at, "id"), told)
