"""Licences: documents as files, amendments, limits, what ONIX-PL says beside; what is kept of a package, title by title.

Revision ID: 0012
Revises: 0011
"""

from importlib.resources import files

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

CALENDAR = "(kind = 'notice') = (unit IS NOT NULL) AND unit IN ('days', 'weeks', 'months', 'years')"
OF_THE_WHOLE = "(term_id IS NULL) = (kind IN ('concurrent_users', 'concurrent_users_per_member', 'notice'))"
KINDS = "kind IN ('concurrent_users', 'concurrent_users_per_member', 'copies', 'pages', 'percent', 'formats', 'notice')"


def upgrade() -> None:
    keep_documents()
    create_amendments()
    create_limits()
    create_fragments()
    keep_more_of_perpetual_rights()
    view("0012_implied_grants.sql")


def downgrade() -> None:
    op.execute("DROP VIEW implied_grants")
    for column in ("conditions", "subscribed_only", "package_title_id"):
        op.drop_column("entitlement_coverage", column)
    view("0001_implied_grants.sql")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON implied_grants TO mutua_app")
    op.drop_table("licence_fragment")
    op.drop_table("usage_limit")
    op.drop_table("amended_term")
    op.drop_column("term", "amendment_id")
    op.drop_table("amendment")
    for column in ("created_at", "sha256", "size", "media_type", "file_name", "holder_id"):
        op.drop_column("licence_document", column)


def view(script: str) -> None:
    op.execute(files("migrations").joinpath("sql", script).read_text("utf-8"))


def refer(table: str, column: str, target: str) -> None:
    """A reference of a table that is there already: it holds from now on; 0013 looks at what was there before."""
    name = op.f(f"fk_{table}_{column}")
    op.create_foreign_key(name, table, target, [column], ["id"], postgresql_not_valid=True)


def keep_documents() -> None:
    op.add_column("licence_document", sa.Column("holder_id", sa.Uuid(), nullable=True))
    for column in ("file_name", "media_type", "sha256"):
        op.add_column("licence_document", sa.Column(column, sa.Text(), nullable=True))
    op.add_column("licence_document", sa.Column("size", sa.BigInteger(), nullable=True))
    op.add_column(
        "licence_document",
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    refer("licence_document", "holder_id", "member")


def create_amendments() -> None:
    op.create_table(
        "amendment",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("licence_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", postgresql.JSONB(), nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), server_default="draft", nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("status IN ('draft', 'active')", name=op.f("ck_amendment_status_known")),
        sa.ForeignKeyConstraint(["licence_id"], ["licence.id"], name=op.f("fk_amendment_licence_id")),
        sa.ForeignKeyConstraint(["document_id"], ["licence_document.id"], name=op.f("fk_amendment_document_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_amendment")),
        sa.UniqueConstraint("licence_id", "number", name=op.f("uq_amendment_licence_id_number")),
    )
    op.create_index(op.f("ix_amendment_document_id"), "amendment", ["document_id"])
    op.add_column("term", sa.Column("amendment_id", sa.Uuid(), nullable=True))
    refer("term", "amendment_id", "amendment")
    op.create_table(
        "amended_term",
        sa.Column("amendment_id", sa.Uuid(), nullable=False),
        sa.Column("term_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["amendment_id"], ["amendment.id"], name=op.f("fk_amended_term_amendment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["term_id"], ["term.id"], name=op.f("fk_amended_term_term_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("amendment_id", "term_id", name=op.f("pk_amended_term")),
    )


def create_limits() -> None:
    op.create_table(
        "usage_limit",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("licence_id", sa.Uuid(), nullable=False),
        sa.Column("term_id", sa.Uuid(), nullable=True),
        sa.Column("clause_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("formats", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("note", postgresql.JSONB(), nullable=True),
        sa.CheckConstraint(KINDS, name=op.f("ck_usage_limit_kind_known")),
        sa.CheckConstraint("(kind = 'formats') = (formats IS NOT NULL)", name=op.f("ck_usage_limit_formats_listed")),
        sa.CheckConstraint("(kind = 'formats') = (amount IS NULL)", name=op.f("ck_usage_limit_amount_given")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_usage_limit_amount_positive")),
        sa.CheckConstraint("kind <> 'percent' OR amount <= 100", name=op.f("ck_usage_limit_percent_of_all")),
        sa.CheckConstraint(CALENDAR, name=op.f("ck_usage_limit_unit_known")),
        sa.CheckConstraint(OF_THE_WHOLE, name=op.f("ck_usage_limit_where_it_belongs")),
        sa.CheckConstraint("cardinality(formats) > 0", name=op.f("ck_usage_limit_formats_not_empty")),
        sa.ForeignKeyConstraint(["licence_id"], ["licence.id"], name=op.f("fk_usage_limit_licence_id")),
        sa.ForeignKeyConstraint(["term_id"], ["term.id"], name=op.f("fk_usage_limit_term_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["clause_id"], ["clause.id"], name=op.f("fk_usage_limit_clause_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage_limit")),
    )
    for column in ("licence_id", "term_id", "clause_id"):
        op.create_index(op.f(f"ix_usage_limit_{column}"), "usage_limit", [column])


def create_fragments() -> None:
    op.create_table(
        "licence_fragment",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("licence_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["licence_id"], ["licence.id"], name=op.f("fk_licence_fragment_licence_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licence_fragment")),
        sa.UniqueConstraint("licence_id", "position", name=op.f("uq_licence_fragment_licence_id_position")),
    )


def keep_more_of_perpetual_rights() -> None:
    op.add_column("entitlement_coverage", sa.Column("package_title_id", sa.Uuid(), nullable=True))
    refer("entitlement_coverage", "package_title_id", "package_title")
    op.add_column(
        "entitlement_coverage",
        sa.Column("subscribed_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("entitlement_coverage", sa.Column("conditions", postgresql.JSONB(), nullable=True))
