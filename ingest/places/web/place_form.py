"""The form of one entry of places and people: which fields, of what kind, what stands in them, what is wrong with each.

The fields are those of the sheets, so the form and the table that an office sends never differ. Reads no database.
"""

from __future__ import annotations

import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import UnionType
from typing import Any

import msgspec
from starlette.datastructures import FormData

from ingest.domain.base.people import ROLE_OF_KIND, Kind
from ingest.places.domain.placefile import ChannelEntry
from ingest.places.sheets.columns import ENTRIES, REFERENCES, BadRow
from ingest.web.base.readable import kept_text

LONGEST = 2000
CHANNELS = ("sms", "voice", "dingtalk", "wecom", "feishu", "email", "webhook", "push")
MOST_CHANNELS = 4
PREFIX = {
    "areas": "a", "stations": "s", "gateways": "gw", "homes": "h", "people": "p", "residents": "r", "contacts": "k",
}  # fmt: skip
FIELD_OF_RULE = {
    "bad_id": "id", "taken_id": "id", "parent": "parent", "parent_level": "parent", "moved": "parent",
    "district": "parent", "kind": "kind", "licence": "licence", "station": "station",
    "health_consent": "health_consent_by", "timezone": "timezone", "login": "login",
    "channels": "channels",
}  # fmt: skip
"""Beside which field stands what was broken; other faults name their own."""
FAULTS = {"empty", "unreadable", "dangling", "other", *FIELD_OF_RULE}
HINTED = {
    "label", "gateway", "phone", "timezone", "way", "login", "channels", "skills", "languages", "access_notes",
    "health_notes", "position", "parent", "areas", "name_en",
}  # fmt: skip
_LONG = {"way", "access_notes", "health_notes"}
_GROUPS = {"level": "level", "kind": "role", "licence": "licence", "language": "language"}
_HIDDEN = {"people": {"role"}}
"""What follows from another field."""


class Sort(StrEnum):
    """How a field is asked."""

    TEXT = "text"
    LONG = "long"
    NUMBER = "number"
    DATE = "date"
    TEL = "tel"
    TICK = "tick"
    CHOICE = "choice"
    REFERENCE = "reference"
    SEVERAL = "several"
    CHANNELS = "channels"


@dataclass(frozen=True, slots=True)
class Field:
    """One question: what stands there, what may be chosen, and the rule that it breaks (None: none)."""

    name: str
    sort: Sort
    required: bool
    value: str = ""
    several: tuple[str, ...] = ()
    channels: tuple[tuple[str, str], ...] = ()
    choices: tuple[str, ...] = ()
    group: str = ""
    reference: str = ""
    fault: str | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Filled:
    """What a form says, as a row of the sheet."""

    row: dict[str, str]
    several: dict[str, tuple[str, ...]] = field(default_factory=dict)
    channels: tuple[tuple[str, str], ...] = ()


def read_form(sheet: str, said: FormData) -> Filled:
    """Return the row that a form says; what the sheet has no column for is left out."""
    row: dict[str, str] = {}
    several: dict[str, tuple[str, ...]] = {}
    channels: list[tuple[str, str]] = []
    for name, sort in _sorts(sheet):
        if sort is Sort.CHANNELS:
            channels = _said_channels(said)
            row[name] = "; ".join(f"{kind}:{address}" for kind, address in channels)
        elif sort is Sort.SEVERAL:
            several[name] = tuple(str(one)[:200] for one in said.getlist(name))
            row[name] = "; ".join(several[name])
        elif sort is Sort.TICK:
            row[name] = "yes" if said.get(name) else "no"
        else:
            row[name] = kept_text(str(said.get(name, "")), LONGEST)
    if sheet == "people" and row.get("kind") in set(Kind):
        role = ROLE_OF_KIND.get(Kind(row["kind"]))
        row["role"] = role.value if role else ""
    return Filled({name: text for name, text in row.items() if text}, several, tuple(channels))


def filled_from(entry: Any) -> Filled:
    """Return what a form shows of an entry that is there."""
    row: dict[str, str] = {}
    several: dict[str, tuple[str, ...]] = {}
    channels: tuple[tuple[str, str], ...] = ()
    for name, sort in _sorts(_sheet_of(entry)):
        value = getattr(entry, name)
        if sort is Sort.CHANNELS:
            channels = tuple((one.kind, one.address) for one in value)
        elif sort is Sort.SEVERAL:
            several[name] = tuple(value)
        elif isinstance(value, list):
            row[name] = "; ".join(value)
        elif isinstance(value, bool):
            row[name] = "yes" if value else ""
        elif value is not None:
            row[name] = str(value)
    if _sheet_of(entry) == "people" and entry.kind is None:
        row["kind"] = entry.role.value
    return Filled(row, several, channels)


