"""What 0008 asks of clients holds for those that were there before it: looked at without stopping anybody.

Revision ID: 0009
Revises: 0008
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("authentication_known", "keys_known"):
        op.execute(f"ALTER TABLE client VALIDATE CONSTRAINT ck_client_{name}")


def downgrade() -> None:
    """A check that holds does no harm."""
