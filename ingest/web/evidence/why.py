"""Why: what a ticket rests on – the home's days, its devices, who was told and what they answered. Reads and draws."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ingest.domain.tickets.ticket import Event, Ticket
from ingest.store.base.database import Connection
from ingest.store.base.devices import DeviceHealth, GatewayHealth, gateway_of_home
from ingest.store.duty.reach import reach_of
from ingest.store.ledger.home_states import HomeStatus, home_status_of
from ingest.store.ledger.usage import HourRow, usage_of
from ingest.store.notices.told import NoticeRow
from ingest.store.tickets.queries import HistoryRow, PersonRow, people_by_id
from ingest.web.evidence.actogram import DAYS, Actogram, draw_actogram, first_instant
from ingest.web.evidence.chart import HOUR, HOURS, Chart, draw, first_hour
from models.flag import FlagKind

LONG_DAYS = 42
"""Slow change is seen over weeks."""
LATE_DEVICE = timedelta(hours=26)
"""A battery detector reports about once a day: after so long it is no longer alive for sure."""
_SILENT_KINDS: frozenset[str] = frozenset({FlagKind.INACTIVITY, FlagKind.HOME_BLIND, FlagKind.SUPPLY_LOST})
_ANSWERS: frozenset[str] = frozenset({Event.TAKE, Event.DECLINE, "call_declined", Event.RESOLVE, Event.OFFER})


@dataclass(frozen=True, slots=True)
class Post:
    """One place with a roster, and who is on call there now."""

    area_id: str
    level: str
    people: tuple[PersonRow, ...]


@dataclass(frozen=True, slots=True)
class ToldPerson:
    """One person: what they were told over which ways, and the first thing they did about it."""

    person_id: str
    name: str
    role: str
    purpose: str
    at: datetime
    ways: tuple[NoticeRow, ...]
    answer: HistoryRow | None


@dataclass(frozen=True, slots=True)
class HomeDays:
    """A home at a glance: its days, its last hours, how well it is watched."""

    actogram: Actogram
    chart: Chart
    standing: HomeStatus | None
    gateway: GatewayHealth | None
    devices: tuple[DeviceHealth, ...]


async def home_days(
    connection: Connection,
    home_id: str,
    now: datetime,
    zone: ZoneInfo,
    *,
    since: datetime | None = None,
    kind: str | None = None,
) -> HomeDays:
    """Read and draw; `since` and `kind` are those of the situation in question."""
    days = LONG_DAYS if kind == FlagKind.WELLBEING else DAYS
    hours = await usage_of(connection, home_id, first_instant(now, zone, days), now + HOUR)
    gateway = await gateway_of_home(connection, home_id)
    silence = since if kind in _SILENT_KINDS else None
    return HomeDays(
        actogram=draw_actogram(hours, now, zone, silence, days),
        chart=chart_of(hours, now, since),
        standing=await home_status_of(connection, home_id),
        gateway=gateway,
        devices=tuple(one for one in gateway.devices if one.home_id == home_id) if gateway else (),
    )


def chart_of(hours: Sequence[HourRow], now: datetime, since: datetime | None) -> Chart:
    """Draw the last 48 hours with a mark at each hour; the page shows as many as there is room for."""
    first = first_hour(now)
    return draw([hour for hour in hours if hour.start >= first], now, since, (first + n * HOUR for n in range(HOURS)))


def told_of(notices: Sequence[NoticeRow], history: Sequence[HistoryRow]) -> list[ToldPerson]:
    """Return who was told, in the order of the first telling, each once, with what they answered."""
    by_person: dict[str, list[NoticeRow]] = {}
    for notice in notices:
        by_person.setdefault(notice.person_id, []).append(notice)
    found = []
    for person_id, ways in by_person.items():
        first = ways[0]
        answers = (one for one in history if one.actor == person_id and one.event in _ANSWERS)
        answer = next((one for one in answers if one.at >= first.created_at), None)
        found.append(
            ToldPerson(
                person_id, first.person_name, first.person_role, first.purpose, first.created_at, tuple(ways), answer
            )
        )
    return found


async def posts_around(connection: Connection, ticket: Ticket, now: datetime) -> list[Post]:
    """Return who is on call at each level around a ticket, nearest first; only levels with a roster."""
    reach = await reach_of(connection, ticket, now)
    known = await people_by_id(connection, sorted(set().union(*reach.on_call.values())))
    return [
        Post(area.area_id, area.level, people_of(sorted(reach.on_call[area.area_id]), known))
        for area in reach.chain
        if area.area_id in reach.on_call
    ]


def people_of(ids: Iterable[str], known: Mapping[str, PersonRow]) -> tuple[PersonRow, ...]:
    """Return the people of a post who are still active."""
    return tuple(known[person_id] for person_id in ids if person_id in known)
