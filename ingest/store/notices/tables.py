"""Tables of notices: what people are told, what vendors report about it, and addresses that turned out to be wrong."""

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
    text,
)

from ingest.store.base.columns import Instant
from ingest.store.base.metadata import metadata

notices = Table(
    "notices",
    metadata,
    Column("notice_id", Text, primary_key=True),
    Column("ticket_id", ForeignKey("tickets.ticket_id"), nullable=False, index=True),
    Column("person_id", ForeignKey("people.person_id"), nullable=False, index=True),
    Column("purpose", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("link", Text),
    Column("language", Text, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("idem_key", Text, nullable=False, unique=True),
    Column("status", Text, nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("leased_until", Instant),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("last_error", Text),
    Column("vendor_id", Text),
    Column("created_at", Instant, nullable=False),
    Column("delivered_at", Instant),
    CheckConstraint("status IN ('pending','leased','delivered','rejected','cancelled')", name="status_known"),
    Index("ix_notices_status_not_before", "status", "not_before"),
)

notice_receipts = Table(
    "notice_receipts",
    metadata,
    Column("notice_id", ForeignKey("notices.notice_id"), primary_key=True),
    Column("channel", Text, nullable=False),
    Column("vendor_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("due_at", Instant),
    Column("at", Instant, nullable=False),
    CheckConstraint("state IN ('awaited','delivered','failed','given_up')", name="state_known"),
    Index("ix_notice_receipts_channel_vendor_id", "channel", "vendor_id"),
    Index("ix_notice_receipts_state_due_at", "state", "due_at"),
)
"""A row for each notice that a vendor took who reports afterwards. `due_at` None: no report is waited for."""

vendor_events = Table(
    "vendor_events",
    metadata,
    Column("vendor", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("notice_id", ForeignKey("notices.notice_id"), nullable=False, index=True),
    Column("result", Text, nullable=False),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("vendor", "event_id"),
)
"""Everything a vendor has said, once: what comes again changes nothing and hears the same answer."""

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
