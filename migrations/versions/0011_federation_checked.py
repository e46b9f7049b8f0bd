"""What 0010 asks of identity providers holds for those that were there before it: looked at without stopping anybody.

Revision ID: 0011
Revises: 0010
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("fk_identity_provider_metadata_source_id", "ck_identity_provider_metadata_known"):
        op.execute(f"ALTER TABLE identity_provider VALIDATE CONSTRAINT {name}")


def downgrade() -> None:
    """What holds does no harm."""
