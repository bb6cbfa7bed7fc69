"""When who went to a home asked for help: until they say that all is well, the desk's boards say so."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.add_column("tickets", sa.Column("help_at", sa.BigInteger()))


def downgrade() -> None:
    """Go back."""
    op.drop_column("tickets", "help_at")
