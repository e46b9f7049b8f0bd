"""SAML: whose metadata is believed, what it says, answers on their way, and what signing out needs.

Revision ID: 0010
Revises: 0009
"""

from importlib.resources import files

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

POLICIES = ["unsolicited", "force_authn", "mfa_for_roles"]
SOURCE = "(protocol = 'saml') = (metadata_source_id IS NOT NULL)"


def upgrade() -> None:
    create_federation()
    extend_provider()
    extend_sign_in()
    op.execute(files("migrations").joinpath("sql", "0010_federation.sql").read_text("utf-8"))


def downgrade() -> None:
    op.execute("SET LOCAL ROLE mutua_lookup")
    op.execute("DROP FUNCTION sessions_at_provider(uuid, bytea[], bytea[])")
    op.execute("RESET ROLE")
    for table in ("seen_assertion", "saml_answer", "session_at_provider"):
        op.drop_table(table)
    op.drop_column("session", "mfa")
    op.drop_column("sign_in", "testing")
    op.drop_constraint(op.f("ck_identity_provider_metadata_known"), "identity_provider")
    for column in (*POLICIES, "proxied_issuers", "metadata_source_id"):
        op.drop_column("identity_provider", column)
    op.drop_table("saml_entity")
    op.drop_table("metadata_source")


def create_federation() -> None:
    op.create_table(
        "metadata_source",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("mdq", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("certificates", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("registration_authorities", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metadata_source")),
        sa.UniqueConstraint("name", name=op.f("uq_metadata_source_name")),
    )
    objects = ["keywords", "single_sign_on", "single_logout"]
    lists = ["scopes", "scope_patterns", "signing_certificates", "categories"]
    op.create_table(
        "saml_entity",
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("registration_authority", sa.Text(), nullable=True),
        sa.Column("names", postgresql.JSONB(), nullable=False),
        *(sa.Column(name, postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False) for name in objects),
        *(
            sa.Column(name, postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False)
            for name in lists
        ),
        sa.Column("logo", sa.Text(), nullable=True),
        sa.Column("error_url", sa.Text(), nullable=True),
        sa.Column("hidden", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["metadata_source.id"], name=op.f("fk_saml_entity_source_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "entity_id", name=op.f("pk_saml_entity")),
    )


def extend_provider() -> None:
    op.add_column("identity_provider", sa.Column("metadata_source_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_identity_provider_metadata_source_id"),
        "identity_provider",
        "metadata_source",
        ["metadata_source_id"],
        ["id"],
        postgresql_not_valid=True,
    )
    op.add_column(
        "identity_provider",
        sa.Column("proxied_issuers", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    )
    for policy in POLICIES:
        op.add_column(
            "identity_provider", sa.Column(policy, sa.Boolean(), server_default=sa.text("false"), nullable=False)
        )
    op.create_check_constraint(
        op.f("ck_identity_provider_metadata_known"), "identity_provider", SOURCE, postgresql_not_valid=True
    )


def extend_sign_in() -> None:
    op.add_column("sign_in", sa.Column("testing", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("session", sa.Column("mfa", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_table(
        "session_at_provider",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("subject_hash", sa.LargeBinary(), nullable=False),
        sa.Column("index_hash", sa.LargeBinary(), nullable=True),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_session_at_provider_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_session_at_provider")),
    )
    for column in ("subject_hash", "index_hash"):
        op.create_index(op.f(f"ix_session_at_provider_{column}"), "session_at_provider", [column])
    op.create_table(
        "saml_answer",
        sa.Column("handle_hash", sa.LargeBinary(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["identity_provider.id"], name=op.f("fk_saml_answer_provider_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("handle_hash", name=op.f("pk_saml_answer")),
    )
    op.create_index(op.f("ix_saml_answer_provider_id"), "saml_answer", ["provider_id"])
    op.create_table(
        "seen_assertion",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_seen_assertion")),
    )
