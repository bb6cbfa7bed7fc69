"""Reach: look up who is around a ticket, and who of them is on call. Reads; decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.domain.base.areas import Area, area_at
from ingest.domain.base.spans import Span
from ingest.domain.duty.calling import Reach, Responder
from ingest.domain.duty.plan import Audience, Plan
from ingest.domain.duty.surroundings import Surroundings
from ingest.domain.tickets.ticket import Ticket
from ingest.store.base.places import chain_of
from ingest.store.base.read_cache import recalled
from ingest.store.duty.responders import administrators, home_people, people_around
from ingest.store.duty.rosters import calendar_of, rosters_of

_A_MOMENT = timedelta(seconds=1)


async def reach_of(connection: AsyncConnection, ticket: Ticket, now: datetime) -> Reach:
    """Return who can be asked about a ticket now, or, in its plan's quiet hours, at their end."""
    chain = await chain_of(connection, ticket.area_id)
    at = ticket.plan.asks_from(ticket.severity, now)
    around = await surroundings_of(connection, chain, ticket.plan, ticket.home_id, (at, at + _A_MOMENT))
    return around.reach_at(at)


async def surroundings_of(
    connection: AsyncConnection, chain: Sequence[Area], plan: Plan, home_id: str | None, within: Span
) -> Surroundings:
    """Return everybody around a place who can be told at all, with the rosters that count within a stretch of time.

    Where nobody at all is there, the administrators of the whole house are.
    """
    ids = [area.area_id for area in chain]
    rosters = await recalled(connection, ("rosters", *ids, within), lambda: rosters_of(connection, ids, within))
    named = frozenset[str]().union(*(roster.everybody() for roster in rosters))
    near = _near(chain, plan)
    around = await recalled(
        connection, ("around", *ids, named, near), lambda: people_around(connection, ids, named, near)
    )
    standing = Reach(
        chain=chain,
        people=_reachable(around.people) or _reachable(await administrators(connection)),
        near=_reachable(around.near),
        home=_reachable(await home_people(connection, home_id)) if home_id and _asks_home(plan) else (),
    )
    if not rosters:
        return Surroundings(standing)
    calendar = await recalled(connection, ("calendar",), lambda: calendar_of(connection))
    return replace(Surroundings(standing), rosters=rosters, calendar=calendar)


def _near(chain: Sequence[Area], plan: Plan) -> str | None:
    """Return the widest subtree that a step of the plan looks for the nearest volunteers in."""
    levels = {step.level for step in plan.steps if step.to is Audience.NEAREST_VOLUNTEERS}
    widest = [area for area in (area_at(chain, level) for level in levels) if area is not None]
    return min(widest, key=lambda area: len(area.path)).path if widest else None


def _asks_home(plan: Plan) -> bool:
    return any(step.to in (Audience.RESIDENT, Audience.CONTACTS) for step in plan.steps)


def _reachable(people: Sequence[Responder]) -> list[Responder]:
    return [person for person in people if person.reachable]
