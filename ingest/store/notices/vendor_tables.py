"""Tables of what vendors say back about notices. Beside `tables`, as Core as those."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, PrimaryKeyConstraint, Table, Text

from ingest.store.base.columns import Instant
from ingest.store.base.tables import metadata

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
