"""What had set a ticket off, when who took it says to be there, and since when they are inside."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward: nothing of this is known of older tickets."""
    op.add_column("tickets", sa.Column("cause", sa.Text()))
    op.add_column("tickets", sa.Column("eta_at", sa.BigInteger()))
    op.add_column("tickets", sa.Column("inside_at", sa.BigInteger()))
    op.create_index("ix_tickets_closed_at", "tickets", ["closed_at"])


def downgrade() -> None:
    """Go back: the tickets stay."""
    op.drop_index("ix_tickets_closed_at", "tickets")
    for name in ("inside_at", "eta_at", "cause"):
        op.drop_column("tickets", name)
