"""What others must hear of (outbox), and the job library's own tables, in a schema of their own.

The library's SQL is read from its package, which the lock pins, and compared with what this revision was written for:
docs/decisions/0012-jobs-in-postgresql.md says what to do when it differs.

Revision ID: 0003
Revises: 0002
"""

from hashlib import sha256

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

WRITTEN_FOR = "c70ec4b400a60ad9592787653aae5ae77ae41bf801d56b5bd2712751a07f2009"
"""SHA-256 of the schema of procrastinate 3.4 to 3.10."""

ALONE = """
DO $$
DECLARE
  function regprocedure;
BEGIN
  -- So that they work inside our transactions, whose search path doesn't know this schema.
  FOR function IN SELECT oid FROM pg_proc WHERE pronamespace = 'jobs'::regnamespace LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = jobs, pg_temp', function);
  END LOOP;
END $$;
GRANT USAGE ON SCHEMA jobs TO mutua_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA jobs TO mutua_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA jobs TO mutua_app;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA jobs TO mutua_app;
"""


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.execute("GRANT SELECT, INSERT, DELETE ON outbox TO mutua_app")
    op.execute("REVOKE UPDATE ON outbox FROM mutua_app")
    op.execute("CREATE SCHEMA jobs")
    op.execute("SET LOCAL search_path = jobs")
    op.execute("-- squawk-ignore-file prefer-identity, prefer-text-field -- the library's own columns\n" + library())
    op.execute(ALONE)
    op.execute("SET LOCAL search_path = DEFAULT")


def library() -> str:
    """The installed library's tables and functions.

    Raises:
        RuntimeError: they aren't those that this revision was written for.
    """
    found = SchemaManager.get_schema()
    if sha256(found.encode()).hexdigest() != WRITTEN_FOR:
        raise RuntimeError("procrastinate's schema is another than this revision's: install what the lock names")
    return found


def downgrade() -> None:
    op.execute("DROP SCHEMA jobs CASCADE")
    op.drop_table("outbox")
