"""Scope: who sees and does what. Everybody sees the subtree of their own area, and nothing else."""

from __future__ import annotations

from ingest.domain.base.areas import lies_within
from ingest.domain.base.people import DESK_ROLES, Actor, Role
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

MAY_OPEN_BY_HAND: frozenset[Role] = DESK_ROLES | {Role.SOCIAL_WORKER}


def sees(actor: Actor, area_path: str) -> bool:
    """Return whether something at `area_path` lies in the actor's subtree."""
    return actor.is_machine or lies_within(area_path, actor.area_path)


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
