"""Friendly visits by month, what the family may be told, and the household's own page."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = ("visits", "visit_months", "family_consents", "family_letters", "house_links", "pauses")


def upgrade() -> None:
    """Go forward: nothing of this is known of the time before."""
    _visits()
    _consents()
    _letters()
    _links_and_pauses()
    op.create_index("ix_audit_log_subject_at", "audit_log", ["subject", "at"])
    op.add_column("open_shifts", sa.Column("instead_of", sa.Text()))


def downgrade() -> None:
    """Go back: visits, consents and letters are forgotten."""
    op.drop_column("open_shifts", "instead_of")
    op.drop_index("ix_audit_log_subject_at", "audit_log")
    for table in reversed(TABLES):
        op.drop_table(table)


def _to(table: str, name: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [target], name=f"fk_{table}_{name}")


def _person(table: str, name: str = "person_id") -> sa.ForeignKeyConstraint:
    return _to(table, name, "people.person_id")


def _home(table: str) -> sa.ForeignKeyConstraint:
    return _to(table, "home_id", "homes.home_id")


def _check(table: str, rule: str, name: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _visits() -> None:
    op.create_table(
        "visits",
        sa.Column("visit_id", sa.Text(), nullable=False),
        sa.Column("home_id", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Text(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text()),
        sa.Column("volunteer", sa.Text()),
        sa.Column("planned_at", sa.BigInteger(), nullable=False),
        sa.Column("agreed_for", sa.BigInteger()),
        sa.Column("agreed_by", sa.Text()),
        sa.Column("tries", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("tried_at", sa.BigInteger()),
        sa.Column("done_at", sa.BigInteger()),
        sa.Column("done_by", sa.Text()),
        sa.Column("went", sa.Text()),
        sa.Column("minutes", sa.Integer()),
        sa.Column("seen_well", sa.Boolean()),
        sa.Column("note_json", sa.Text()),
        sa.Column("note_text", sa.Text()),
        sa.PrimaryKeyConstraint("visit_id", name="pk_visits"),
        _home("visits"),
        _person("visits", "worker"),
        _person("visits", "volunteer"),
        _person("visits", "agreed_by"),
        _person("visits", "done_by"),
        _check(
            "visits",
            "done_at IS NULL OR (done_by IS NOT NULL AND minutes IS NOT NULL AND seen_well IS NOT NULL)",
            "done_is_told",
        ),
    )
    for name in ("home_id", "worker", "volunteer", "done_at"):
        op.create_index(f"ix_visits_{name}", "visits", [name])
    op.create_index("ix_visits_month_due_on", "visits", ["month", "due_on"])
    op.create_table(
        "visit_months",
        sa.Column("area_id", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("planned_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("area_id", "month", name="pk_visit_months"),
        _to("visit_months", "area_id", "areas.area_id"),
    )


def _consents() -> None:
    op.create_table(
        "family_consents",
        sa.Column("consent_id", sa.Text(), nullable=False),
        sa.Column("home_id", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("updates", sa.Boolean(), nullable=False),
        sa.Column("morning", sa.Boolean(), nullable=False),
        sa.Column("may_tell_away", sa.Boolean(), nullable=False),
        sa.Column("morning_by", sa.Text()),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("ended_by", sa.Text()),
        sa.Column("look_at", sa.BigInteger()),
        sa.Column("said_on", sa.Text()),
        sa.Column("said", sa.Text()),
        sa.PrimaryKeyConstraint("consent_id", name="pk_family_consents"),
        _home("family_consents"),
        _person("family_consents", "contact_id"),
        _person("family_consents", "recorded_by"),
        _person("family_consents", "ended_by"),
        _check("family_consents", "NOT morning OR morning_by IS NOT NULL", "morning_has_an_hour"),
        _check("family_consents", "given_by <> ''", "given_by_somebody"),
    )
    for name in ("home_id", "contact_id", "look_at"):
        op.create_index(f"ix_family_consents_{name}", "family_consents", [name])


def _letters() -> None:
    op.create_table(
        "family_letters",
        sa.Column("letter_id", sa.Text(), nullable=False),
        sa.Column("consent_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("link", sa.Text()),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("idem_key", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("not_after", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.BigInteger()),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("last_error", sa.Text()),
        sa.Column("vendor_id", sa.Text()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("delivered_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("letter_id", name="pk_family_letters"),
        _to("family_letters", "consent_id", "family_consents.consent_id"),
        _person("family_letters"),
        sa.UniqueConstraint("idem_key", name="uq_family_letters_idem_key"),
        _check("family_letters", "status IN ('pending','leased','delivered','rejected','cancelled')", "status_known"),
    )
    op.create_index("ix_family_letters_consent_id", "family_letters", ["consent_id"])
    op.create_index("ix_family_letters_status_not_before", "family_letters", ["status", "not_before"])


def _links_and_pauses() -> None:
    op.create_table(
        "house_links",
        sa.Column("link_id", sa.Text(), nullable=False),
        sa.Column("home_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text()),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("link_id", name="pk_house_links"),
        _home("house_links"),
        _person("house_links"),
        _person("house_links", "made_by"),
    )
    op.create_index("ix_house_links_home_id", "house_links", ["home_id"])
    op.create_table(
        "pauses",
        sa.Column("pause_id", sa.Text(), nullable=False),
        sa.Column("home_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("silence_id", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("pause_id", name="pk_pauses"),
        _home("pauses"),
        _person("pauses"),
        _to("pauses", "silence_id", "silences.silence_id"),
        _check("pauses", "since < until", "ends_later"),
    )
    op.create_index("ix_pauses_home_id", "pauses", ["home_id"])
