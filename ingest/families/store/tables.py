"""Tables between a household and us: what the resident lets the family be told, what was told, and the signed links by
which they come to their page.
"""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, text

from ingest.store.base.columns import Instant
from ingest.store.base.metadata import metadata

family_consents = Table(
    "family_consents",
    metadata,
    Column("consent_id", Text, primary_key=True),
    Column("home_id", ForeignKey("homes.home_id"), nullable=False, index=True),
    Column("contact_id", ForeignKey("people.person_id"), nullable=False, index=True),
    Column("updates", Boolean, nullable=False),
    Column("morning", Boolean, nullable=False),
    Column("may_tell_away", Boolean, nullable=False),
    Column("morning_by", Text),
    Column("given_by", Text, nullable=False),
    Column("way", Text, nullable=False),
    Column("given_at", Instant, nullable=False),
    Column("recorded_by", ForeignKey("people.person_id"), nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", ForeignKey("people.person_id")),
    Column("look_at", Instant, index=True),
    Column("said_on", Text),
    Column("said", Text),
    CheckConstraint("NOT morning OR morning_by IS NOT NULL", name="morning_has_an_hour"),
    CheckConstraint("given_by <> ''", name="given_by_somebody"),
)
"""One row is one consent of the resident for one contact; a change ends the old row and writes a new one.

`morning_by` is the hour of the home's zone by which something is said at all. `look_at`: when it is next looked whether
there is something to tell; `said`/`said_on`: the last thing of the morning that was told, and of which day.
"""

family_letters = Table(
    "family_letters",
    metadata,
    Column("letter_id", Text, primary_key=True),
    Column("consent_id", ForeignKey("family_consents.consent_id"), nullable=False, index=True),
    Column("person_id", ForeignKey("people.person_id"), nullable=False),
    Column("purpose", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("link", Text),
    Column("language", Text, nullable=False),
    Column("idem_key", Text, nullable=False, unique=True),
    Column("status", Text, nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("not_after", Instant, nullable=False),
    Column("leased_until", Instant),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("last_error", Text),
    Column("vendor_id", Text),
    Column("created_at", Instant, nullable=False),
    Column("delivered_at", Instant),
    CheckConstraint("status IN ('pending','leased','delivered','rejected','cancelled')", name="status_known"),
    Index("ix_family_letters_status_not_before", "status", "not_before"),
)
"""What the family is told. Not `notices`: these belong to no ticket, ask nobody to go, and grow old (`not_after`)."""

household_links = Table(
    "house_links",
    metadata,
    Column("link_id", Text, primary_key=True),
    Column("home_id", ForeignKey("homes.home_id"), nullable=False, index=True),
    Column("person_id", ForeignKey("people.person_id"), nullable=False),
    Column("made_by", ForeignKey("people.person_id")),
    Column("made_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("ended_at", Instant),
)
"""The links to a household's page that are good: a resident's or a contact's. A new one ends the older of the same."""
