"""The place file: areas, gateways, homes, people and plans, and what must hold within each entry.

Knows neither files (`ingest.places.placefile_reader` does) nor the database.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from ingest.channels.addresses import address_fault
from ingest.domain.base.areas import Level
from ingest.domain.base.people import ROLE_OF_KIND, Kind, Licence, Role
from ingest.domain.duty.plan import DEFAULT_ANSWER_S, MAX_ANSWER_S, MAX_REPEAT, MIN_ANSWER_S, Audience
from models.flag import Severity
from models.kit.config_declared import Rows

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


class WindowEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """When within a rotation people are on call."""

    days: str | list[str] = "every"
    start: Any = msgspec.field(name="from")
    end: Any = msgspec.field(name="to")


class RotationEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Who takes turns, and how long a turn is."""

    starts: date = date(2024, 1, 1)
    at: Any = "00:00"
    every_days: Annotated[int, msgspec.Meta(ge=1, le=366)] = 7
    turns: list[str | list[str]]
    windows: list[WindowEntry] = msgspec.field(default_factory=list)


class RosterEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[[rosters]]: rotations of `ingest.domain.duty.roster`."""

    id: str
    area: str
    name: str
    rotations: Annotated[list[dict[str, Any]], Rows(list[RotationEntry])]
    timezone: str = "Asia/Shanghai"


Seconds = Annotated[int, msgspec.Meta(ge=0, le=MAX_ANSWER_S)]


class StepEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One step of a plan."""

    level: Literal["compound", "community", "street", "district", "next"] | None = None
    """Where; a step at the home needs none. `next`: one above the step before."""
    to: Audience
    after_s: Seconds = 0
    answer_s: Annotated[int, msgspec.Meta(ge=MIN_ANSWER_S, le=MAX_ANSWER_S)] = DEFAULT_ANSWER_S
    in_turn: bool = False
    repeat: Annotated[int, msgspec.Meta(ge=1, le=MAX_REPEAT)] = 1
    count: Annotated[int, msgspec.Meta(ge=0)] = 0


class QuietEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """When low severities wait."""

    start: Any = msgspec.field(name="from")
    end: Any = msgspec.field(name="to")
    timezone: str = "Asia/Shanghai"


class PlanEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[[plans]]"""

    id: str
    area: str
    severities: list[Severity]
    steps: Annotated[list[dict[str, Any]], Rows(list[StepEntry])]
    then: str | None = None
    """The plan whose steps follow."""
    quiet: Annotated[dict[str, Any] | None, Rows(QuietEntry)] = None
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
    check_ways("people", person)
    check_kind(person)
    check_licence(person)


def check_kind(person: PersonEntry) -> None:
    """Raise for a kind that does not go with the role."""
    kind = person.kind or Kind(person.role.value)
    if ROLE_OF_KIND.get(kind) is not person.role:
        belongs = ROLE_OF_KIND.get(kind)
        hint = f"role {belongs.value}" if belongs else "[[residents]] or [[contacts]]"
        problem = (
            f"[[people]] {person.id}: kind {kind.value} does not go with role {person.role.value}; it needs {hint}"
        )
        raise PlaceFileError(problem, "kind")


def check_licence(person: PersonEntry) -> None:
    """Raise for a licence of somebody who has none, and for staff of no station."""
    where, kind = f"[[people]] {person.id}", person.kind or Kind(person.role.value)
    if person.licence is not None and kind is not Kind.SOCIAL_WORKER:
        raise PlaceFileError(f"{where}: only a social worker has a licence; take it out, or mend the role", "licence")
    if kind is Kind.STATION_STAFF and person.station is None:
        raise PlaceFileError(f"{where}: station staff need a station", "station")


def check_resident(resident: ResidentEntry) -> None:
    """Raise for health notes that nobody consented to, and for an address that can be nobody's."""
    check_ways("residents", resident)
    check_consent(resident)


def check_consent(resident: ResidentEntry) -> None:
    """Raise for health notes that nobody consented to."""
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
