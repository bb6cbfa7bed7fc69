"""When a district's rosters were last looked through for holes that somebody has to be told of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "roster_checks",
        sa.Column("area_id", sa.Text(), nullable=False),
        sa.Column("checked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("area_id", name="pk_roster_checks"),
        sa.ForeignKeyConstraint(["area_id"], ["areas.area_id"], name="fk_roster_checks_area_id"),
    )


def downgrade() -> None:
    """Go back: the next look tells anew."""
    op.drop_table("roster_checks")
