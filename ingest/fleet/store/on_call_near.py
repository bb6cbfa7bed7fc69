"""Who near a gateway is on call in the coming days, with the numbers that a gateway can send text messages to."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.domain.base.spans import Span, clipped, without
from ingest.domain.duty.oncall import duty_of
from ingest.store.base.places import area_of_gateway, chain_of
from ingest.store.base.read_cache import recalled
from ingest.store.base.tables import people, person_channels
from ingest.store.duty.rosters import calendar_of, rosters_of
from models.wire.messages import OnCallShift

_BY_TEXT = ("sms", "voice")
"""Channels whose addresses are telephone numbers, the fitter one first."""
_MOST = 200


async def on_call_near(connection: AsyncConnection, gateway_id: str, within: Span) -> list[OnCallShift]:
    """Return the shifts of the nearest area upwards of the gateway whose roster has somebody on it, in order; in hours
    that it leaves empty those of the next one up.

    Who has left or has no number is not among them; of very many the first are told.
    """
    area = await area_of_gateway(connection, gateway_id)
    chain = [] if area is None else await chain_of(connection, area)
    ids = [one.area_id for one in chain]
    rosters = await recalled(connection, ("rosters", *ids, within), lambda: rosters_of(connection, ids, within))
    calendar = await recalled(connection, ("calendar",), lambda: calendar_of(connection)) if rosters else None
    empty, shifts = [within], set[OnCallShift]()
    for one in chain:
        if not empty:
            break
        duties = (
            []
            if calendar is None
            else [
                (person, span)
                for roster in rosters
                if roster.area_id == one.area_id
                for person, spans in duty_of(roster, calendar, within).items()
                for span in spans
            ]
        )
        numbers = await _numbers(connection, {person for person, _ in duties})
        theirs = [(person, span) for person, span in duties if person in numbers]
        shifts |= {
            OnCallShift(person, numbers[person], *piece)
            for person, span in theirs
            for stretch in empty
            for piece in clipped([span], stretch)
        }
        empty = without(empty, [span for _, span in theirs])
    return sorted(shifts, key=lambda shift: (shift.since, shift.person, shift.until))[:_MOST]


async def _numbers(connection: AsyncConnection, ids: Collection[str]) -> dict[str, str]:
    """Return the number of each who is active and has one: as they are sent text messages, else as they are called."""
    if not ids:
        return {}
    query = (
        select(people.c.person_id, people.c.phone, person_channels.c.channel, person_channels.c.address)
        .outerjoin(person_channels, person_channels.c.person_id == people.c.person_id)
        .where(people.c.person_id.in_(sorted(ids)), people.c.active)
        .order_by(people.c.person_id, person_channels.c.position)
    )
    found: dict[str, list[tuple[int, str]]] = {}
    for person, phone, channel, address in await connection.execute(query):
        known = found.setdefault(person, [] if phone is None else [(len(_BY_TEXT), phone)])
        if channel in _BY_TEXT:
            known.append((_BY_TEXT.index(channel), address))
    return {person: min(known, key=lambda one: one[0])[1] for person, known in found.items() if known}
