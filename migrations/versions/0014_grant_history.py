"""What rights were from which epoch to which, and what each epoch changed: so that a process follows by what is
different, and what was decided can be asked of the rights of its day.

Revision ID: 0014
Revises: 0013
"""

from importlib.resources import files

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

OPEN = sa.text("to_epoch IS NULL")
SUBJECTS = "agreement licence package package_title resource member pool everything".split()  # noqa: SIM905


def upgrade() -> None:
    create_history()
    create_changes()
    op.execute(files("migrations").joinpath("sql", "0014_history.sql").read_text("utf-8"))


def downgrade() -> None:
    op.drop_table("rights_change")
    op.drop_table("grant_history")
    op.execute("DROP FUNCTION refuse_rewriting()")


def create_history() -> None:
    op.create_table(
        "grant_history",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("grant_key", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("entitlement_id", sa.Uuid(), nullable=True),
        sa.Column("agreement_id", sa.Uuid(), nullable=True),
        sa.Column("licence_id", sa.Uuid(), nullable=True),
        sa.Column("package_id", sa.Uuid(), nullable=True),
        sa.Column("package_title_id", sa.Uuid(), nullable=True),
        sa.Column("resource_id", sa.Uuid(), nullable=True),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("grace_from", sa.Date(), nullable=True),
        sa.Column("consortial", sa.Boolean(), nullable=False),
        sa.Column("other_members_collection", sa.Boolean(), nullable=False),
        sa.Column("subscribed", postgresql.DATEMULTIRANGE(), nullable=True),
        sa.Column("from_epoch", sa.BigInteger(), nullable=False),
        sa.Column("to_epoch", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("to_epoch > from_epoch", name=op.f("ck_grant_history_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grant_history")),
    )
    op.create_index("uq_grant_history_open", "grant_history", ["grant_key"], unique=True, postgresql_where=OPEN)
    op.create_index("ix_grant_history_open_agreement", "grant_history", ["agreement_id"], postgresql_where=OPEN)
    op.create_index(
        "ix_grant_history_open_collection",
        "grant_history",
        ["package_id"],
        postgresql_where=sa.text("to_epoch IS NULL AND agreement_id IS NULL"),
    )
    op.create_index("ix_grant_history_from_epoch", "grant_history", ["from_epoch"])
    op.create_index("ix_grant_history_to_epoch", "grant_history", ["to_epoch"])


def create_changes() -> None:
    op.create_table(
        "rights_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            f"subject IN ({', '.join(repr(word) for word in SUBJECTS)})", name=op.f("ck_rights_change_subject_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_change")),
    )
    op.create_index("ix_rights_change_epoch", "rights_change", ["epoch"])
