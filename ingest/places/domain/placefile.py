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
from models.kit.config_declared import Rows, about

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

    id: Annotated[str, about("its name in this file and in the program")]
    level: Annotated[Level, about("district, street, community or compound")]
    name_zh: Annotated[str, about("its Chinese name")]
    name_en: Annotated[str, about("its English name")]
    parent: Annotated[str | None, about("the area it belongs to; a district has none")] = None


class GatewayEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[[gateways]]"""

    id: Annotated[str, about("its name in this file and in the program")]
    area: Annotated[str, about("the area it stands in")]


class HomeEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[[homes]]"""

    id: Annotated[str, about("its name in this file and in the program")]
    area: Annotated[str, about("the area it stands in")]
    label: Annotated[str, about("what people call the home, such as 3-502")]
    gateway: Annotated[str | None, about("the gateway that watches it")] = None
    resident: Annotated[str | None, about("name of who lives there, where there is no entry in residents")] = None
    phone: Annotated[str | None, about("their telephone")] = None
    timezone: Annotated[str, about("its zone")] = "Asia/Shanghai"
    way: Annotated[
        str | None,
        about(
            "How to find the door: which gate, which lift. Everybody who is asked to go reads it, "
            "so no key and no code."
        ),
    ] = None


class ChannelEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One way to reach a person, in the order of the list."""

    kind: Annotated[str, about("a channel of [notify]")]
    address: Annotated[str, about("number or address on that channel")]


class PersonEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[[people]]"""

    id: Annotated[str, about("its name in this file and in the program")]
    name: Annotated[str, about("their name")]
    role: Annotated[Role, about("what they may see and do")]
    area: Annotated[str, about("the area they work for")]
    phone: Annotated[str | None, about("their telephone")] = None
    language: Annotated[Literal["zh", "en"], about("of their pages and notices")] = "zh"
    login: Annotated[str | None, about("the name they log in with")] = None
    channels: Annotated[list[ChannelEntry], about("ways to reach them, in this order")] = msgspec.field(
        default_factory=list
    )
    kind: Annotated[
        Kind | None,
        about(
            "Where it is not what the role says: station_staff (rights of a social worker), "
            "organisation (a volunteer's)"
        ),
    ] = None
    licence: Annotated[Licence | None, about("of a social worker")] = None
    organisation: Annotated[str | None, about("the organisation they come from")] = None
    station: Annotated[str | None, about("the station they work at")] = None
    skills: Annotated[list[str], about("what they can do, such as languages")] = msgspec.field(default_factory=list)
    areas: Annotated[list[str], about("Areas they serve besides their own")] = msgspec.field(default_factory=list)


class StationEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[[stations]]"""

    id: Annotated[str, about("its name in this file and in the program")]
    area: Annotated[str, about("the area it stands in")]
    name_zh: Annotated[str, about("its Chinese name")]
    name_en: Annotated[str, about("its English name")]
    phone: Annotated[str | None, about("its telephone")] = None


class ResidentEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[[residents]]: who lives in a home. Health notes only with consent: who gave it, and when."""

    id: Annotated[str, about("its name in this file and in the program")]
    home: Annotated[str, about("the home they belong to")]
    name: Annotated[str, about("their name")]
    phone: Annotated[str | None, about("their telephone")] = None
    born: Annotated[int | None, about("year of birth")] = None
    language: Annotated[Literal["zh", "en"], about("Of notices")] = "zh"
    languages: Annotated[list[str], about("What they speak, dialects as well")] = msgspec.field(default_factory=list)
    access_notes: Annotated[str | None, about("what to mind at the door")] = None
    health_notes: Annotated[str | None, about("only with consent")] = None
    health_consent_on: Annotated[date | None, about("when consent was given")] = None
    health_consent_by: Annotated[str | None, about("who gave it")] = None
    channels: Annotated[list[ChannelEntry], about("None: the phone, by voice and then by text")] = msgspec.field(
        default_factory=list
    )


class ContactEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[[contacts]]: whom a resident wants called, in order of `position`."""

    id: Annotated[str, about("its name in this file and in the program")]
    home: Annotated[str, about("the home they belong to")]
    name: Annotated[str, about("their name")]
    position: Annotated[int, about("the order in which they are called")] = 0
    relation: Annotated[str | None, about("daughter, neighbour …")] = None
    phone: Annotated[str | None, about("their telephone")] = None
    language: Annotated[Literal["zh", "en"], about("of their pages and notices")] = "zh"
    holds_key: Annotated[bool, about("whether they have a key")] = False
    channels: Annotated[list[ChannelEntry], about("ways to reach them, in this order")] = msgspec.field(
        default_factory=list
    )


class WindowEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """When within a rotation people are on call."""

    days: Annotated[str | list[str], about("mon to sun, every, workdays or rest_days")] = "every"
    start: Annotated[Any, about('time of the day, such as "08:30"')] = msgspec.field(name="from")
    end: Annotated[Any, about("time of the day")] = msgspec.field(name="to")


class RotationEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Who takes turns, and how long a turn is."""

    starts: Annotated[date, about("first day of the first turn")] = date(2024, 1, 1)
    at: Annotated[Any, about("time of the day at which turns change")] = "00:00"
    every_days: Annotated[Annotated[int, msgspec.Meta(ge=1, le=366)], about("how long a turn is")] = 7
    turns: Annotated[list[str | list[str]], about("a person or a list of people for each turn")]
    windows: Annotated[list[WindowEntry], about("when they are on call; always without one")] = msgspec.field(
        default_factory=list
    )


class RosterEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[[rosters]]: rotations of `ingest.domain.duty.roster`."""

    id: Annotated[str, about("its name in this file and in the program")]
    area: Annotated[str, about("the area it is for")]
    name: Annotated[str, about("what people call it")]
    rotations: Annotated[Annotated[list[dict[str, Any]], Rows(list[RotationEntry])], about("who takes turns")]
    timezone: Annotated[str, about("its zone")] = "Asia/Shanghai"


Seconds = Annotated[int, msgspec.Meta(ge=0, le=MAX_ANSWER_S)]


class StepEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One step of a plan."""

    level: Annotated[
        Literal["compound", "community", "street", "district", "next"] | None,
        about("Where; a step at the home needs none. `next`: one above the step before."),
    ] = None
    to: Annotated[Audience, about("whom the step asks")]
    after_s: Annotated[Seconds, about("wait before it begins")] = 0
    answer_s: Annotated[Annotated[int, msgspec.Meta(ge=MIN_ANSWER_S, le=MAX_ANSWER_S)], about("how long they have")] = (
        DEFAULT_ANSWER_S
    )
    in_turn: Annotated[bool, about("one after the other instead of all at once")] = False
    repeat: Annotated[Annotated[int, msgspec.Meta(ge=1, le=MAX_REPEAT)], about("how often it asks")] = 1
    count: Annotated[Annotated[int, msgspec.Meta(ge=0)], about("how many of the nearest; 0 for the usual number")] = 0


class QuietEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """When low severities wait."""

    start: Annotated[Any, about('time of the day, such as "21:00"')] = msgspec.field(name="from")
    end: Annotated[Any, about("time of the day")] = msgspec.field(name="to")
    timezone: Annotated[str, about("zone of these times")] = "Asia/Shanghai"


class PlanEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[[plans]]"""

    id: Annotated[str, about("its name in this file and in the program")]
    area: Annotated[str, about("the area it is for")]
    severities: Annotated[list[Severity], about("severities of tickets that it is for")]
    steps: Annotated[
        Annotated[list[dict[str, Any]], Rows(list[StepEntry])],
        about("who is asked, in this order; the last one repeats"),
    ]
    then: Annotated[str | None, about("The plan whose steps follow")] = None
    quiet: Annotated[
        Annotated[dict[str, Any] | None, Rows(QuietEntry)], about("{from, to, timezone}: when low severities wait")
    ] = None


class PlaceFile(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """The whole file."""

    areas: Annotated[list[AreaEntry], about("the four levels of areas")] = msgspec.field(default_factory=list)
    gateways: Annotated[list[GatewayEntry], about("gateways and where they stand")] = msgspec.field(
        default_factory=list
    )
    homes: Annotated[list[HomeEntry], about("watched homes")] = msgspec.field(default_factory=list)
    people: Annotated[list[PersonEntry], about("who can be asked to go, and who works in the console")] = msgspec.field(
        default_factory=list
    )
    plans: Annotated[list[PlanEntry], about("who is asked when nobody answers")] = msgspec.field(default_factory=list)
    stations: Annotated[list[StationEntry], about("places at an area that answer")] = msgspec.field(
        default_factory=list
    )
    residents: Annotated[list[ResidentEntry], about("who lives in a home")] = msgspec.field(default_factory=list)
    contacts: Annotated[list[ContactEntry], about("whom a resident wants called")] = msgspec.field(default_factory=list)
    rosters: Annotated[list[RosterEntry], about("who is on call when")] = msgspec.field(default_factory=list)


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
