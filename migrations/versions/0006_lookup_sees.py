"""The functions that let go of records ask who sees all, and so must be let ask.

Revision ID: 0006
Revises: 0005
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ASKED = "FUNCTION mutua_members(), mutua_sees_all()"


def upgrade() -> None:
    op.execute(f"GRANT EXECUTE ON {ASKED} TO mutua_lookup")


def downgrade() -> None:
    op.execute(f"REVOKE EXECUTE ON {ASKED} FROM mutua_lookup")