def fields_of(sheet: str, filled: Filled, bad: Sequence[BadRow] = ()) -> list[Field]:
    """Return the fields in the order of the sheet, each with what is wrong with it."""
    faults = faults_of(bad)
    wanted = {one.name: one.required for one in msgspec.structs.fields(ENTRIES[sheet])}
    return [
        Field(
            name,
            sort,
            required=wanted[name] or (sheet == "people" and name == "kind"),
            value=filled.row.get(name, ""),
            several=filled.several.get(name, ()),
            channels=filled.channels,
            choices=_choices(sheet, name),
            group=_GROUPS.get(name, ""),
            reference=REFERENCES[sheet].get(name, ""),
            fault=faults.get(name, (None, ""))[0],
            problem=faults.get(name, (None, ""))[1],
        )
        for name, sort in _sorts(sheet)
    ]


def faults_of(bad: Iterable[BadRow]) -> dict[str, tuple[str, str]]:
    """Return field → (rule, the problem in full); what belongs to no field stands under ""."""
    found: dict[str, tuple[str, str]] = {}
    for one in bad:
        rule = one.rule if one.rule in FAULTS else "other"
        column = "kind" if one.column == "role" else one.column
        found.setdefault(column or FIELD_OF_RULE.get(rule, ""), (rule, one.problem))
    return found


def changes(before: Mapping[str, Any] | None, entry: Any) -> list[tuple[str, str, str]]:
    """Return (field, what stood there, what is to stand there) of what differs."""
    after = msgspec.to_builtins(entry)
    old = before or {}
    pairs = [(name, _shown(old.get(name)), _shown(after[name])) for name in after if name != "role"]
    return [(name, was, will) for name, was, will in pairs if was != will]


def new_id(sheet: str, taken: Iterable[str]) -> str:
    """Return an id that nothing of the list has, as `h-12`."""
    prefix = PREFIX[sheet]
    numbers = [0]
    for one in taken:
        head, _, tail = one.rpartition("-")
        if head == prefix and tail.isascii() and tail.isdigit() and len(tail) < 9:
            numbers.append(int(tail))
    return f"{prefix}-{max(numbers) + 1:03}"


def every_field() -> set[str]:
    """Return the names of all fields of all forms."""
    return {name for sheet in ENTRIES for name, _ in _sorts(sheet)}


def _said_channels(said: FormData) -> list[tuple[str, str]]:
    found = []
    for number in range(MOST_CHANNELS):
        kind, address = str(said.get(f"channel-{number}", "")), kept_text(str(said.get(f"address-{number}", "")), 200)
        if address and kind in CHANNELS:
            found.append((kind, address))
    return found


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(f"{one['kind']}:{one['address']}" if isinstance(one, dict) else str(one) for one in value)
    return "" if value is None or value is False else "✓" if value is True else str(value)


def _sheet_of(entry: Any) -> str:
    return next(name for name, kind in ENTRIES.items() if isinstance(entry, kind))


def _choices(sheet: str, name: str) -> tuple[str, ...]:
    if sheet == "people" and name == "kind":
        return tuple(kind.value for kind in Kind if kind in ROLE_OF_KIND)
    hint = _plain(typing.get_type_hints(ENTRIES[sheet])[name])
    if typing.get_origin(hint) is typing.Literal:
        return tuple(typing.get_args(hint))
    return tuple(one.value for one in hint) if isinstance(hint, type) and issubclass(hint, StrEnum) else ()


def _sorts(sheet: str) -> list[tuple[str, Sort]]:
    hints = typing.get_type_hints(ENTRIES[sheet])
    hidden = _HIDDEN.get(sheet, set())
    return [
        (one.name, _sort(sheet, one.name, hints[one.name]))
        for one in msgspec.structs.fields(ENTRIES[sheet])
        if one.name not in hidden
    ]


def _sort(sheet: str, name: str, hint: Any) -> Sort:
    plain = _plain(hint)
    if plain == list[ChannelEntry]:
        return Sort.CHANNELS
    if name in REFERENCES[sheet]:
        return Sort.SEVERAL if typing.get_origin(plain) is list else Sort.REFERENCE
    if _choices(sheet, name):
        return Sort.CHOICE
    if name in _LONG:
        return Sort.LONG
    by_type = {bool: Sort.TICK, int: Sort.NUMBER, date: Sort.DATE}
    return Sort.TEL if name == "phone" else by_type.get(plain, Sort.TEXT)


def _plain(hint: Any) -> Any:
    """Return the type without its None."""
    if typing.get_origin(hint) not in (typing.Union, UnionType):
        return hint
    return next(one for one in typing.get_args(hint) if one is not type(None))
