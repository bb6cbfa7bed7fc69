"""The place file: areas, gateways, homes, people and plans as TOML, checked before anything is written.

Unknown keys are errors. Knows nothing of the database.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from ingest.channels.addresses import address_fault
from ingest.domain.base.areas import Level
from ingest.domain.base.people import ROLE_OF_KIND, Kind, Licence, Role
from ingest.domain.duty.plan import PlanError
from ingest.domain.duty.plan_documents import part_of
from ingest.domain.duty.roster import RosterError, roster_zone, rotations_of
from models.flag import Severity

_GATEWAY_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_AREA_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


BEINGS = ("people", "residents", "contacts")
"""Lists whose entries share their ids: they are all people."""


class PlaceFileError(ValueError):
    """The file is not usable; the message names the file, the entry and what to do.

    `rule` names what was broken, for pages that say it in the reader's language beside the field; "" where none does.
    """

    def __init__(self, message: str, rule: str = "") -> None:
        """Say it."""
        super().__init__(message)
        self.rule = rule


class AreaEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[[areas]]"""

    id: str
    level: Level
    name_zh: str
    name_en: str
    parent: str | None = None


class GatewayEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[[gateways]]"""

    id: str
    area: str


class HomeEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[[homes]]"""

    id: str
    area: str
    label: str
    gateway: str | None = None
    resident: str | None = None
    phone: str | None = None
    timezone: str = "Asia/Shanghai"
    way: str | None = None
    """How to find the door: which gate, which lift. Everybody who is asked to go reads it, so no key and no code."""


class ChannelEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One way to reach a person, in the order of the list."""

    kind: str
    address: str


class PersonEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[[people]]"""

    id: str
    name: str
    role: Role
    area: str
    phone: str | None = None
    language: Literal["zh", "en"] = "zh"
    login: str | None = None
    channels: list[ChannelEntry] = msgspec.field(default_factory=list)
    kind: Kind | None = None
    """Where it is not what the role says: station_staff (rights of a social worker), organisation (a volunteer's)."""
    licence: Licence | None = None
    organisation: str | None = None
    station: str | None = None
    skills: list[str] = msgspec.field(default_factory=list)
    areas: list[str] = msgspec.field(default_factory=list)
    """Areas they serve besides their own."""


class StationEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[[stations]]"""

    id: str
    area: str
    name_zh: str
    name_en: str
    phone: str | None = None


class ResidentEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[[residents]]: who lives in a home. Health notes only with consent: who gave it, and when."""

    id: str
    home: str
    name: str
    phone: str | None = None
    born: int | None = None
    language: Literal["zh", "en"] = "zh"
    """Of notices."""
    languages: list[str] = msgspec.field(default_factory=list)
    """What they speak, dialects as well."""
    access_notes: str | None = None
    health_notes: str | None = None
    health_consent_on: date | None = None
    health_consent_by: str | None = None
    channels: list[ChannelEntry] = msgspec.field(default_factory=list)
    """None: the phone, by voice and then by text."""


class ContactEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[[contacts]]: whom a resident wants called, in order of `position`."""

    id: str
    home: str
    name: str
    position: int = 0
    relation: str | None = None
    phone: str | None = None
    language: Literal["zh", "en"] = "zh"
    holds_key: bool = False
    channels: list[ChannelEntry] = msgspec.field(default_factory=list)


class RosterEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[[rosters]]: rotations of `ingest.domain.duty.roster`."""

    id: str
    area: str
    name: str
    rotations: list[dict[str, Any]]
    timezone: str = "Asia/Shanghai"


class PlanEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[[plans]]"""

    id: str
    area: str
    severities: list[Severity]
    steps: list[dict[str, Any]]
    then: str | None = None
    """The plan whose steps follow."""
    quiet: dict[str, Any] | None = None
    """{from, to, timezone}: when low severities wait."""


class PlaceFile(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """The whole file."""

    areas: list[AreaEntry] = msgspec.field(default_factory=list)
    gateways: list[GatewayEntry] = msgspec.field(default_factory=list)
    homes: list[HomeEntry] = msgspec.field(default_factory=list)
    people: list[PersonEntry] = msgspec.field(default_factory=list)
    plans: list[PlanEntry] = msgspec.field(default_factory=list)
    stations: list[StationEntry] = msgspec.field(default_factory=list)
    residents: list[ResidentEntry] = msgspec.field(default_factory=list)
    contacts: list[ContactEntry] = msgspec.field(default_factory=list)
    rosters: list[RosterEntry] = msgspec.field(default_factory=list)


def read_places(path: Path) -> PlaceFile:
    """Return the file's content; raises `PlaceFileError`."""
    try:
        places = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), PlaceFile)
        check_places(places)
    except OSError as error:
        raise PlaceFileError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, PlanError, RosterError) as error:
        raise PlaceFileError(f"{path}: {error}") from error
    except PlaceFileError as error:
        raise PlaceFileError(f"{path}: {error}") from error
    return places


