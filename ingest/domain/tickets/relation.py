"""Relation: which two tickets may be merged or linked, and what a merged one brings along. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from ingest.domain.tickets.ticket import AT_WORK, Condition, Refusal, Refused, Ticket
from models.flag import FlagKind, Severity


class Relation(StrEnum):
    """How two tickets belong together."""

    MERGED = "merged"
    """The work of the first is done under the second."""
    LINKED = "linked"


def why_not_merged(ticket: Ticket, into: Ticket, held_homes: Collection[str]) -> Refused | None:
    """Return why `ticket` can't be merged into `into`, or None. `held_homes` are those that `into` holds as a place.

    Only what is about the same home is merged, or what a place's ticket holds the home of; smoke and whatever is
    critical never disappears in a place's ticket. Somebody who is on their way must not be merged away.
    """
    if into.status not in AT_WORK:
        return Refused(Refusal.NOT_NOW, into.status)
    if not _together(ticket, into, held_homes):
        return Refused(Refusal.NOT_TOGETHER, ticket.status)
    if ticket.severity.rank > into.severity.rank:
        return Refused(Refusal.LESS_URGENT, ticket.status)
    if ticket.taken_by is not None and ticket.taken_by != into.taken_by:
        return Refused(Refusal.TAKEN_BY_OTHER, ticket.status, taken_by=ticket.taken_by)
    return None


def _together(ticket: Ticket, into: Ticket, held_homes: Collection[str]) -> bool:
    if ticket.ticket_id == into.ticket_id:
        return False
    if ticket.home_id is not None and ticket.home_id == into.home_id:
        return True
    stands_alone = ticket.kind == FlagKind.SMOKE.value or ticket.severity is Severity.CRITICAL
    if ticket.home_id is not None:
        return ticket.home_id in held_homes and not stands_alone
    nameless = into.home_id is None and ticket.gateway_id == into.gateway_id
    return nameless and ticket.subject is not None and ticket.subject == into.subject


def with_merged(into: Ticket, ticket: Ticket) -> Ticket:
    """Return `into` with what `ticket` brings: it began with the earlier, and looks wrong as long as either does."""
    either = Condition.ACTIVE in (into.condition, ticket.condition)
    return replace(
        into,
        since=min(into.since, ticket.since),
        condition=Condition.ACTIVE if either else Condition.CLEARED,
    )


def acknowledged(ticket: Ticket, into: Ticket, now: datetime) -> Ticket:
    """Return a merged ticket as acknowledged from now on, where somebody has already acknowledged the other."""
    return ticket if into.acked_at is None else replace(ticket, acked_at=ticket.acked_at or now)
