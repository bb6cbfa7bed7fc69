"""A household's own side in the database: what it lets whom be told, its links and pauses, and who looked at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.domain.base.areas import paths_upwards
from ingest.families.domain.family import Seen
from ingest.families.store.tables import family_consents, family_letters, household_links
from ingest.store.base.tables import (
    areas,
    audit_log,
    contacts,
    gateways,
    homes,
    people,
    person_channels,
    residents,
    stations,
)
from ingest.store.ledger.tables import away, home_states, pauses
from ingest.store.tickets.tables import tickets
from models.flag import FlagKind

LOOKS = (
    "looked",
    "access_shown",
    "phone_shown",
    "seen_well",
    "visit_done",
    "visit_tried",
    "visit_agreed",
    "away_told",
    "away_changed",
    "away_ended",
    "away_revoked",
    "silenced",
    "paused",
    "consent_given",
    "consent_ended",
    "house_link_made",
)
"""Entries of the log that a household is shown of itself."""


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """A consent that holds, with the contact's name."""

    consent_id: str
    home_id: str
    contact_id: str
    contact_name: str
    relation: str | None
    updates: bool
    morning: bool
    may_tell_away: bool
    morning_by: str | None
    given_by: str
    way: str
    given_at: datetime


@dataclass(frozen=True, slots=True)
class KinRow:
    """A resident or a contact of a home; `relation` None: a resident."""

    person_id: str
    name: str
    relation: str | None
    is_resident: bool
    has_channel: bool
    link_until: datetime | None


@dataclass(frozen=True, slots=True)
class HouseholdRow:
    """A home whose household can be spoken to."""

    home_id: str
    label: str
    resident: str | None
    area_path: str
    zone: str
    consents: int


@dataclass(frozen=True, slots=True)
class LookRow:
    """Somebody looked at, or did something about, a home."""

    at: datetime
    event: str
    name: str | None
    role: str | None


_CONSENTS: Select[*tuple[Any, ...]] = (
    select(family_consents, people.c.name.label("contact_name"), contacts.c.relation)
    .join_from(family_consents, people, family_consents.c.contact_id == people.c.person_id)
    .outerjoin(contacts, contacts.c.person_id == family_consents.c.contact_id)
    .where(family_consents.c.ended_at.is_(None))
    .order_by(family_consents.c.given_at, family_consents.c.consent_id)
)


async def consents_of(connection: AsyncConnection, home_id: str) -> list[ConsentRow]:
    """Return what the household lets its contacts be told, the oldest first."""
    rows = (await connection.execute(_CONSENTS.where(family_consents.c.home_id == home_id))).mappings()
    return [ConsentRow(**{name: row[name] for name in ConsentRow.__dataclass_fields__}) for row in rows]


async def consent_for_update(connection: AsyncConnection, consent_id: str) -> RowMapping | None:
    """Return a consent's row, locked until the transaction ends."""
    query = select(family_consents).where(family_consents.c.consent_id == consent_id).with_for_update()
    return (await connection.execute(query)).mappings().one_or_none()


