"""How each home stands, added habits, lines moved by outcomes, fitted priors, and settings on their way to gateways."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward: nothing of this is known yet; the next heartbeats tell."""
    op.create_table(
        "home_states",
        sa.Column("home_id", sa.Text(), nullable=False),
        sa.Column("gateway_id", sa.Text(), nullable=False),
        sa.Column("watch", sa.Text(), nullable=False),
        sa.Column("last_sign_at", sa.BigInteger()),
        sa.Column("noticed_by", sa.BigInteger()),
        sa.Column("blind_since", sa.BigInteger()),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("home_id", name="pk_home_states"),
        sa.ForeignKeyConstraint(["home_id"], ["homes.home_id"], name="fk_home_states_home_id"),
        sa.CheckConstraint("watch IN ('watched','away','blind')", name=op.f("ck_home_states_watch_known")),
    )
    op.create_table(
        "habit_counts",
        sa.Column("gateway_id", sa.Text(), nullable=False),
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column("homes", sa.Integer(), nullable=False),
        sa.Column("cells_json", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("gateway_id", "week", name="pk_habit_counts"),
        sa.ForeignKeyConstraint(["gateway_id"], ["gateways.gateway_id"], name="fk_habit_counts_gateway_id"),
    )
    op.create_index("ix_habit_counts_week", "habit_counts", ["week"])
    op.create_table(
        "line_moves",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("home_id", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.Float(), nullable=False),
        sa.Column("after", sa.Float(), nullable=False),
        sa.Column("needed", sa.Integer(), nullable=False),
        sa.Column("needless", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_line_moves"),
        sa.ForeignKeyConstraint(["home_id"], ["homes.home_id"], name="fk_line_moves_home_id"),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.ticket_id"], name="fk_line_moves_ticket_id"),
    )
    op.create_index("ix_line_moves_home_id_rule_id", "line_moves", ["home_id", "rule", "id"])
    op.create_index("ix_line_moves_ticket_id", "line_moves", ["ticket_id"])
    op.create_table(
        "district_priors",
        sa.Column("area_id", sa.Text(), nullable=False),
        sa.Column("homes", sa.Integer(), nullable=False),
        sa.Column("prior_json", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("area_id", name="pk_district_priors"),
        sa.ForeignKeyConstraint(["area_id"], ["areas.area_id"], name="fk_district_priors_area_id"),
    )
    op.create_table(
        "settings_mail",
        sa.Column("gateway_id", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("confirmed", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.PrimaryKeyConstraint("gateway_id", name="pk_settings_mail"),
        sa.ForeignKeyConstraint(["gateway_id"], ["gateways.gateway_id"], name="fk_settings_mail_gateway_id"),
    )
    op.create_index("ix_settings_mail_due_at", "settings_mail", ["due_at"])


def downgrade() -> None:
    """Go back: homes, tickets and gateways stay."""
    for name in ("settings_mail", "district_priors", "line_moves", "habit_counts", "home_states"):
        op.drop_table(name)
