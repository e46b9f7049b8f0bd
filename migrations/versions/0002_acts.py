"""What staff's acts need: versions, who holds a licence, the record of changes, answers to repeated requests; clients;
the keys of reader tokens.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

VERSIONED = ["content_item", "package", "party", "platform", "resource"]
NEW = ["change", "idempotency_key", "client", "reader_key"]


def upgrade() -> None:
    for table in VERSIONED:
        op.add_column(table, sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False))
    for table in ("reading", "usage_event"):
        op.add_column(table, sa.Column("reader_token", sa.LargeBinary(), nullable=True))
    op.add_column("licence", sa.Column("holder_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_licence_holder_id"), "licence", "member", ["holder_id"], ["id"], postgresql_not_valid=True
    )
    op.create_table(
        "change",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("differences", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change")),
    )
    op.create_index(op.f("ix_change_subject_subject_id_id"), "change", ["subject", "subject_id", "id"])
    op.create_table(
        "idempotency_key",
        sa.Column("scope", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_idempotency_key")),
    )
    op.create_table(
        "client",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_client_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client")),
    )
    op.create_index(op.f("ix_client_member_id"), "client", ["member_id"])
    op.create_table(
        "reader_key",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_reader_key")),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON change, idempotency_key, client, reader_key TO mutua_app")
    # What is on record stays as it is.
    op.execute("REVOKE UPDATE, DELETE ON change FROM mutua_app")


def downgrade() -> None:
    for table in reversed(NEW):
        op.drop_table(table)
    op.drop_constraint(op.f("fk_licence_holder_id"), "licence", type_="foreignkey")
    op.drop_column("licence", "holder_id")
    for table in ("usage_event", "reading"):
        op.drop_column(table, "reader_token")
    for table in reversed(VERSIONED):
        op.drop_column(table, "version")
