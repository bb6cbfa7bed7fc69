"""Forwarding: which events of which tickets another centre wants, and when a failed one is said again. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from ingest.domain.tickets.ticket import Ticket
from models.flag import Severity

FORWARD_FAILING = "forward_failing"
"""Ticket kind: a centre that events are passed on to can not be reached, or refuses them."""
WORTH_A_TICKET = timedelta(minutes=5)
"""So long a centre may be out of reach before the installer's queue hears of it."""
KEPT_FOR = timedelta(days=3)
"""An event that could not be passed on for so long is given up."""
_FIRST_WAIT = timedelta(seconds=2)
_LONGEST_WAIT = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Wants:
    """What a forwarder wants; empty `events` and `kinds` mean all of them, an empty `area` everywhere."""

    events: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    severity_from: Severity = Severity.INFO
    area: str = ""


def wants(wish: Wants, forwarder: str, ticket: Ticket, event: str, area_path: str) -> bool:
    """Return whether the event is to be passed on. Never to a centre about itself being out of reach."""
    if ticket.kind == FORWARD_FAILING and ticket.subject == forwarder:
        return False
    if wish.events and event not in wish.events:
        return False
    if wish.kinds and ticket.kind not in wish.kinds:
        return False
    if wish.area and f"/{wish.area}/" not in area_path:
        return False
    return ticket.severity.rank >= wish.severity_from.rank


def wait_before_again(attempts: int) -> timedelta:
    """Return how long to wait after the failure number `attempts` (from 1): 2, 4, 8 … seconds, at most 10 minutes."""
    return min(_LONGEST_WAIT, _FIRST_WAIT * (1 << min(attempts - 1, 12)))
