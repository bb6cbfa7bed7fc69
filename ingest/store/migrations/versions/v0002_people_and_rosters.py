"""Stations' staff, residents and contacts, rosters with their changes, the year's holidays; a step has turns."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

RowNumber = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

TABLES = (
    "responders",
    "responder_areas",
    "residents",
    "contacts",
    "rosters",
    "roster_changes",
    "open_shifts",
    "shift_signups",
    "special_days",
    "calendar_years",
)


def upgrade() -> None:
    """Go forward."""
    _people()
    _rosters()
    _calendar()
    op.add_column("tickets", sa.Column("turn", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("plans", sa.Column("then_plan", sa.Text(), nullable=True))
    op.add_column("plans", sa.Column("quiet_json", sa.Text(), nullable=True))


def downgrade() -> None:
    """Go back: who was on call is forgotten, a ticket keeps its step."""
    op.drop_column("plans", "quiet_json")
    op.drop_column("plans", "then_plan")
    op.drop_column("tickets", "turn")
    for table in reversed(TABLES):
        op.drop_table(table)


def _person(table: str, name: str = "person_id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], ["people.person_id"], name=f"fk_{table}_{name}")


def _people() -> None:
    op.create_table(
        "responders",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text()),
        sa.Column("organisation", sa.Text()),
        sa.Column("station_id", sa.Text()),
        sa.Column("skills", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_responders"),
        _person("responders"),
        sa.ForeignKeyConstraint(["station_id"], ["stations.station_id"], name="fk_responders_station_id"),
    )
    op.create_index("ix_responders_station_id", "responders", ["station_id"])
    op.create_table(
        "responder_areas",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("area_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "area_id", name="pk_responder_areas"),
        _person("responder_areas"),
        sa.ForeignKeyConstraint(["area_id"], ["areas.area_id"], name="fk_responder_areas_area_id"),
    )
    op.create_index("ix_responder_areas_area_id", "responder_areas", ["area_id"])
    op.create_table(
        "residents",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("home_id", sa.Text(), nullable=False),
        sa.Column("born", sa.Integer()),
        sa.Column("languages", sa.Text(), nullable=False),
        sa.Column("access_notes", sa.Text()),
        sa.Column("health_notes", sa.Text()),
        sa.Column("health_consent_on", sa.Text()),
        sa.Column("health_consent_by", sa.Text()),
        sa.PrimaryKeyConstraint("person_id", name="pk_residents"),
        _person("residents"),
        sa.ForeignKeyConstraint(["home_id"], ["homes.home_id"], name="fk_residents_home_id"),
        sa.CheckConstraint(
            "health_notes IS NULL OR (health_consent_on IS NOT NULL AND health_consent_by IS NOT NULL)",
            name=op.f("ck_residents_health_needs_consent"),
        ),
    )
    op.create_index("ix_residents_home_id", "residents", ["home_id"])
    op.create_table(
        "contacts",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("home_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("relation", sa.Text()),
        sa.Column("holds_key", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_contacts"),
        _person("contacts"),
        sa.ForeignKeyConstraint(["home_id"], ["homes.home_id"], name="fk_contacts_home_id"),
    )
    op.create_index("ix_contacts_home_id_position", "contacts", ["home_id", "position"])


def _rosters() -> None:
    op.create_table(
        "rosters",
        sa.Column("roster_id", sa.Text(), nullable=False),
        sa.Column("area_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("rotations_json", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("roster_id", name="pk_rosters"),
        sa.ForeignKeyConstraint(["area_id"], ["areas.area_id"], name="fk_rosters_area_id"),
    )
    op.create_index("ix_rosters_area_id", "rosters", ["area_id"])
    op.create_table(
        "roster_changes",
        sa.Column("id", RowNumber, autoincrement=True, nullable=False),
        sa.Column("roster_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text()),
        sa.Column("replaces", sa.Text()),
        sa.Column("starts", sa.BigInteger(), nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text()),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.PrimaryKeyConstraint("id", name="pk_roster_changes"),
        sa.ForeignKeyConstraint(["roster_id"], ["rosters.roster_id"], name="fk_roster_changes_roster_id"),
        _person("roster_changes"),
        _person("roster_changes", "replaces"),
        _person("roster_changes", "recorded_by"),
        sa.CheckConstraint("starts < ends", name=op.f("ck_roster_changes_ends_later")),
    )
    op.create_index("ix_roster_changes_roster_id", "roster_changes", ["roster_id"])
    op.create_table(
        "open_shifts",
        sa.Column("shift_id", sa.Text(), nullable=False),
        sa.Column("roster_id", sa.Text(), nullable=False),
        sa.Column("starts", sa.BigInteger(), nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("shift_id", name="pk_open_shifts"),
        sa.ForeignKeyConstraint(["roster_id"], ["rosters.roster_id"], name="fk_open_shifts_roster_id"),
        sa.CheckConstraint("starts < ends", name=op.f("ck_open_shifts_ends_later")),
    )
    op.create_index("ix_open_shifts_roster_id", "open_shifts", ["roster_id"])
    op.create_table(
        "shift_signups",
        sa.Column("shift_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shift_id", "person_id", name="pk_shift_signups"),
        sa.ForeignKeyConstraint(["shift_id"], ["open_shifts.shift_id"], name="fk_shift_signups_shift_id"),
        _person("shift_signups"),
    )
    op.create_index("ix_shift_signups_person_id", "shift_signups", ["person_id"])


def _calendar() -> None:
    op.create_table(
        "special_days",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("official", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_special_days"),
        sa.CheckConstraint("kind IN ('holiday','workday')", name=op.f("ck_special_days_kind_known")),
    )
    op.create_table(
        "calendar_years",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("official", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("year", name="pk_calendar_years"),
    )
