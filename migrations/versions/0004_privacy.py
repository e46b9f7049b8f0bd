"""What retention and erasing need: functions that forget what is on record, and a key table that is
swept at once. The reference that 0002 left unvalidated is validated.

Revision ID: 0004
Revises: 0003
"""

from importlib.resources import files

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

FUNCTIONS = ("forget_decisions(uuid[])", "forget_usage_events(uuid[])", "forget_actor(uuid)")


def upgrade() -> None:
    op.execute("ALTER TABLE licence VALIDATE CONSTRAINT fk_licence_holder_id")
    # A destroyed key must not lie in the table's file until enough others have followed it.
    op.execute("ALTER TABLE reader_key SET (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0)")
    op.execute(files("migrations").joinpath("sql", "0004_privacy.sql").read_text("utf-8"))


def downgrade() -> None:
    op.execute("SET LOCAL ROLE mutua_lookup")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
    op.execute("RESET ROLE")
    op.execute("REVOKE ALL ON decision, usage_event, reading, change, pseudonym FROM mutua_lookup")
    op.execute("ALTER TABLE reader_key RESET (autovacuum_vacuum_threshold, autovacuum_vacuum_scale_factor)")
