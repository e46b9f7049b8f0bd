"""Apps and partners' systems: how they prove themselves, whom they act for, what they were allowed.

Revision ID: 0008
Revises: 0007
"""

from importlib.resources import files

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = ["client_member", "client_secret", "client_authorization", "consent", "used_assertion", "failed_attempt"]
LISTS = ["redirect_uris", "post_logout_redirect_uris", "origins"]
CHECKS = {
    "authentication_known": "authentication IN ('none', 'client_secret', 'private_key_jwt')",
    "keys_known": "(authentication = 'private_key_jwt') = (jwks IS NOT NULL)",
}
FUNCTIONS = ["authorization_in_force(uuid)", "authorization_members(uuid)"]


def upgrade() -> None:
    extend_client()
    create_tables()
    op.execute(files("migrations").joinpath("sql", "0008_clients.sql").read_text("utf-8"))


def downgrade() -> None:
    op.execute("SET LOCAL ROLE mutua_lookup")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
    op.execute("RESET ROLE")
    for table in reversed(TABLES):
        op.drop_table(table)
    for column in ("version", "suspended_at", "jwks", *LISTS, "authentication"):
        op.drop_column("client", column)


def extend_client() -> None:
    op.add_column("client", sa.Column("authentication", sa.Text(), server_default=sa.text("'none'"), nullable=False))
    for column in LISTS:
        op.add_column(
            "client",
            sa.Column(column, postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        )
    op.add_column("client", sa.Column("jwks", postgresql.JSONB(), nullable=True))
    op.add_column("client", sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("client", sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False))
    for name, condition in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_client_{name}"), "client", condition, postgresql_not_valid=True)


def create_tables() -> None:
    op.create_table(
        "client_member",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_client_member_client_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_client_member_member_id")),
        sa.PrimaryKeyConstraint("client_id", "member_id", name=op.f("pk_client_member")),
    )
    op.create_table(
        "client_secret",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_client_secret_client_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_secret")),
    )
    op.create_index(op.f("ix_client_secret_client_id"), "client_secret", ["client_id"])
    op.create_table(
        "client_authorization",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("member_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=True),
        sa.Column("nonce", sa.Text(), nullable=True),
        sa.Column("code_challenge", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("code_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("generation", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_for", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_client_authorization_client_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_client_authorization_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_authorization")),
    )
    op.create_index(op.f("ix_client_authorization_client_id"), "client_authorization", ["client_id"])
    op.create_index(op.f("ix_client_authorization_session_id"), "client_authorization", ["session_id"])
    op.create_table(
        "consent",
        sa.Column("pseudonym_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["pseudonym_id"], ["pseudonym.id"], name=op.f("fk_consent_pseudonym_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_consent_client_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_consent_member_id")),
        sa.PrimaryKeyConstraint("pseudonym_id", "client_id", name=op.f("pk_consent")),
    )
    op.create_table(
        "used_assertion",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_used_assertion_client_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("client_id", "hash", name=op.f("pk_used_assertion")),
    )
    op.create_table(
        "failed_attempt",
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("window_started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("failures", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_failed_attempt")),
    )
