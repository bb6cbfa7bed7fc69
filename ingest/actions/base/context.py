"""Context: what every action needs at hand (database, keys, address of the console), and what wings add to the heart.

A wing is known here only by what it adds. It imports the heart; the heart runs what is listed in `ActionContext.wings`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ingest.actions.base.retention import Pruning, Retention
from ingest.actions.base.secrets import MasterKey
from ingest.actions.base.worker_duty import WorkerDuty
from ingest.channels.contract import Channel, VendorEvent
from ingest.domain.tickets.ticket import Ticket
from ingest.store.base.database import Connection, Database
from ingest.store.tickets.tickets import TicketListener
from models.wire.envelope import Envelope
from models.wire.messages import MessageKind


@dataclass(frozen=True, slots=True)
class ActionContext:
    """Made once by the composition root, or by a test."""

    db: Database
    keys: MasterKey
    public_url: str
    """No slash at the end; signed links in notices start so."""
    wings: Sequence[Wing]
    spools_usage: bool = False
    """Whether usage summaries also go on to a time-series store."""


MessageHandler = Callable[[Connection, ActionContext, Envelope, datetime], Awaitable[bool]]
"""Acts upon one message of a gateway, in its transaction; returns whether pages show something else now.

It raises `WireError` or `FlagRefusedError` before it writes anything.
"""
OutcomeListener = Callable[[Connection, Ticket, datetime], Awaitable[Ticket]]
"""Hears of a ticket that has just been resolved, in the same transaction; returns the ticket as it stands then."""
VisitCounter = Callable[[Connection, str, datetime], Awaitable[int]]
"""Says how often somebody of ours was at a home since a time."""
ReportListener = Callable[[ActionContext, str, VendorEvent, datetime], Awaitable[bool]]
"""Hears what a vendor (by the channel's name) reports and no notice is meant by; returns whether it is its own."""


@dataclass(frozen=True, slots=True)
class WorkerParts:
    """What duties are made of, besides what their wing was given by the composition root."""

    ctx: ActionContext
    channels: Mapping[str, Channel]
    clock: Callable[[], datetime]
    keep: Retention
    wake: Callable[[], None]
    """Says that there may be notices to send."""
    start: Callable[[str, Coroutine[Any, Any, None], Callable[[], None]], None]
    """Runs something beside the duties: its name for the log, what to run, and what to call when it has ended."""


def _no_duties(_parts: WorkerParts) -> Sequence[WorkerDuty]:
    return ()


@dataclass(frozen=True, slots=True)
class Wing:
    """What one wing adds to the heart."""

    name: str
    messages: Mapping[MessageKind, MessageHandler] = field(default_factory=dict)
    """What it hears from gateways. Several wings may hear the same kind."""
    duties: Callable[[WorkerParts], Sequence[WorkerDuty]] = _no_duties
    prunings: Sequence[Pruning] = ()
    ticket_events: Sequence[TicketListener] = ()
    """Hear of everything that is written into a ticket's history, in the same transaction."""
    outcomes: Sequence[OutcomeListener] = ()
    vendor_reports: Sequence[ReportListener] = ()
    visit_counters: Sequence[VisitCounter] = ()
