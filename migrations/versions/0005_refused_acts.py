"""A record of acts that somebody signed in was refused.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "refused_act",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refused_act")),
    )
    op.create_index(op.f("ix_refused_act_refused_at"), "refused_act", ["refused_at"])
    op.execute("GRANT SELECT, INSERT, DELETE ON refused_act TO mutua_app")
    # What is on record stays as it is, until its retention is over.
    op.execute("REVOKE UPDATE ON refused_act FROM mutua_app")


def downgrade() -> None:
    op.drop_table("refused_act")
