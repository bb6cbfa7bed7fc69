"""What leaves the house beside notices: ticket events for other centres, push messages, and numbers that are wrong."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "forwarders",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("wants_json", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("failing_since", sa.BigInteger()),
        sa.Column("last_error", sa.Text()),
        sa.Column("last_done_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("name", name="pk_forwarders"),
    )
    op.create_table(
        "forwards",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("forwarder", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("content_json", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.BigInteger()),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_error", sa.Text()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_forwards"),
        sa.ForeignKeyConstraint(["forwarder"], ["forwarders.name"], name="fk_forwards_forwarder"),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.ticket_id"], name="fk_forwards_ticket_id"),
        sa.UniqueConstraint("forwarder", "ticket_id", "number", name="uq_forwards_event"),
        sa.CheckConstraint(
            "status IN ('pending','leased','done','refused','given_up')", name=op.f("ck_forwards_status_known")
        ),
    )
    op.create_index("ix_forwards_ticket_id", "forwards", ["ticket_id"])
    op.create_index("ix_forwards_status_not_before", "forwards", ["status", "not_before"])
    op.create_table(
        "push_subscriptions",
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("p256dh", sa.Text(), nullable=False),
        sa.Column("auth", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("endpoint", name="pk_push_subscriptions"),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_push_subscriptions_person_id"),
    )
    op.create_index("ix_push_subscriptions_person_id", "push_subscriptions", ["person_id"])
    op.create_table(
        "contact_faults",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("person_id", "channel", "address", name="pk_contact_faults"),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_contact_faults_person_id"),
    )
    op.create_index("ix_contact_faults_settled_at", "contact_faults", ["settled_at"])


def downgrade() -> None:
    """Go back: what waits for other centres is lost."""
    op.drop_table("contact_faults")
    op.drop_table("push_subscriptions")
    op.drop_table("forwards")
    op.drop_table("forwarders")
