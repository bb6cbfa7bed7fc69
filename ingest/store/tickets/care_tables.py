"""Tables of care around a ticket and a home: the ledger's way to gateways, silences, planned tests, what is said,
shown and followed on a ticket. Beside `tables`, as Core as those.

Closed words (ways, kinds of relations) are text: the lists live in `ingest.domain`.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from ingest.store.base.columns import Instant, JsonText
from ingest.store.base.tables import RowNumber, metadata

seen_well = Table(
    "seen_well",
    metadata,
    Column("entry_id", Text, primary_key=True),
    Column("home_id", ForeignKey("homes.home_id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("way", Text, nullable=False),
    Column("recorded_by", ForeignKey("people.person_id"), nullable=False),
    Column("ticket_id", ForeignKey("tickets.ticket_id"), index=True),
    CheckConstraint("at < until", name="ends_later"),
)
"""Somebody saw or spoke to a resident, and all was well; until then no sign of life is awaited."""

ledger_mail = Table(
    "ledger_mail",
    metadata,
    Column("gateway_id", ForeignKey("gateways.gateway_id"), primary_key=True),
    Column("due_at", Instant, index=True),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("confirmed", Text, nullable=False, server_default=text("''")),
)
"""`due_at` is when the ledger is to be sent (again); None when the gateway has confirmed the revision there is."""

silences = Table(
    "silences",
    metadata,
    Column("silence_id", Text, primary_key=True),
    Column("home_id", ForeignKey("homes.home_id"), nullable=False, index=True),
    Column("kinds", JsonText, nullable=False),
    Column("owner", ForeignKey("people.person_id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", ForeignKey("people.person_id")),
    CheckConstraint("since < until", name="ends_later"),
    CheckConstraint("reason <> ''", name="has_reason"),
)
"""`ended_at` is when it was looked after: ended by hand, or found to be over and what it hid brought up."""

planned_tests = Table(
    "planned_tests",
    metadata,
    Column("test_id", Text, primary_key=True),
    Column("home_id", ForeignKey("homes.home_id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("owner", ForeignKey("people.person_id"), nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False, index=True),
    Column("passed_at", Instant),
    Column("settled_at", Instant),
    CheckConstraint("since < until", name="ends_later"),
)

ticket_relations = Table(
    "ticket_relations",
    metadata,
    Column("ticket_id", ForeignKey("tickets.ticket_id"), nullable=False),
    Column("other_id", ForeignKey("tickets.ticket_id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("recorded_by", ForeignKey("people.person_id"), nullable=False),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("ticket_id", "other_id"),
    CheckConstraint("ticket_id <> other_id", name="not_itself"),
)
"""`merged`: the work of `ticket_id` is done under `other_id`; `linked`: they belong together."""

ticket_homes = Table(
    "ticket_homes",
    metadata,
    Column("ticket_id", ForeignKey("tickets.ticket_id"), nullable=False),
    Column("home_id", Text, nullable=False, index=True),
    PrimaryKeyConstraint("ticket_id", "home_id"),
)
"""The homes of a ticket about a place; as the gateway named them, so no foreign key."""

ticket_watchers = Table(
    "ticket_watchers",
    metadata,
    Column("ticket_id", ForeignKey("tickets.ticket_id"), nullable=False),
    Column("person_id", ForeignKey("people.person_id"), nullable=False, index=True),
    Column("since", Instant, nullable=False),
    PrimaryKeyConstraint("ticket_id", "person_id"),
)

ticket_comments = Table(
    "ticket_comments",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("ticket_id", ForeignKey("tickets.ticket_id"), nullable=False, index=True),
    Column("author", ForeignKey("people.person_id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("text", Text, nullable=False),
)

attachments = Table(
    "attachments",
    metadata,
    Column("attachment_id", Text, primary_key=True),
    Column("ticket_id", ForeignKey("tickets.ticket_id"), nullable=False, index=True),
    Column("author", ForeignKey("people.person_id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

check_ins = Table(
    "check_ins",
    metadata,
    Column("ticket_id", ForeignKey("tickets.ticket_id"), primary_key=True),
    Column("person_id", ForeignKey("people.person_id"), nullable=False),
    Column("due_at", Instant, index=True),
    Column("asked", Integer, nullable=False, server_default=text("0")),
    Column("told", Boolean, nullable=False, server_default=text("false")),
)
"""The timer of somebody in a home: how often they were asked whether all is well; `told`: the desk knows."""

late_answers = Table(
    "late_answers",
    metadata,
    Column("ticket_id", ForeignKey("tickets.ticket_id"), nullable=False),
    Column("limit_s", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("answered_at", Instant),
    Column("cause", Text),
    Column("explained_by", ForeignKey("people.person_id")),
    PrimaryKeyConstraint("ticket_id", "limit_s"),
    Index("ix_late_answers_at", "at"),
)
"""The exceptions to the promise: which tickets nobody had acknowledged after so many seconds, and why."""
