"""Note what a gateway told people itself while it had no receipt, and take it into account: nobody is asked twice, and
who has said that they go has the ticket. Before the flag or after it: the order does not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from ingest.actions.base.context import ActionContext
from ingest.actions.notices.notify_followers import notify_followers
from ingest.actions.notices.queue_notices import cancel_notices
from ingest.domain.duty.calling import Purpose
from ingest.domain.tickets.dating import dated_tellings
from ingest.domain.tickets.lifecycle import decide
from ingest.domain.tickets.permits import forbidden
from ingest.domain.tickets.ticket import Event, EventDetail, Refused, Status, Ticket
from ingest.store.base.database import Connection
from ingest.store.base.places import actor_by_id, path_of, zone_of_home
from ingest.store.incoming.local_tellings import local_tellings_of, put_local_tellings
from ingest.store.incoming.situations import ticket_id_of
from ingest.store.tickets.tickets import save_ticket, ticket_for_update
from models.wire.codec import WireError, is_id, is_plausible
from models.wire.messages import LocalTelling, ToldLocally

TOLD_LOCALLY = "told_locally"
"""The history's word for it."""
MOST_TELLINGS = 100
STILL_FRESH = timedelta(hours=2)
"""Who was told longer ago is asked again: a message of yesterday brings nobody to the door."""


async def note_told_locally(
    connection: Connection, ctx: ActionContext, gateway_id: str, told: ToldLocally, now: datetime
) -> bool:
    """Keep it, and put it into the episode's ticket if there is one; return whether a ticket changed.

    Raises `WireError` for what can not be kept.
    """
    _check(told)
    told = dated_tellings(told, now)
    before = await local_tellings_of(connection, gateway_id, told.episode)
    is_news = len(told.tellings) > len(before.tellings) or bool(told.accepted_by and not before.accepted_by)
    if not is_news:
        return False
    await put_local_tellings(connection, gateway_id, told, now)
    ticket = await _ticket_of(connection, gateway_id, told.episode)
    if ticket is None or ticket.status is Status.CLOSED:
        return False
    new = [one for one in told.tellings if one not in before.tellings]
    await _take_into_account(connection, ctx, ticket, new, _goes_now(told.tellings, told.accepted_by, now), now=now)
    return True


async def heed_local_tellings(
    connection: Connection, ctx: ActionContext, ticket: Ticket, gateway_id: str, episode: str, *, now: datetime
) -> Ticket:
    """Put what the gateway has told before into a ticket that was just opened; return how it stands then."""
    told = await local_tellings_of(connection, gateway_id, episode)
    if not told.tellings:
        return ticket
    return await _take_into_account(
        connection, ctx, ticket, told.tellings, _goes_now(told.tellings, told.accepted_by, now), now=now
    )


def _goes_now(tellings: Sequence[LocalTelling], accepted_by: str | None, now: datetime) -> str | None:
    """Return who is on their way; who went long ago is back by now, and whoever is needed today is asked today."""
    return accepted_by if accepted_by and any(now - one.at < STILL_FRESH for one in tellings) else None


def _check(told: ToldLocally) -> None:
    names = [
        told.episode,
        told.home,
        told.accepted_by,
        *(name for one in told.tellings for name in (one.way, one.person)),
    ]
    if not told.episode or not all(is_id(name) for name in names):
        raise WireError("told_locally: episode, home, ways and people are printable and not too long")
    times = [one.at for one in told.tellings] + ([told.accepted_at] if told.accepted_at else [])
    if not all(at.tzinfo is not None and is_plausible(at) for at in times):
        raise WireError("told_locally: times need a zone and lie between 1970 and 2200")
    if len(told.tellings) > MOST_TELLINGS:
        raise WireError(f"told_locally: {len(told.tellings)} tellings; at most {MOST_TELLINGS} are taken")


async def _ticket_of(connection: Connection, gateway_id: str, episode: str) -> Ticket | None:
    ticket_id = await ticket_id_of(connection, (gateway_id, episode))
    return None if ticket_id is None else await ticket_for_update(connection, ticket_id)


async def _take_into_account(
    connection: Connection,
    ctx: ActionContext,
    ticket: Ticket,
    tellings: Sequence[LocalTelling],
    accepted_by: str | None,
    *,
    now: datetime,
) -> Ticket:
    zone = UTC if ticket.home_id is None else await zone_of_home(connection, ticket.home_id)
    said = {
        "told": [[one.way, one.person, f"{one.at.astimezone(zone):%H:%M}"] for one in tellings],
        "goes": accepted_by,
    }
    ticket = await save_ticket(connection, ticket, now, actor=None, event=TOLD_LOCALLY, detail=said)
    fresh = {one.person for one in tellings if now - one.at < STILL_FRESH}
    for person in sorted(fresh):
        await cancel_notices(connection, ticket.ticket_id, (Purpose.ASKED,), person_id=person)
    return ticket if accepted_by is None else await _taken(connection, ctx, ticket, accepted_by, now)


async def _taken(connection: Connection, ctx: ActionContext, ticket: Ticket, person: str, now: datetime) -> Ticket:
    """Let who answered on the spot have the ticket, unless somebody else has it or they may not."""
    actor = await actor_by_id(connection, person)
    if actor is None:
        return ticket
    path = await path_of(connection, ticket.area_id)
    if forbidden(actor, Event.TAKE, path, was_called=True) is not None:
        return ticket
    after = decide(ticket, Event.TAKE, actor, EventDetail(), now)
    if isinstance(after, Refused):
        return ticket
    said = {"status": after.status.value, "way": TOLD_LOCALLY}
    saved = await save_ticket(connection, after, now, actor=actor.person_id, event=Event.TAKE.value, detail=said)
    await cancel_notices(connection, saved.ticket_id, (Purpose.ASKED, Purpose.OFFERED))
    await notify_followers(connection, ctx, saved, Event.TAKE.value, now, by=actor.person_id)
    return saved
