"""The ledger's way to gateways, silences, planned tests, and what is said, shown and followed on a ticket."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

RowNumber = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

TABLES = (
    "seen_well",
    "ledger_mail",
    "silences",
    "planned_tests",
    "ticket_relations",
    "ticket_homes",
    "ticket_watchers",
    "ticket_comments",
    "attachments",
    "check_ins",
    "late_answers",
)
LEARNED = ("way", "revoked_by", "ended_at", "check_at", "overdue_at")


def upgrade() -> None:
    """Go forward."""
    op.add_column("away", sa.Column("way", sa.Text(), nullable=False, server_default=sa.text("'unknown'")))
    op.add_column("away", sa.Column("revoked_by", sa.Text(), nullable=True))
    for name in ("ended_at", "check_at", "overdue_at"):
        op.add_column("away", sa.Column(name, sa.BigInteger(), nullable=True))
    op.create_index("ix_away_check_at", "away", ["check_at"])
    _ledger()
    _silences_and_tests()
    _around_a_ticket()
    _said_on_a_ticket()


def downgrade() -> None:
    """Go back: what was said on tickets is forgotten, absences stay."""
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_index("ix_away_check_at", "away")
    for name in reversed(LEARNED):
        op.drop_column("away", name)


def _to(table: str, name: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [target], name=f"fk_{table}_{name}")


def _home(table: str) -> sa.ForeignKeyConstraint:
    return _to(table, "home_id", "homes.home_id")


def _ticket(table: str, name: str = "ticket_id") -> sa.ForeignKeyConstraint:
    return _to(table, name, "tickets.ticket_id")


def _person(table: str, name: str = "person_id") -> sa.ForeignKeyConstraint:
    return _to(table, name, "people.person_id")


def _check(table: str, rule: str, name: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _ledger() -> None:
    op.create_table(
        "seen_well",
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("home_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.Text()),
        sa.PrimaryKeyConstraint("entry_id", name="pk_seen_well"),
        _home("seen_well"),
        _person("seen_well", "recorded_by"),
        _ticket("seen_well"),
        _check("seen_well", "at < until", "ends_later"),
    )
    op.create_index("ix_seen_well_home_id", "seen_well", ["home_id"])
    op.create_index("ix_seen_well_ticket_id", "seen_well", ["ticket_id"])
    op.create_table(
        "ledger_mail",
        sa.Column("gateway_id", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("confirmed", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.PrimaryKeyConstraint("gateway_id", name="pk_ledger_mail"),
        _to("ledger_mail", "gateway_id", "gateways.gateway_id"),
    )
    op.create_index("ix_ledger_mail_due_at", "ledger_mail", ["due_at"])


def _silences_and_tests() -> None:
    op.create_table(
        "silences",
        sa.Column("silence_id", sa.Text(), nullable=False),
        sa.Column("home_id", sa.Text(), nullable=False),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("ended_by", sa.Text()),
        sa.PrimaryKeyConstraint("silence_id", name="pk_silences"),
        _home("silences"),
        _person("silences", "owner"),
        _person("silences", "ended_by"),
        _check("silences", "since < until", "ends_later"),
        _check("silences", "reason <> ''", "has_reason"),
    )
    op.create_index("ix_silences_home_id", "silences", ["home_id"])
    op.create_table(
        "planned_tests",
        sa.Column("test_id", sa.Text(), nullable=False),
        sa.Column("home_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("passed_at", sa.BigInteger()),
        sa.Column("settled_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("test_id", name="pk_planned_tests"),
        _home("planned_tests"),
        _person("planned_tests", "owner"),
        _check("planned_tests", "since < until", "ends_later"),
    )
    op.create_index("ix_planned_tests_home_id", "planned_tests", ["home_id"])
    op.create_index("ix_planned_tests_until", "planned_tests", ["until"])


def _around_a_ticket() -> None:
    op.create_table(
        "ticket_relations",
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("other_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "other_id", name="pk_ticket_relations"),
        _ticket("ticket_relations"),
        _ticket("ticket_relations", "other_id"),
        _person("ticket_relations", "recorded_by"),
        _check("ticket_relations", "ticket_id <> other_id", "not_itself"),
    )
    op.create_index("ix_ticket_relations_other_id", "ticket_relations", ["other_id"])
    op.create_table(
        "ticket_homes",
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("home_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "home_id", name="pk_ticket_homes"),
        _ticket("ticket_homes"),
    )
    op.create_index("ix_ticket_homes_home_id", "ticket_homes", ["home_id"])
    op.create_table(
        "ticket_watchers",
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "person_id", name="pk_ticket_watchers"),
        _ticket("ticket_watchers"),
        _person("ticket_watchers"),
    )
    op.create_index("ix_ticket_watchers_person_id", "ticket_watchers", ["person_id"])
    op.create_table(
        "check_ins",
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("asked", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("told", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.PrimaryKeyConstraint("ticket_id", name="pk_check_ins"),
        _ticket("check_ins"),
        _person("check_ins"),
    )
    op.create_index("ix_check_ins_due_at", "check_ins", ["due_at"])


def _said_on_a_ticket() -> None:
    op.create_table(
        "ticket_comments",
        sa.Column("id", RowNumber, autoincrement=True, nullable=False),
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_comments"),
        _ticket("ticket_comments"),
        _person("ticket_comments", "author"),
    )
    op.create_index("ix_ticket_comments_ticket_id", "ticket_comments", ["ticket_id"])
    op.create_table(
        "attachments",
        sa.Column("attachment_id", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("attachment_id", name="pk_attachments"),
        _ticket("attachments"),
        _person("attachments", "author"),
    )
    op.create_index("ix_attachments_ticket_id", "attachments", ["ticket_id"])
    op.create_table(
        "late_answers",
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("limit_s", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("answered_at", sa.BigInteger()),
        sa.Column("cause", sa.Text()),
        sa.Column("explained_by", sa.Text()),
        sa.PrimaryKeyConstraint("ticket_id", "limit_s", name="pk_late_answers"),
        _ticket("late_answers"),
        _person("late_answers", "explained_by"),
    )
    op.create_index("ix_late_answers_at", "late_answers", ["at"])
