"""History words: what was said with an event, as short lines in the reader's language. Pure.

A detail that this version has no word for is left out of the page; it stays in the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingest.store.tickets.queries import HistoryRow
from ingest.web.base.languages import Catalogue, Language


def said(entry: HistoryRow, catalogue: Catalogue, people: Mapping[str, str]) -> list[str]:
    """Return the lines under an entry; `people` are names by person id."""
    detail = entry.detail
    lines: list[str] = []
    person = detail.get("person_id")
    if isinstance(person, str) and person in people:
        lines.append(people[person])
    outcome = detail.get("outcome")
    if isinstance(outcome, str) and outcome:
        lines.append(catalogue.label("outcome", outcome))
    lines.extend(_told_locally(detail, catalogue, people))
    lines.extend(_texts(detail, catalogue.language))
    return lines


def _told_locally(detail: Mapping[str, Any], catalogue: Catalogue, people: Mapping[str, str]) -> list[str]:
    """Return whom a gateway told itself, and who of them has answered that they go."""
    lines = [
        f"{catalogue.label('local_way', way)} · {people.get(person, person)} · {at}"
        for way, person, at in detail.get("told") or ()
    ]
    goes = detail.get("goes")
    if isinstance(goes, str):
        lines.append(catalogue.say("local.goes", who=people.get(goes, goes)))
    return lines


def _texts(detail: Mapping[str, Any], language: Language) -> list[str]:
    keys = ("reason", "note", f"text_{language.value}")
    return [text for key in keys if isinstance(text := detail.get(key), str) and text]
