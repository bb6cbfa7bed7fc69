"""Tables of friendly visits: what is planned for a month, and what was found.

Days are ISO dates of the place's own calendar; the words of a note (mood, meals …) are lists of `domain.visit_note`.
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
    text,
)

from ingest.store.base.columns import Instant, JsonText
from ingest.store.base.metadata import metadata

visits = Table(
    "visits",
    metadata,
    Column("visit_id", Text, primary_key=True),
    Column("home_id", ForeignKey("homes.home_id"), nullable=False, index=True),
    Column("month", Text, nullable=False),
    Column("due_on", Text, nullable=False),
    Column("points", Integer, nullable=False),
    Column("reasons", JsonText, nullable=False),
    Column("worker", ForeignKey("people.person_id"), index=True),
    Column("volunteer", ForeignKey("people.person_id"), index=True),
    Column("planned_at", Instant, nullable=False),
    Column("agreed_for", Instant),
    Column("agreed_by", ForeignKey("people.person_id")),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    Column("tried_at", Instant),
    Column("done_at", Instant),
    Column("done_by", ForeignKey("people.person_id")),
    Column("went", JsonText),
    Column("minutes", Integer),
    Column("seen_well", Boolean),
    Column("note_json", JsonText),
    Column("note_text", Text),
    CheckConstraint(
        "done_at IS NULL OR (done_by IS NOT NULL AND minutes IS NOT NULL AND seen_well IS NOT NULL)",
        name="done_is_told",
    ),
    Index("ix_visits_month_due_on", "month", "due_on"),
    Index("ix_visits_done_at", "done_at"),
)
"""`points` and `reasons`: why the home is visited as often; `went` are the ids of who went; `tries`: nobody opened."""

visit_months = Table(
    "visit_months",
    metadata,
    Column("area_id", ForeignKey("areas.area_id"), nullable=False),
    Column("month", Text, nullable=False),
    Column("planned_at", Instant, nullable=False),
    PrimaryKeyConstraint("area_id", "month"),
)
"""When the plan of a district's month was last brought up to date."""