def check_places(places: PlaceFile) -> None:
    """Raise for what a type can not say: ids, doubles, zones, plans that can't be followed."""
    _check_ids(places)
    for area in places.areas:
        check_area(area)
    for gateway in places.gateways:
        check_gateway_id(gateway.id)
    for home in places.homes:
        check_home(home)
    for person in places.people:
        check_person(person)
    for resident in places.residents:
        check_resident(resident)
    for contact in places.contacts:
        check_ways("contacts", contact)
    for roster in places.rosters:
        roster_zone(roster.id, roster.timezone)
        rotations_of(roster.id, roster.rotations)
    for plan in places.plans:
        if not plan.severities:
            raise PlaceFileError(f"[[plans]] {plan.id}: name at least one severity")
        part_of(plan.id, plan.steps, plan.quiet, plan.then)


def _check_ids(places: PlaceFile) -> None:
    lists: dict[str, list[str]] = {
        name: [entry.id for entry in getattr(places, name)] for name in PlaceFile.__struct_fields__
    }
    owners: dict[str, str] = {}
    for name, ids in lists.items():
        seen: set[str] = set()
        for entry_id in ids:
            if not entry_id or entry_id in seen:
                raise PlaceFileError(f"[[{name}]] id {entry_id!r}: empty, or there twice")
            seen.add(entry_id)
            if name in BEINGS and owners.setdefault(entry_id, name) != name:
                other = owners[entry_id]
                raise PlaceFileError(
                    f"[[{name}]] id {entry_id!r}: also in [[{other}]]; everybody has an id of their own"
                )


def check_area(area: AreaEntry) -> None:
    """Raise for an id that can not stand in a path, and for a district with a parent."""
    if not _AREA_ID.fullmatch(area.id):
        raise PlaceFileError(f"[[areas]] id {area.id!r}: use letters, digits, '.', '_' and '-'", "bad_id")
    if (area.parent is None) != (area.level is Level.DISTRICT):
        raise PlaceFileError(f"[[areas]] {area.id}: a district has no parent, every other level has one", "parent")


def check_ways(sheet: str, entry: PersonEntry | ResidentEntry | ContactEntry) -> None:
    """Raise for an address that can reach nobody: it would be found out by an alarm."""
    for way in entry.channels:
        fault = address_fault(way.kind, way.address)
        if fault is not None:
            raise PlaceFileError(f"[[{sheet}]] {entry.id}: {way.kind}:{way.address} {fault}", "channels")


def check_person(person: PersonEntry) -> None:
    """Raise for a kind that does not go with the role, a licence of somebody else, staff of no station, an address."""
    where = f"[[people]] {person.id}"
    check_ways("people", person)
    kind = person.kind or Kind(person.role.value)
    if ROLE_OF_KIND.get(kind) is not person.role:
        belongs = ROLE_OF_KIND.get(kind)
        hint = f"role {belongs.value}" if belongs else "[[residents]] or [[contacts]]"
        problem = f"{where}: kind {kind.value} does not go with role {person.role.value}; it needs {hint}"
        raise PlaceFileError(problem, "kind")
    if person.licence is not None and kind is not Kind.SOCIAL_WORKER:
        raise PlaceFileError(f"{where}: only a social worker has a licence; take it out, or mend the role", "licence")
    if kind is Kind.STATION_STAFF and person.station is None:
        raise PlaceFileError(f"{where}: station staff need a station", "station")


def check_resident(resident: ResidentEntry) -> None:
    """Raise for health notes that nobody consented to, and for an address that can be nobody's."""
    check_ways("residents", resident)
    consent = resident.health_consent_on is not None and (resident.health_consent_by or "").strip()
    if resident.health_notes and not consent:
        raise PlaceFileError(
            f"[[residents]] {resident.id}: health notes need health_consent_on and health_consent_by; "
            "ask, or leave the notes out",
            "health_consent",
        )


def check_gateway_id(gateway_id: str) -> None:
    """Raise unless the id can stand in a topic and in a seal."""
    if not _GATEWAY_ID.fullmatch(gateway_id):
        raise PlaceFileError(f"gateway id {gateway_id!r}: 1 to 64 letters, digits, '.', '_' and '-'", "bad_id")


def check_home(home: HomeEntry) -> None:
    """Raise for a zone that is none."""
    try:
        ZoneInfo(home.timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise PlaceFileError(f"[[homes]] {home.id}: {home.timezone!r} is no time zone", "timezone") from error
