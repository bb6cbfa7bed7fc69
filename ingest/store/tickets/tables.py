"""Tables of tickets: the flags and episodes behind them, their history, and what people add to a ticket.

Closed words (statuses, kinds, relations) are text: the lists live in `models.flag` and `ingest.domain`.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from ingest.store.base.columns import Instant, JsonText, RowNumber
from ingest.store.base.metadata import metadata

tickets = Table(
    "tickets",
    metadata,
    Column("ticket_id", Text, primary_key=True),
    Column("home_id", ForeignKey("homes.home_id"), index=True),
    Column("area_id", ForeignKey("areas.area_id"), nullable=False, index=True),
    Column("gateway_id", Text, index=True),
    Column("subject", Text),
    Column("kind", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("condition", Text, nullable=False),
    Column("episode", Text, unique=True),
    Column("text_zh", Text, nullable=False),
    Column("text_en", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("plan_json", JsonText, nullable=False),
    Column("step", Integer, nullable=False),
    Column("turn", Integer, nullable=False, server_default=text("0")),
    Column("due_at", Instant),
    Column("due_kind", Text),
    Column("offered_to", ForeignKey("people.person_id")),
    Column("taken_by", ForeignKey("people.person_id"), index=True),
    Column("opened_at", Instant, nullable=False),
    Column("acked_at", Instant),
    Column("arrived_at", Instant),
    Column("resolved_at", Instant),
    Column("resolved_by", ForeignKey("people.person_id")),
    Column("closed_at", Instant, index=True),
    Column("outcome", Text),
    Column("note", Text),
    Column("version", Integer, nullable=False),
    Column("cause", Text),
    Column("eta_at", Instant),
    Column("inside_at", Instant),
    Column("help_at", Instant),
    CheckConstraint("status IN ('open','offered','taken','on_site','resolved','closed')", name="status_known"),
    CheckConstraint("status = 'closed' OR (due_at IS NOT NULL AND due_kind IS NOT NULL)", name="live_has_deadline"),
    CheckConstraint("status NOT IN ('taken','on_site') OR taken_by IS NOT NULL", name="taken_by_somebody"),
    CheckConstraint("status <> 'offered' OR offered_to IS NOT NULL", name="offered_to_somebody"),
    Index("ix_tickets_status_due_at", "status", "due_at"),
)
"""`text_zh`/`text_en` are the newest evidence sentence; `episode` is "<gateway> <episode>"; `subject` names what no
home row stands for (an unknown home, a gateway). `turn` is how often `step` has asked before. `version` counts
changes: the number of the newest history row."""

ticket_history = Table(
    "ticket_history",
    metadata,
    Column("ticket_id", ForeignKey("tickets.ticket_id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor", Text),
    Column("event", Text, nullable=False),
    Column("detail_json", JsonText, nullable=False),
    PrimaryKeyConstraint("ticket_id", "number"),
)
"""Append only. `actor` is a person's id, or None for the machine."""

episodes = Table(
    "episodes",
    metadata,
    Column("gateway_id", Text, nullable=False),
    Column("episode", Text, nullable=False),
    Column("last_number", Integer, nullable=False),
    Column("cleared", Boolean, nullable=False),
    Column("ticket_id", ForeignKey("tickets.ticket_id"), index=True),
    PrimaryKeyConstraint("gateway_id", "episode"),
)
"""What is known of each continuing situation, whatever the order its flags came in."""

flags = Table(
    "flags",
    metadata,
    Column("gateway_id", Text, nullable=False),
    Column("flag_id", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("episode", Text, nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("home_id", Text, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("since", Instant, nullable=False),
    Column("score", Float, nullable=False),
    Column("reason", Text, nullable=False),
    Column("text_zh", Text, nullable=False),
    Column("text_en", Text, nullable=False),
    Column("facts_json", JsonText, nullable=False),
    Column("ticket_id", ForeignKey("tickets.ticket_id"), index=True),
    Column("received_at", Instant, nullable=False),
    Column("waited_s", Float, nullable=False, server_default=text("0")),
    PrimaryKeyConstraint("gateway_id", "flag_id"),
)
"""`home_id` is what the gateway said and so no foreign key: a flag about a home we do not know is still a flag.
`waited_s` is how long it lay at its gateway, by a clock that nobody can set."""

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

local_tellings = Table(
    "local_tellings",
    metadata,
    Column("gateway_id", ForeignKey("gateways.gateway_id"), nullable=False),
    Column("episode", Text, nullable=False),
    Column("tellings_json", JsonText, nullable=False),
    Column("accepted_by", Text),
    Column("accepted_at", Instant),
    Column("received_at", Instant, nullable=False, index=True),
    PrimaryKeyConstraint("gateway_id", "episode"),
)
"""One row for each situation that a gateway told people of itself; `tellings_json` are [way, person, epoch ms]. Times
within are the gateway's. It may come before the flag it is about."""

link_uses = Table(
    "link_uses",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("ticket_id", ForeignKey("tickets.ticket_id"), nullable=False, index=True),
    Column("person_id", ForeignKey("people.person_id"), nullable=False),
    Column("event", Text, nullable=False),
    Column("at", Instant, nullable=False),
)
