"""Permits: which role may let which event happen to a ticket. What is possible at all is `lifecycle`'s business."""

from __future__ import annotations

from ingest.domain.base.people import DESK_ROLES, Actor, Role
from ingest.domain.base.scope import sees
from ingest.domain.tickets.ticket import Event, Refusal

_RESPONDERS = frozenset({Role.VOLUNTEER, Role.SOCIAL_WORKER})
_ANYBODY = _RESPONDERS | DESK_ROLES

MAY: dict[Event, frozenset[Role]] = {
    Event.OFFER: DESK_ROLES,
    Event.DECLINE: _ANYBODY,
    Event.TAKE: _ANYBODY,
    Event.ACKNOWLEDGE: DESK_ROLES,
    Event.ETA: _ANYBODY,
    Event.ARRIVE: _ANYBODY,
    Event.INSIDE: _ANYBODY,
    Event.ALL_WELL: _ANYBODY,
    Event.MERGE: DESK_ROLES,
    Event.GIVE_BACK: _ANYBODY,
    Event.RESOLVE: _ANYBODY,
    Event.CLOSE: DESK_ROLES,
    Event.REOPEN: DESK_ROLES,
}
"""Which roles may say which event; what is missing here only the machine says."""


def forbidden(actor: Actor, event: Event, ticket_path: str, was_called: bool = False) -> Refusal | None:
    """Return why the actor may not do this to a ticket at `ticket_path`, or None.

    `was_called`: the actor was asked about this very ticket, which opens it to them wherever it is.
    """
    if actor.is_machine:
        return None
    if not sees(actor, ticket_path) and not was_called:
        return Refusal.OUT_OF_SCOPE
    if actor.role not in MAY.get(event, frozenset()):
        return Refusal.NOT_ALLOWED
    return None