async def next_to_look(connection: AsyncConnection, now: datetime) -> RowMapping | None:
    """Return a consent that it is time to look at, locked; one that another worker holds is passed over."""
    query = (
        select(family_consents)
        .where(family_consents.c.look_at <= now, family_consents.c.ended_at.is_(None))
        .order_by(family_consents.c.look_at, family_consents.c.consent_id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return (await connection.execute(query)).mappings().one_or_none()


async def anything_to_look_at(connection: AsyncConnection, now: datetime) -> bool:
    """Return whether any consent is due; a look that holds nobody up."""
    query = select(family_consents.c.consent_id)
    query = query.where(family_consents.c.look_at <= now, family_consents.c.ended_at.is_(None)).limit(1)
    return (await connection.execute(query)).first() is not None


async def kin_of(connection: AsyncConnection, home_id: str, now: datetime) -> list[KinRow]:
    """Return the residents of a home, then its contacts in their order."""
    reached = set(
        (
            await connection.execute(
                select(person_channels.c.person_id).where(
                    person_channels.c.person_id.in_(
                        select(contacts.c.person_id)
                        .where(contacts.c.home_id == home_id)
                        .union(select(residents.c.person_id).where(residents.c.home_id == home_id))
                    )
                )
            )
        ).scalars()
    )
    links = select(household_links.c.person_id, household_links.c.expires_at).where(
        household_links.c.home_id == home_id, household_links.c.ended_at.is_(None), household_links.c.expires_at > now
    )
    good = {row.person_id: row.expires_at for row in await connection.execute(links)}
    living = select(people.c.person_id, people.c.name).join(residents, residents.c.person_id == people.c.person_id)
    living = living.where(residents.c.home_id == home_id).order_by(people.c.person_id)
    called = select(people.c.person_id, people.c.name, contacts.c.relation)
    called = called.join(contacts, contacts.c.person_id == people.c.person_id).where(contacts.c.home_id == home_id)
    rows = [(row.person_id, row.name, None, True) for row in await connection.execute(living)]
    rows += [
        (row.person_id, row.name, row.relation, False)
        for row in await connection.execute(called.order_by(contacts.c.position, people.c.person_id))
    ]
    return [
        KinRow(person_id, name, relation, is_resident, person_id in reached, good.get(person_id))
        for person_id, name, relation, is_resident in rows
    ]


async def household(connection: AsyncConnection, home_id: str) -> HouseholdRow | None:
    """Return one home."""
    found = await _households(connection, homes.c.home_id == home_id)
    return found[0] if found else None


async def households_in(connection: AsyncConnection, scope: str) -> list[HouseholdRow]:
    """Return the homes of a subtree, by place and label."""
    return await _households(connection, areas.c.path.startswith(scope, autoescape=True))


async def _households(connection: AsyncConnection, which: ColumnElement[bool]) -> list[HouseholdRow]:
    holding = func.coalesce(
        func.sum(case((family_consents.c.consent_id.is_not(None) & family_consents.c.ended_at.is_(None), 1), else_=0)),
        0,
    )
    query = (
        select(homes.c.home_id, homes.c.label, homes.c.resident, areas.c.path, homes.c.timezone, holding)
        .join_from(homes, areas, homes.c.area_id == areas.c.area_id)
        .outerjoin(family_consents, family_consents.c.home_id == homes.c.home_id)
        .where(which)
        .group_by(homes.c.home_id, homes.c.label, homes.c.resident, areas.c.path, homes.c.timezone)
        .order_by(areas.c.path, homes.c.label, homes.c.home_id)
    )
    return [HouseholdRow(*row) for row in await connection.execute(query)]


async def seen_of(connection: AsyncConnection, home_id: str, now: datetime) -> Seen:
    """Return what is known of a home now. What no gateway has told of, or told too long ago, is not watched."""
    query = (
        select(home_states.c.last_sign_at, home_states.c.watch, gateways.c.heartbeat_due_at)
        .join_from(home_states, homes, home_states.c.home_id == homes.c.home_id)
        .outerjoin(gateways, gateways.c.gateway_id == homes.c.gateway_id)
        .where(home_states.c.home_id == home_id)
    )
    row = (await connection.execute(query)).one_or_none()
    blind = row is None or row.watch == "blind" or row.heartbeat_due_at is None or row.heartbeat_due_at < now
    return Seen(row.last_sign_at if row else None, blind, await _is_away(connection, home_id, now))


async def _is_away(connection: AsyncConnection, home_id: str, now: datetime) -> bool:
    gone = select(away.c.entry_id).where(
        away.c.home_id == home_id,
        away.c.revoked.is_(False),
        away.c.ended_at.is_(None),
        away.c.since <= now,
        or_(away.c.until.is_(None), away.c.until > now),
    )
    if (await connection.execute(gone.limit(1))).first() is not None:
        return True
    return await pause_of(connection, home_id, now) is not None


async def pause_of(connection: AsyncConnection, home_id: str, now: datetime) -> RowMapping | None:
    """Return the pause that lasts now."""
    query = select(pauses).where(
        pauses.c.home_id == home_id, pauses.c.ended_at.is_(None), pauses.c.since <= now, pauses.c.until > now
    )
    return (await connection.execute(query.order_by(pauses.c.until.desc()).limit(1))).mappings().one_or_none()


async def absences_of(connection: AsyncConnection, home_id: str, now: datetime) -> Sequence[RowMapping]:
    """Return the absences of a home that are not over, the soonest first."""
    query = (
        select(away)
        .where(away.c.home_id == home_id, away.c.revoked.is_(False), away.c.ended_at.is_(None))
        .where(or_(away.c.until.is_(None), away.c.until > now))
        .order_by(away.c.since, away.c.entry_id)
    )
    return (await connection.execute(query)).mappings().all()


async def open_matters(connection: AsyncConnection, home_id: str) -> list[str]:
    """Return the kinds of the tickets about a home that somebody works on, without devices' troubles."""
    query = select(tickets.c.kind).where(
        tickets.c.home_id == home_id,
        tickets.c.status.in_(("open", "offered", "taken", "on_site")),
        tickets.c.severity.in_(("visit", "urgent", "critical")),
    )
    return sorted(set((await connection.execute(query)).scalars()))


async def looked_after(connection: AsyncConnection, home_id: str, since: datetime) -> Sequence[RowMapping]:
    """Return the urgent tickets about a home that people have resolved since then, the oldest first."""
    query = (
        select(tickets.c.ticket_id, tickets.c.kind, tickets.c.outcome, tickets.c.resolved_at)
        .where(
            tickets.c.home_id == home_id,
            tickets.c.resolved_at > since,
            tickets.c.severity.in_(("urgent", "critical")),
            tickets.c.kind != FlagKind.TEST.value,
        )
        .order_by(tickets.c.resolved_at, tickets.c.ticket_id)
    )
    return (await connection.execute(query)).mappings().all()


async def alarms_since(connection: AsyncConnection, home_id: str, since: datetime) -> int:
    """Return how many urgent tickets about a home were opened since then."""
    query = select(func.count()).select_from(tickets)
    query = query.where(tickets.c.home_id == home_id, tickets.c.opened_at > since)
    return int((await connection.execute(query.where(tickets.c.severity.in_(("urgent", "critical"))))).scalar_one())


async def family_messages_since(connection: AsyncConnection, consent_id: str, purpose: str, since: datetime) -> int:
    """Return how many messages of a kind were written for a consent since then, over all channels once."""
    query = select(func.count()).select_from(family_letters)
    query = query.where(
        family_letters.c.consent_id == consent_id,
        family_letters.c.purpose == purpose,
        family_letters.c.position == 0,
        family_letters.c.created_at > since,
    )
    return int((await connection.execute(query)).scalar_one())


async def looks_of(connection: AsyncConnection, home_id: str, limit: int = 12) -> list[LookRow]:
    """Return who looked at a home or did something about it, the newest first."""
    query = (
        select(audit_log.c.at, audit_log.c.event, people.c.name, people.c.role)
        .outerjoin_from(audit_log, people, audit_log.c.actor == people.c.person_id)
        .where(audit_log.c.subject == home_id, audit_log.c.event.in_(LOOKS))
        .order_by(audit_log.c.at.desc(), audit_log.c.id.desc())
        .limit(limit)
    )
    return [LookRow(*row) for row in await connection.execute(query)]


async def link_by_id(connection: AsyncConnection, link_id: str) -> RowMapping | None:
    """Return a link with the name and language of whom it was made for."""
    query = select(household_links, people.c.name, people.c.language)
    query = query.join_from(household_links, people, household_links.c.person_id == people.c.person_id)
    return (await connection.execute(query.where(household_links.c.link_id == link_id))).mappings().one_or_none()


async def end_links(connection: AsyncConnection, home_id: str, person_id: str, now: datetime) -> None:
    """End every link of somebody to a home."""
    theirs = (household_links.c.home_id == home_id) & (household_links.c.person_id == person_id)
    await connection.execute(
        update(household_links).where(theirs, household_links.c.ended_at.is_(None)).values(ended_at=now)
    )


async def nearest_station_phone(connection: AsyncConnection, path: str) -> str | None:
    """Return the telephone of the station nearest to a place, upwards; None where none has one."""
    query = (
        select(stations.c.phone)
        .join_from(stations, areas, stations.c.area_id == areas.c.area_id)
        .where(areas.c.path.in_(paths_upwards(path)), stations.c.phone.is_not(None))
        .order_by(func.length(areas.c.path).desc(), stations.c.station_id)
        .limit(1)
    )
    found: str | None = (await connection.execute(query)).scalar_one_or_none()
    return found
