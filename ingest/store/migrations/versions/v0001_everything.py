"""Everything, for the first time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

RowNumber = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

TABLES = (
    "areas",
    "stations",
    "gateways",
    "homes",
    "people",
    "person_channels",
    "plans",
    "tickets",
    "ticket_history",
    "notices",
    "link_uses",
    "inbox",
    "episodes",
    "flags",
    "audit_log",
    "changes",
    "influx_spool",
    "usage_hours",
    "sessions",
    "away",
)


def upgrade() -> None:
    """Go forward."""
    _places()
    _work()
    _the_rest()


def downgrade() -> None:
    """Go back: nothing is left."""
    for table in reversed(TABLES):
        op.drop_table(table)


def _places() -> None:
    """Areas, gateways, homes and people."""
    op.create_table(
        "areas",
        sa.Column("area_id", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Text(), nullable=True),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["areas.area_id"], name=op.f("fk_areas_parent_id")),
        sa.PrimaryKeyConstraint("area_id", name=op.f("pk_areas")),
        sa.UniqueConstraint("path", name=op.f("uq_areas_path")),
    )
    op.create_index("ix_areas_parent_id", "areas", ["parent_id"], unique=False)
    op.create_table(
        "stations",
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("area_id", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["areas.area_id"], name=op.f("fk_stations_area_id")),
        sa.PrimaryKeyConstraint("station_id", name=op.f("pk_stations")),
    )
    op.create_index("ix_stations_area_id", "stations", ["area_id"], unique=False)
    op.create_table(
        "gateways",
        sa.Column("gateway_id", sa.Text(), nullable=False),
        sa.Column("area_id", sa.Text(), nullable=False),
        sa.Column("key_generation", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("last_heartbeat_at", sa.BigInteger(), nullable=True),
        sa.Column("heartbeat_sent_at", sa.BigInteger(), nullable=True),
        sa.Column("heartbeat_json", sa.Text(), nullable=True),
        sa.Column("heartbeat_due_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["areas.area_id"], name=op.f("fk_gateways_area_id")),
        sa.PrimaryKeyConstraint("gateway_id", name=op.f("pk_gateways")),
    )
    op.create_index("ix_gateways_area_id", "gateways", ["area_id"], unique=False)
    op.create_index("ix_gateways_heartbeat_due_at", "gateways", ["heartbeat_due_at"], unique=False)
    op.create_table(
        "homes",
        sa.Column("home_id", sa.Text(), nullable=False),
        sa.Column("area_id", sa.Text(), nullable=False),
        sa.Column("gateway_id", sa.Text(), nullable=True),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("resident", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.area_id"], name=op.f("fk_homes_area_id")),
        sa.ForeignKeyConstraint(["gateway_id"], ["gateways.gateway_id"], name=op.f("fk_homes_gateway_id")),
        sa.PrimaryKeyConstraint("home_id", name=op.f("pk_homes")),
    )
    op.create_index("ix_homes_area_id", "homes", ["area_id"], unique=False)
    op.create_index("ix_homes_gateway_id", "homes", ["gateway_id"], unique=False)
    op.create_table(
        "people",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("area_id", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), server_default=sa.text("'zh'"), nullable=False),
        sa.Column("login", sa.Text(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("(true)"), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.area_id"], name=op.f("fk_people_area_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_people")),
        sa.UniqueConstraint("login", name=op.f("uq_people_login")),
    )
    op.create_index("ix_people_area_id", "people", ["area_id"], unique=False)
    op.create_table(
        "person_channels",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name=op.f("fk_person_channels_person_id")),
        sa.PrimaryKeyConstraint("person_id", "position", name=op.f("pk_person_channels")),
    )
    op.create_table(
        "plans",
        sa.Column("plan_id", sa.Text(), nullable=False),
        sa.Column("area_id", sa.Text(), nullable=False),
        sa.Column("severities", sa.Text(), nullable=False),
        sa.Column("steps_json", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.area_id"], name=op.f("fk_plans_area_id")),
        sa.PrimaryKeyConstraint("plan_id", name=op.f("pk_plans")),
    )
    op.create_index("ix_plans_area_id", "plans", ["area_id"], unique=False)


def _work() -> None:
    """Tickets, notices and the flags they come from."""
    op.create_table(
        "tickets",
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("home_id", sa.Text(), nullable=True),
        sa.Column("area_id", sa.Text(), nullable=False),
        sa.Column("gateway_id", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("episode", sa.Text(), nullable=True),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("plan_json", sa.Text(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("due_kind", sa.Text(), nullable=True),
        sa.Column("offered_to", sa.Text(), nullable=True),
        sa.Column("taken_by", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("acked_at", sa.BigInteger(), nullable=True),
        sa.Column("arrived_at", sa.BigInteger(), nullable=True),
        sa.Column("resolved_at", sa.BigInteger(), nullable=True),
        sa.Column("resolved_by", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status <> 'offered' OR offered_to IS NOT NULL", name=op.f("ck_tickets_offered_to_somebody")
        ),
        sa.CheckConstraint(
            "status = 'closed' OR (due_at IS NOT NULL AND due_kind IS NOT NULL)",
            name=op.f("ck_tickets_live_has_deadline"),
        ),
        sa.CheckConstraint(
            "status IN ('open','offered','taken','on_site','resolved','closed')", name=op.f("ck_tickets_status_known")
        ),
        sa.CheckConstraint(
            "status NOT IN ('taken','on_site') OR taken_by IS NOT NULL", name=op.f("ck_tickets_taken_by_somebody")
        ),
        sa.ForeignKeyConstraint(["area_id"], ["areas.area_id"], name=op.f("fk_tickets_area_id")),
        sa.ForeignKeyConstraint(["home_id"], ["homes.home_id"], name=op.f("fk_tickets_home_id")),
        sa.ForeignKeyConstraint(["offered_to"], ["people.person_id"], name=op.f("fk_tickets_offered_to")),
        sa.ForeignKeyConstraint(["resolved_by"], ["people.person_id"], name=op.f("fk_tickets_resolved_by")),
        sa.ForeignKeyConstraint(["taken_by"], ["people.person_id"], name=op.f("fk_tickets_taken_by")),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_tickets")),
        sa.UniqueConstraint("episode", name=op.f("uq_tickets_episode")),
    )
    op.create_index("ix_tickets_area_id", "tickets", ["area_id"], unique=False)
    op.create_index("ix_tickets_gateway_id", "tickets", ["gateway_id"], unique=False)
    op.create_index("ix_tickets_home_id", "tickets", ["home_id"], unique=False)
    op.create_index("ix_tickets_status_due_at", "tickets", ["status", "due_at"], unique=False)
    op.create_index("ix_tickets_taken_by", "tickets", ["taken_by"], unique=False)
    op.create_table(
        "ticket_history",
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("detail_json", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.ticket_id"], name=op.f("fk_ticket_history_ticket_id")),
        sa.PrimaryKeyConstraint("ticket_id", "number", name=op.f("pk_ticket_history")),
    )
    op.create_table(
        "notices",
        sa.Column("notice_id", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("idem_key", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("vendor_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("delivered_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "status IN ('pending','leased','delivered','rejected','cancelled')", name=op.f("ck_notices_status_known")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name=op.f("fk_notices_person_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.ticket_id"], name=op.f("fk_notices_ticket_id")),
        sa.PrimaryKeyConstraint("notice_id", name=op.f("pk_notices")),
        sa.UniqueConstraint("idem_key", name=op.f("uq_notices_idem_key")),
    )
    op.create_index("ix_notices_person_id", "notices", ["person_id"], unique=False)
    op.create_index("ix_notices_status_not_before", "notices", ["status", "not_before"], unique=False)
    op.create_index("ix_notices_ticket_id", "notices", ["ticket_id"], unique=False)
    op.create_table(
        "link_uses",
        sa.Column("id", RowNumber, autoincrement=True, nullable=False),
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name=op.f("fk_link_uses_person_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.ticket_id"], name=op.f("fk_link_uses_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_uses")),
    )
    op.create_index("ix_link_uses_ticket_id", "link_uses", ["ticket_id"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("gateway_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("boot_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), server_default=sa.text("('')"), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("gateway_id", "message_id", name=op.f("pk_inbox")),
    )
    op.create_index("ix_inbox_received_at", "inbox", ["received_at"], unique=False)
    op.create_table(
        "episodes",
        sa.Column("gateway_id", sa.Text(), nullable=False),
        sa.Column("episode", sa.Text(), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("cleared", sa.Boolean(), nullable=False),
        sa.Column("ticket_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.ticket_id"], name=op.f("fk_episodes_ticket_id")),
        sa.PrimaryKeyConstraint("gateway_id", "episode", name=op.f("pk_episodes")),
    )
    op.create_index("ix_episodes_ticket_id", "episodes", ["ticket_id"], unique=False)
    op.create_table(
        "flags",
        sa.Column("gateway_id", sa.Text(), nullable=False),
        sa.Column("flag_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("episode", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("home_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("facts_json", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.Text(), nullable=True),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.ticket_id"], name=op.f("fk_flags_ticket_id")),
        sa.PrimaryKeyConstraint("gateway_id", "flag_id", name=op.f("pk_flags")),
    )
    op.create_index("ix_flags_episode", "flags", ["episode"], unique=False)
    op.create_index("ix_flags_home_id", "flags", ["home_id"], unique=False)
    op.create_index("ix_flags_ticket_id", "flags", ["ticket_id"], unique=False)


def _the_rest() -> None:
    """Usage, the away ledger, sessions and records."""
    op.create_table(
        "audit_log",
        sa.Column("id", RowNumber, autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("detail_json", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
    )
    op.create_index("ix_audit_log_at", "audit_log", ["at"], unique=False)
    op.create_table(
        "changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_changes_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
    )
    op.create_table(
        "influx_spool",
        sa.Column("id", RowNumber, autoincrement=True, nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_influx_spool")),
    )
    op.create_table(
        "usage_hours",
        sa.Column("home_id", sa.Text(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("water_l", sa.Float(), nullable=True),
        sa.Column("energy_wh", sa.Float(), nullable=True),
        sa.Column("quality", sa.Text(), nullable=False),
        sa.Column("signs", sa.Integer(), nullable=True),
        sa.Column("boot_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("home_id", "start", name=op.f("pk_usage_hours")),
    )
    op.create_table(
        "sessions",
        sa.Column("session_hash", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("csrf_token", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name=op.f("fk_sessions_person_id")),
        sa.PrimaryKeyConstraint("session_hash", name=op.f("pk_sessions")),
    )
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"], unique=False)
    op.create_index("ix_sessions_person_id", "sessions", ["person_id"], unique=False)
    op.create_table(
        "away",
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("home_id", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("said_by", sa.Text(), nullable=False),
        sa.Column("revoked", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["home_id"], ["homes.home_id"], name=op.f("fk_away_home_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["people.person_id"], name=op.f("fk_away_recorded_by")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_away")),
    )
    op.create_index("ix_away_home_id", "away", ["home_id"], unique=False)
