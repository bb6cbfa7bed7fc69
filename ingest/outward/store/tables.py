"""Tables of what leaves the house other than as a notice: ticket events on their way to other centres, the browsers
that push messages go to, and numbers that turned out to be wrong. Beside `tables`, as Core as those.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from ingest.store.base.columns import Instant, JsonText
from ingest.store.base.tables import RowNumber, metadata

forwarders = Table(
    "forwarders",
    metadata,
    Column("name", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("wants_json", JsonText, nullable=False),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("failing_since", Instant),
    Column("last_error", Text),
    Column("last_done_at", Instant),
)
"""The settings' forwarders, as the program that runs now has them; one that is not in them any more is not active."""

forwards = Table(
    "forwards",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("forwarder", ForeignKey("forwarders.name"), nullable=False),
    Column("ticket_id", ForeignKey("tickets.ticket_id"), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("content_json", JsonText, nullable=False),
    Column("status", Text, nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("leased_until", Instant),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("last_error", Text),
    Column("created_at", Instant, nullable=False),
    Column("done_at", Instant),
    CheckConstraint("status IN ('pending','leased','done','refused','given_up')", name="status_known"),
    UniqueConstraint("forwarder", "ticket_id", "number", name="uq_forwards_event"),
    Index("ix_forwards_status_not_before", "status", "not_before"),
)
"""One row for each event of a ticket and each forwarder that wants it, written with the event itself. `number` is the
event's in the ticket's history, `content_json` what is to be said, as it was then."""

push_subscriptions = Table(
    "push_subscriptions",
    metadata,
    Column("endpoint", Text, primary_key=True),
    Column("person_id", ForeignKey("people.person_id"), nullable=False, index=True),
    Column("p256dh", Text, nullable=False),
    Column("auth", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)
"""A browser that push messages to this person go to; gone as soon as its push service says so."""

contact_faults = Table(
    "contact_faults",
    metadata,
    Column("person_id", ForeignKey("people.person_id"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("times", Integer, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("settled_at", Instant, index=True),
    PrimaryKeyConstraint("person_id", "channel", "address"),
)
"""An address that can not be right, for somebody to mend. Settled when a notice reaches it after all; one that the
person no longer has does not count either."""
