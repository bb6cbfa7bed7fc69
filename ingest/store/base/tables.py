"""Tables that every room stands on: areas, gateways, homes and who lives there, people, messages that came, sessions.

Times are `Instant` (aware UTC in Python, epoch milliseconds in the database). Words from closed lists (roles, levels,
kinds) are text: the lists live in `models.flag` and `ingest.domain`. Rows are read and written elsewhere.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
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

from ingest.store.base.columns import Instant, JsonText, RowNumber
from ingest.store.base.metadata import metadata

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

residents = Table(
    "residents",
    metadata,
    Column("person_id", ForeignKey("people.person_id"), primary_key=True),
    Column("home_id", ForeignKey("homes.home_id"), nullable=False, index=True),
    Column("born", Integer),
    Column("languages", JsonText, nullable=False),
    Column("access_notes", Text),
    Column("health_notes", Text),
    Column("health_consent_on", Text),
    Column("health_consent_by", Text),
    CheckConstraint(
        "health_notes IS NULL OR (health_consent_on IS NOT NULL AND health_consent_by IS NOT NULL)",
        name="health_needs_consent",
    ),
)
"""Who lives in a home. Their row in `people` is inactive: they are told, and have no rights here."""

contacts = Table(
    "contacts",
    metadata,
    Column("person_id", ForeignKey("people.person_id"), primary_key=True),
    Column("home_id", ForeignKey("homes.home_id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("relation", Text),
    Column("holds_key", Boolean, nullable=False),
    Index("ix_contacts_home_id_position", "home_id", "position"),
)
"""Whom a resident wants called, in order. Inactive in `people` as well."""

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
