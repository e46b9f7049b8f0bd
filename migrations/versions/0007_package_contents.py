"""What is in a package, read from an index alone: counting a licence's titles visited each title's row.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

INDEX = "ix_package_title_there"


def upgrade() -> None:
    # Built beside running writes; one that was interrupted leaves an invalid index, so it begins anew.
    with op.get_context().autocommit_block():
        op.drop_index(INDEX, "package_title", postgresql_concurrently=True, if_exists=True)
        op.create_index(
            INDEX,
            "package_title",
            ["package_id", "resource_id"],
            postgresql_where=sa.text("status <> 'removed'"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(INDEX, "package_title", postgresql_concurrently=True, if_exists=True)
