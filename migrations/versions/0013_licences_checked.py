"""What 0012 asks holds for the rows that were there before it: looked at without stopping anybody.

Revision ID: 0013
Revises: 0012
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

REFERENCES = {
    "licence_document": "fk_licence_document_holder_id",
    "term": "fk_term_amendment_id",
    "entitlement_coverage": "fk_entitlement_coverage_package_title_id",
}


def upgrade() -> None:
    for table, name in REFERENCES.items():
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


def downgrade() -> None:
    """What holds does no harm."""
