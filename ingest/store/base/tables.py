"""Tables: every table of ingest, as SQLAlchemy Core. The words are those of the house plan; no rows are touched here.

Times are `Instant` (aware UTC in Python, epoch milliseconds in the database). Words from closed lists (statuses, kinds,
roles) are text: the lists live in `models.flag` and `ingest.domain`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from ingest.store.base.columns import Instant, JsonText

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

RowNumber = BigInteger().with_variant(Integer, "sqlite")
"""A number the database gives: only INTEGER counts up by itself on SQLite."""

areas = Table(
    "areas",
    metadata,
    Column("area_id", Text, primary_key=True),
    Column("parent_id", ForeignKey("areas.area_id"), index=True),
    Column("level", Text, nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("path", Text, nullable=False, unique=True),
)
"""`path` is the ids from the district down, `/hs/hs-gulou/hs-gulou-1/`: a subtree is every path that starts so."""

stations = Table(
    "stations",
    metadata,
    Column("station_id", Text, primary_key=True),
    Column("area_id", ForeignKey("areas.area_id"), nullable=False, index=True),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("phone", Text),
)

gateways = Table(
    "gateways",
    metadata,
    Column("gateway_id", Text, primary_key=True),
    Column("area_id", ForeignKey("areas.area_id"), nullable=False, index=True),
    Column("key_generation", Integer, nullable=False, server_default=text("1")),
    Column("last_heartbeat_at", Instant),
    Column("heartbeat_sent_at", Instant),
    Column("heartbeat_json", JsonText),
    Column("heartbeat_due_at", Instant, index=True),
    Column("canary_since", Instant),
)
"""`last_heartbeat_at` is our clock, `heartbeat_sent_at` the gateway's: the newer of two late ones is kept.
`canary_since` is when it first said that it sends canaries."""

homes = Table(
    "homes",
    metadata,
    Column("home_id", Text, primary_key=True),
    Column("area_id", ForeignKey("areas.area_id"), nullable=False, index=True),
    Column("gateway_id", ForeignKey("gateways.gateway_id"), index=True),
    Column("label", Text, nullable=False),
    Column("resident", Text),
    Column("phone", Text),
    Column("timezone", Text, nullable=False),
    Column("way", Text),
)
"""`way` is how to find the door, for who is sent there: it says nothing of getting in, which residents decide."""

people = Table(
    "people",
    metadata,
    Column("person_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("area_id", ForeignKey("areas.area_id"), nullable=False, index=True),
    Column("phone", Text),
    Column("language", Text, nullable=False, server_default=text("'zh'")),
    Column("login", Text, unique=True),
    Column("password_hash", Text),
    Column("active", Boolean, nullable=False, server_default=text("true")),
)

person_channels = Table(
    "person_channels",
    metadata,
    Column("person_id", ForeignKey("people.person_id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    PrimaryKeyConstraint("person_id", "position"),
)

plans = Table(
    "plans",
    metadata,
    Column("plan_id", Text, primary_key=True),
    Column("area_id", ForeignKey("areas.area_id"), nullable=False, index=True),
    Column("severities", JsonText, nullable=False),
    Column("steps_json", JsonText, nullable=False),
    Column("then_plan", Text),
    Column("quiet_json", JsonText),
)
"""`then_plan` names the plan whose steps follow; checked when plans are loaded, so no foreign key."""

inbox = Table(
    "inbox",
    metadata,
    Column("gateway_id", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("boot_id", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("received_at", Instant, nullable=False, index=True),
    Column("status", Text, nullable=False),
    Column("detail", Text, nullable=False, server_default=text("''")),
    Column("envelope", LargeBinary, nullable=False),
    PrimaryKeyConstraint("gateway_id", "message_id"),
)
"""Every message that ever came, once. `envelope` are the bytes under the seal, as they came. Ids of messages, episodes
and flags are a gateway's own: no gateway can take those of another."""

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

usage_hours = Table(
    "usage_hours",
    metadata,
    Column("home_id", Text, nullable=False),
    Column("start", Instant, nullable=False),
    Column("water_l", Float),
    Column("energy_wh", Float),
    Column("quality", Text, nullable=False),
    Column("signs", Integer),
    Column("boot_id", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("sent_at", Instant, nullable=False),
    PrimaryKeyConstraint("home_id", "start"),
)
"""`boot_id`, `seq` and `sent_at` of the message the hour came in: an older message never replaces a newer one."""

influx_spool = Table(
    "influx_spool",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("line", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)

away = Table(
    "away",
    metadata,
    Column("entry_id", Text, primary_key=True),
    Column("home_id", ForeignKey("homes.home_id"), nullable=False, index=True),
    Column("since", Instant, nullable=False),
    Column("until", Instant),
    Column("said_by", Text, nullable=False),
    Column("revoked", Boolean, nullable=False, server_default=text("false")),
    Column("recorded_by", ForeignKey("people.person_id")),
    Column("recorded_at", Instant, nullable=False),
    Column("way", Text, nullable=False, server_default=text("'unknown'")),
    Column("revoked_by", Text),
    Column("ended_at", Instant),
    Column("check_at", Instant, index=True),
    Column("overdue_at", Instant),
)
"""`said_by` is whoever told it, in words; `way` how they did. `check_at` is when the return is looked after, None once
it is settled; `ended_at` when the resident was known to be back, `overdue_at` when a ticket was opened instead."""

link_uses = Table(
    "link_uses",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("ticket_id", ForeignKey("tickets.ticket_id"), nullable=False, index=True),
    Column("person_id", ForeignKey("people.person_id"), nullable=False),
    Column("event", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("session_hash", Text, primary_key=True),
    Column("person_id", ForeignKey("people.person_id"), nullable=False, index=True),
    Column("csrf_token", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)
"""Only a hash of the cookie is kept: who reads the table can not log in with it."""

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False, index=True),
    Column("actor", Text),
    Column("event", Text, nullable=False),
    Column("subject", Text),
    Column("detail_json", JsonText, nullable=False),
    Index("ix_audit_log_subject_at", "subject", "at"),
)

changes = Table(
    "changes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", BigInteger, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)
"""One row: `number` grows in every transaction that changes a ticket or a notice. A live board watches it."""
