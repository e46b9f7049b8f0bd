"""The foundation: parties, catalogue, licences, agreements, people, content, imports, and who may touch what.

Revision ID: 0001
"""

from importlib.resources import files

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = [
    "consortium",
    "epoch",
    "identity_provider",
    "import_run",
    "licence_document",
    "member_group",
    "party",
    "silent_default",
    "statutory_rule",
    "subject",
    "user_class",
    "import_problem",
    "import_row",
    "licence",
    "member",
    "package",
    "platform",
    "session",
    "sign_in",
    "agreement",
    "clause",
    "group_membership",
    "invitation",
    "member_identifier",
    "member_scope",
    "network_range",
    "pseudonym",
    "resource",
    "agreement_period",
    "contributor",
    "controlling_licence",
    "identity_provider_scope",
    "obligation",
    "package_title",
    "participation",
    "resource_identifier",
    "resource_subject",
    "role_assignment",
    "session_membership",
    "term",
    "content_item",
    "coverage",
    "entitlement",
    "standing_change",
    "decision",
    "entitlement_coverage",
    "reading",
    "usage_event",
]
"""In the order of their making: each refers only to those before it."""

FUNCTIONS = [
    "session_by_token(bytea)",
    "invitation_by_token(bytea)",
    "members_on_network(inet)",
    "current_standings()",
    "mutua_members()",
    "mutua_sees_all()",
    "refuse_cycle()",
]


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.execute("CREATE TYPE inetrange AS RANGE (subtype = inet)")
    create_tables()
    op.create_index(
        "ix_network_range_addresses",
        "network_range",
        [sa.text("inetrange(first, last, '[]')")],
        postgresql_using="gist",
    )
    for part in ("0001_integrity.sql", "0001_implied_grants.sql", "0001_isolation.sql"):
        op.execute(files("migrations").joinpath("sql", part).read_text("utf-8"))


def downgrade() -> None:
    op.execute("DROP VIEW implied_grants")
    op.execute("SET LOCAL ROLE mutua_lookup")
    for function in FUNCTIONS[:4]:
        op.execute(f"DROP FUNCTION {function}")
    op.execute("RESET ROLE")
    for table in reversed(TABLES):
        op.drop_table(table)
    for function in FUNCTIONS[4:]:
        op.execute(f"DROP FUNCTION {function}")
    op.execute("DROP TYPE inetrange")


def create_tables() -> None:
    op.create_table(
        "consortium",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", postgresql.JSONB(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_consortium_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consortium")),
    )
    op.create_table(
        "epoch",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_epoch_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_epoch")),
    )
    op.create_table(
        "identity_provider",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("protocol", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("name", postgresql.JSONB(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=True),
        sa.Column("client_secret", sa.Text(), nullable=True),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("protocol IN ('oidc', 'saml')", name=op.f("ck_identity_provider_protocol_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_provider")),
        sa.UniqueConstraint("issuer", name=op.f("uq_identity_provider_issuer")),
    )
    op.create_table(
        "import_run",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("last_line", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("counts", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('members', 'groups', 'platforms', 'kbart', 'licence', 'content')",
            name=op.f("ck_import_run_kind_known"),
        ),
        sa.CheckConstraint("status IN ('running', 'done', 'refused')", name=op.f("ck_import_run_status_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    op.create_index(
        op.f("ix_import_run_kind_target_file_sha256"), "import_run", ["kind", "target", "file_sha256"], unique=False
    )
    op.create_table(
        "licence_document",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("name", postgresql.JSONB(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licence_document")),
    )
    op.create_table(
        "member_group",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", postgresql.JSONB(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["parent_id"], ["member_group.id"], name=op.f("fk_member_group_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_group")),
        sa.UniqueConstraint("code", name=op.f("uq_member_group_code")),
    )
    op.create_index(op.f("ix_member_group_parent_id"), "member_group", ["parent_id"], unique=False)
    op.create_table(
        "party",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind IN ('provider', 'member')", name=op.f("ck_party_kind_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party")),
        sa.UniqueConstraint("kind", "code", name=op.f("uq_party_kind_code")),
    )
    op.create_table(
        "silent_default",
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("permitted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "action IN ('view', 'download', 'print', 'share', 'course_pack', 'course_reserve', 'interlibrary_supply', 'text_and_data_mine', 'ai_use', 'archive')",
            name=op.f("ck_silent_default_action_known"),
        ),
        sa.PrimaryKeyConstraint("action", name=op.f("pk_silent_default")),
    )
    op.create_table(
        "statutory_rule",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("territory", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("purposes", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("name", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(
            "action IN ('view', 'download', 'print', 'share', 'course_pack', 'course_reserve', 'interlibrary_supply', 'text_and_data_mine', 'ai_use', 'archive')",
            name=op.f("ck_statutory_rule_action_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statutory_rule")),
    )
    op.create_table(
        "subject",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject")),
        sa.UniqueConstraint("code", name=op.f("uq_subject_code")),
    )
    op.create_table(
        "user_class",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("entitlement_uris", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_user_class")),
    )
    op.create_table(
        "import_problem",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=True),
        sa.Column("column", sa.Text(), nullable=True),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["import_run.id"], name=op.f("fk_import_problem_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_problem")),
    )
    op.create_index(op.f("ix_import_problem_run_id"), "import_problem", ["run_id"], unique=False)
    op.create_table(
        "import_row",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("result", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["import_run.id"], name=op.f("fk_import_row_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "line", name=op.f("pk_import_row")),
    )
    op.create_table(
        "licence",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", postgresql.JSONB(), nullable=False),
        sa.Column("licensor_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=True),
        sa.Column("end_date", sa.Date(), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "status IN ('template', 'draft', 'in_negotiation', 'active', 'terminated')",
            name=op.f("ck_licence_status_known"),
        ),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_licence_parent_another")),
        sa.CheckConstraint("start_date <= end_date", name=op.f("ck_licence_dates_in_order")),
        sa.CheckConstraint(
            "status <> 'terminated' OR end_date IS NOT NULL", name=op.f("ck_licence_terminated_on_a_day")
        ),
        sa.ForeignKeyConstraint(["document_id"], ["licence_document.id"], name=op.f("fk_licence_document_id")),
        sa.ForeignKeyConstraint(["licensor_id"], ["party.id"], name=op.f("fk_licence_licensor_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["licence.id"], name=op.f("fk_licence_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licence")),
        sa.UniqueConstraint("code", name=op.f("uq_licence_code")),
    )
    op.create_index(op.f("ix_licence_document_id"), "licence", ["document_id"], unique=False)
    op.create_index(op.f("ix_licence_licensor_id"), "licence", ["licensor_id"], unique=False)
    op.create_index(op.f("ix_licence_parent_id"), "licence", ["parent_id"], unique=False)
    op.create_table(
        "member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=True),
        sa.Column("proxy_prefix", sa.Text(), nullable=True),
        sa.Column("walk_ins", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("country ~ '^[A-Z]{2}$'", name=op.f("ck_member_country_iso_3166")),
        sa.ForeignKeyConstraint(["id"], ["party.id"], name=op.f("fk_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
    )
    op.create_table(
        "package",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", postgresql.JSONB(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["provider_id"], ["party.id"], name=op.f("fk_package_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_package")),
        sa.UniqueConstraint("provider_id", "code", name=op.f("uq_package_provider_id_code")),
    )
    op.create_index(op.f("ix_package_code"), "package", ["code"], unique=False)
    op.create_table(
        "platform",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", postgresql.JSONB(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("link_rule", sa.Text(), server_default="plain", nullable=False),
        sa.Column("link_template", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "link_rule IN ('plain', 'proxy_prefix', 'wayfless')", name=op.f("ck_platform_link_rule_known")
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["party.id"], name=op.f("fk_platform_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform")),
        sa.UniqueConstraint("code", name=op.f("uq_platform_code")),
    )
    op.create_index(op.f("ix_platform_provider_id"), "platform", ["provider_id"], unique=False)
    op.create_table(
        "session",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("member_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["provider_id"], ["identity_provider.id"], name=op.f("fk_session_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_session_token_hash")),
    )
    op.create_table(
        "sign_in",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("state_hash", sa.LargeBinary(), nullable=False),
        sa.Column("browser_hash", sa.LargeBinary(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("secrets", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("invitation_hash", sa.LargeBinary(), nullable=True),
        sa.Column("display_name", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["provider_id"], ["identity_provider.id"], name=op.f("fk_sign_in_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("state_hash", name=op.f("uq_sign_in_state_hash")),
    )
    op.create_index(op.f("ix_sign_in_provider_id"), "sign_in", ["provider_id"], unique=False)
    op.create_table(
        "agreement",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "status IN ('draft', 'requested', 'in_negotiation', 'active', 'closed')",
            name=op.f("ck_agreement_status_known"),
        ),
        sa.CheckConstraint("status <> 'closed' OR closed_on IS NOT NULL", name=op.f("ck_agreement_closed_on_a_day")),
        sa.ForeignKeyConstraint(["holder_id"], ["member.id"], name=op.f("fk_agreement_holder_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
        sa.UniqueConstraint("code", name=op.f("uq_agreement_code")),
    )
    op.create_index(op.f("ix_agreement_holder_id"), "agreement", ["holder_id"], unique=False)
    op.create_table(
        "clause",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("licence_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("summary", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("visibility", sa.Text(), server_default="staff", nullable=False),
        sa.CheckConstraint("visibility IN ('public', 'members', 'staff')", name=op.f("ck_clause_visibility_known")),
        sa.ForeignKeyConstraint(["licence_id"], ["licence.id"], name=op.f("fk_clause_licence_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clause")),
        sa.UniqueConstraint("licence_id", "number", name=op.f("uq_clause_licence_id_number")),
    )
    op.create_table(
        "group_membership",
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["member_group.id"], name=op.f("fk_group_membership_group_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_group_membership_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("group_id", "member_id", name=op.f("pk_group_membership")),
    )
    op.create_index(op.f("ix_group_membership_member_id"), "group_membership", ["member_id"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("invited_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("redeemed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role IN ('member_librarian', 'consortium_admin', 'auditor')", name=op.f("ck_invitation_role_known")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_invitation_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    op.create_index(op.f("ix_invitation_member_id"), "invitation", ["member_id"], unique=False)
    op.create_table(
        "member_identifier",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_member_identifier_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", "namespace", "value", name=op.f("pk_member_identifier")),
    )
    op.create_index(
        op.f("ix_member_identifier_namespace_value"), "member_identifier", ["namespace", "value"], unique=False
    )
    op.create_table(
        "member_scope",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("scope = lower(scope)", name=op.f("ck_member_scope_scope_lower_case")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_member_scope_member_id")),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_member_scope")),
    )
    op.create_index(op.f("ix_member_scope_member_id"), "member_scope", ["member_id"], unique=False)
    op.create_table(
        "network_range",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("first", postgresql.INET(), nullable=False),
        sa.Column("last", postgresql.INET(), nullable=False),
        sa.Column("written", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "first <= last AND family(first) = family(last)", name=op.f("ck_network_range_ends_in_order")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_network_range_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network_range")),
        sa.UniqueConstraint("member_id", "first", "last", name=op.f("uq_network_range_member_id_first_last")),
    )
    op.create_index(op.f("ix_network_range_member_id"), "network_range", ["member_id"], unique=False)
    op.create_table(
        "pseudonym",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_pseudonym_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pseudonym")),
        sa.UniqueConstraint("member_id", "hash", name=op.f("uq_pseudonym_member_id_hash")),
    )
    op.create_table(
        "resource",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", postgresql.JSONB(), nullable=False),
        sa.Column("sort_title", sa.Text(collation="C"), nullable=False),
        sa.Column("published", sa.Text(), nullable=True),
        sa.Column("published_first", sa.Date(), nullable=True),
        sa.Column("published_last", sa.Date(), nullable=True),
        sa.Column("publisher", sa.Text(), nullable=True),
        sa.Column("languages", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("open_access", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("rights", sa.Text(), nullable=True),
        sa.Column("contributed_by", sa.Uuid(), nullable=True),
        sa.Column("succeeded_by", sa.Uuid(), nullable=True),
        sa.Column("search", postgresql.TSVECTOR(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('serial', 'monograph', 'database', 'dataset', 'thesis', 'image', 'manuscript', 'map', 'score', 'sound', 'audiovisual', 'courseware', 'report', 'standard', 'other')",
            name=op.f("ck_resource_kind_known"),
        ),
        sa.ForeignKeyConstraint(["contributed_by"], ["member.id"], name=op.f("fk_resource_contributed_by")),
        sa.ForeignKeyConstraint(["succeeded_by"], ["resource.id"], name=op.f("fk_resource_succeeded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resource")),
        sa.UniqueConstraint("ordinal", name=op.f("uq_resource_ordinal")),
    )
    op.create_index("ix_resource_by_added", "resource", ["created_at", "id"], unique=False)
    op.create_index("ix_resource_by_title", "resource", ["sort_title", "id"], unique=False)
    op.create_index(op.f("ix_resource_contributed_by"), "resource", ["contributed_by"], unique=False)
    op.create_index("ix_resource_search", "resource", ["search"], unique=False, postgresql_using="gin")
    op.create_index(op.f("ix_resource_succeeded_by"), "resource", ["succeeded_by"], unique=False)
    op.create_table(
        "agreement_period",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("during", postgresql.DATERANGE(), nullable=False),
        sa.Column("grace_until", sa.Date(), nullable=True),
        sa.Column("cancel_by", sa.Date(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("agreement_id"), "="),
            (sa.column("during"), "&&"),
            using="gist",
            name="ex_agreement_period_no_overlap",
        ),
        sa.CheckConstraint("NOT isempty(during)", name=op.f("ck_agreement_period_during_not_empty")),
        sa.CheckConstraint("grace_until >= upper(during)", name=op.f("ck_agreement_period_grace_after_end")),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_agreement_period_agreement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_period")),
    )
    op.create_table(
        "contributor",
        sa.Column("resource_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["resource.id"], name=op.f("fk_contributor_resource_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("resource_id", "position", name=op.f("pk_contributor")),
    )
    op.create_table(
        "controlling_licence",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("licence_id", sa.Uuid(), nullable=False),
        sa.Column("during", postgresql.DATERANGE(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("agreement_id"), "="),
            (sa.column("during"), "&&"),
            using="gist",
            name="ex_controlling_licence_one_at_a_time",
        ),
        sa.CheckConstraint("NOT isempty(during)", name=op.f("ck_controlling_licence_during_not_empty")),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_controlling_licence_agreement_id")),
        sa.ForeignKeyConstraint(["licence_id"], ["licence.id"], name=op.f("fk_controlling_licence_licence_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_controlling_licence")),
    )
    op.create_index(op.f("ix_controlling_licence_licence_id"), "controlling_licence", ["licence_id"], unique=False)
    op.create_table(
        "identity_provider_scope",
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["identity_provider.id"],
            name=op.f("fk_identity_provider_scope_provider_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["scope"], ["member_scope.scope"], name=op.f("fk_identity_provider_scope_scope")),
        sa.PrimaryKeyConstraint("provider_id", "scope", name=op.f("pk_identity_provider_scope")),
    )
    op.create_index(op.f("ix_identity_provider_scope_scope"), "identity_provider_scope", ["scope"], unique=False)
    op.create_table(
        "obligation",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("owed_to", sa.Uuid(), nullable=True),
        sa.Column("name", postgresql.JSONB(), nullable=False),
        sa.Column("clause_id", sa.Uuid(), nullable=True),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("target", sa.Numeric(), nullable=True),
        sa.Column("achieved", sa.Numeric(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "measure IN ('items_digitised', 'records_contributed', 'requests_supplied', 'turnaround_days', 'holdings_declared', 'usage_reported', 'share_paid', 'other')",
            name=op.f("ck_obligation_measure_known"),
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'due', 'fulfilled', 'waived', 'breached', 'remedied')",
            name=op.f("ck_obligation_status_known"),
        ),
        sa.ForeignKeyConstraint(["clause_id"], ["clause.id"], name=op.f("fk_obligation_clause_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_obligation_member_id")),
        sa.ForeignKeyConstraint(["owed_to"], ["party.id"], name=op.f("fk_obligation_owed_to")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_obligation")),
    )
    op.create_index(op.f("ix_obligation_clause_id"), "obligation", ["clause_id"], unique=False)
    op.create_index(op.f("ix_obligation_member_id"), "obligation", ["member_id"], unique=False)
    op.create_index(op.f("ix_obligation_owed_to"), "obligation", ["owed_to"], unique=False)
    op.create_table(
        "package_title",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("package_id", sa.Uuid(), nullable=False),
        sa.Column("platform_id", sa.Uuid(), nullable=True),
        sa.Column("resource_id", sa.Uuid(), nullable=False),
        sa.Column("title_id", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default="current", nullable=False),
        sa.CheckConstraint(
            "status IN ('expected', 'current', 'retired', 'removed')", name=op.f("ck_package_title_status_known")
        ),
        sa.ForeignKeyConstraint(["package_id"], ["package.id"], name=op.f("fk_package_title_package_id")),
        sa.ForeignKeyConstraint(["platform_id"], ["platform.id"], name=op.f("fk_package_title_platform_id")),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name=op.f("fk_package_title_resource_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_package_title")),
        sa.UniqueConstraint(
            "package_id",
            "platform_id",
            "resource_id",
            name=op.f("uq_package_title_package_id_platform_id_resource_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(
        op.f("ix_package_title_package_id_title_id"), "package_title", ["package_id", "title_id"], unique=False
    )
    op.create_index(op.f("ix_package_title_platform_id"), "package_title", ["platform_id"], unique=False)
    op.create_index(op.f("ix_package_title_resource_id"), "package_title", ["resource_id"], unique=False)
    op.create_table(
        "participation",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("during", postgresql.DATERANGE(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("agreement_id"), "="),
            (sa.column("member_id"), "="),
            (sa.column("during"), "&&"),
            using="gist",
            name="ex_participation_one_at_a_time",
        ),
        sa.CheckConstraint("NOT isempty(during)", name=op.f("ck_participation_during_not_empty")),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_participation_agreement_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_participation_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participation")),
    )
    op.create_index(op.f("ix_participation_member_id"), "participation", ["member_id"], unique=False)
    op.create_table(
        "resource_identifier",
        sa.Column("resource_id", sa.Uuid(), nullable=False),
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["resource.id"], name=op.f("fk_resource_identifier_resource_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("resource_id", "namespace", "value", name=op.f("pk_resource_identifier")),
    )
    op.create_index(
        op.f("ix_resource_identifier_namespace_value"), "resource_identifier", ["namespace", "value"], unique=False
    )
    op.create_table(
        "resource_subject",
        sa.Column("resource_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["resource.id"], name=op.f("fk_resource_subject_resource_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_resource_subject_subject_id")),
        sa.PrimaryKeyConstraint("resource_id", "subject_id", name=op.f("pk_resource_subject")),
    )
    op.create_index(op.f("ix_resource_subject_subject_id"), "resource_subject", ["subject_id"], unique=False)
    op.create_table(
        "role_assignment",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("pseudonym_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "role IN ('member_librarian', 'consortium_admin', 'auditor')", name=op.f("ck_role_assignment_role_known")
        ),
        sa.CheckConstraint("valid_from <= valid_until", name=op.f("ck_role_assignment_dates_in_order")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_role_assignment_member_id")),
        sa.ForeignKeyConstraint(
            ["pseudonym_id"], ["pseudonym.id"], name=op.f("fk_role_assignment_pseudonym_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_assignment")),
    )
    op.create_index(op.f("ix_role_assignment_member_id_role"), "role_assignment", ["member_id", "role"], unique=False)
    op.create_index(op.f("ix_role_assignment_pseudonym_id"), "role_assignment", ["pseudonym_id"], unique=False)
    op.create_table(
        "session_membership",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("pseudonym_id", sa.Uuid(), nullable=True),
        sa.Column("affiliations", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("entitlements", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_session_membership_member_id")),
        sa.ForeignKeyConstraint(
            ["pseudonym_id"], ["pseudonym.id"], name=op.f("fk_session_membership_pseudonym_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_session_membership_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", "member_id", name=op.f("pk_session_membership")),
    )
    op.create_index(op.f("ix_session_membership_pseudonym_id"), "session_membership", ["pseudonym_id"], unique=False)
    op.create_table(
        "term",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("licence_id", sa.Uuid(), nullable=False),
        sa.Column("clause_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("affiliations", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("user_classes", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("purposes", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("recipients", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("methods", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("parts", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("territories", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("on_site_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("except_as_permitted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("concurrent_users", sa.Integer(), nullable=True),
        sa.Column("public_note", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "action IN ('view', 'download', 'print', 'share', 'course_pack', 'course_reserve', 'interlibrary_supply', 'text_and_data_mine', 'ai_use', 'archive')",
            name=op.f("ck_term_action_known"),
        ),
        sa.CheckConstraint(
            "affiliations <@ ARRAY['student', 'faculty', 'staff', 'employee', 'member', 'affiliate', 'alum', 'library-walk-in'] AND cardinality(affiliations) > 0",
            name=op.f("ck_term_affiliations_known"),
        ),
        sa.CheckConstraint(
            "status IN ('permitted_explicit', 'permitted_conditional', 'permitted_interpreted', 'prohibited_explicit', 'prohibited_interpreted', 'silent', 'not_applicable')",
            name=op.f("ck_term_status_known"),
        ),
        sa.CheckConstraint("cardinality(methods) > 0", name=op.f("ck_term_methods_not_empty")),
        sa.CheckConstraint("cardinality(parts) > 0", name=op.f("ck_term_parts_not_empty")),
        sa.CheckConstraint("cardinality(purposes) > 0", name=op.f("ck_term_purposes_not_empty")),
        sa.CheckConstraint("cardinality(recipients) > 0", name=op.f("ck_term_recipients_not_empty")),
        sa.CheckConstraint("cardinality(territories) > 0", name=op.f("ck_term_territories_not_empty")),
        sa.CheckConstraint("cardinality(user_classes) > 0", name=op.f("ck_term_user_classes_not_empty")),
        sa.CheckConstraint("concurrent_users > 0", name=op.f("ck_term_concurrent_users_positive")),
        sa.ForeignKeyConstraint(["clause_id"], ["clause.id"], name=op.f("fk_term_clause_id")),
        sa.ForeignKeyConstraint(["licence_id"], ["licence.id"], name=op.f("fk_term_licence_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term")),
    )
    op.create_index(op.f("ix_term_clause_id"), "term", ["clause_id"], unique=False)
    op.create_index(op.f("ix_term_licence_id_action"), "term", ["licence_id", "action"], unique=False)
    op.create_table(
        "content_item",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("package_title_id", sa.Uuid(), nullable=False),
        sa.Column("resource_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", postgresql.JSONB(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("published", sa.Text(), nullable=True),
        sa.Column("published_first", sa.Date(), nullable=True),
        sa.Column("published_last", sa.Date(), nullable=True),
        sa.Column("rights", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_content_item_sha256_hex")),
        sa.CheckConstraint("size >= 0", name=op.f("ck_content_item_size_not_negative")),
        sa.ForeignKeyConstraint(
            ["package_title_id"], ["package_title.id"], name=op.f("fk_content_item_package_title_id")
        ),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name=op.f("fk_content_item_resource_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_item")),
        sa.UniqueConstraint("package_title_id", "sha256", name=op.f("uq_content_item_package_title_id_sha256")),
    )
    op.create_index(op.f("ix_content_item_resource_id"), "content_item", ["resource_id"], unique=False)
    op.create_table(
        "coverage",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("package_title_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("start_date", sa.Text(), nullable=True),
        sa.Column("start_on", sa.Date(), nullable=True),
        sa.Column("start_volume", sa.Text(), nullable=True),
        sa.Column("start_issue", sa.Text(), nullable=True),
        sa.Column("end_date", sa.Text(), nullable=True),
        sa.Column("end_on", sa.Date(), nullable=True),
        sa.Column("end_volume", sa.Text(), nullable=True),
        sa.Column("end_issue", sa.Text(), nullable=True),
        sa.Column("embargo", sa.Text(), nullable=True),
        sa.Column("access_type", sa.Text(), server_default="paid", nullable=False),
        sa.Column("depth", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("access_type IN ('paid', 'free')", name=op.f("ck_coverage_access_type_known")),
        sa.ForeignKeyConstraint(
            ["package_title_id"], ["package_title.id"], name=op.f("fk_coverage_package_title_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coverage")),
        sa.UniqueConstraint("package_title_id", "position", name=op.f("uq_coverage_package_title_id_position")),
    )
    op.create_table(
        "entitlement",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("package_id", sa.Uuid(), nullable=True),
        sa.Column("package_title_id", sa.Uuid(), nullable=True),
        sa.Column("resource_id", sa.Uuid(), nullable=True),
        sa.Column("during", postgresql.DATERANGE(), nullable=True),
        sa.CheckConstraint("NOT isempty(during)", name=op.f("ck_entitlement_during_not_empty")),
        sa.CheckConstraint(
            "num_nonnulls(package_id, package_title_id, resource_id) = 1", name=op.f("ck_entitlement_one_target")
        ),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_entitlement_agreement_id")),
        sa.ForeignKeyConstraint(["package_id"], ["package.id"], name=op.f("fk_entitlement_package_id")),
        sa.ForeignKeyConstraint(
            ["package_title_id"], ["package_title.id"], name=op.f("fk_entitlement_package_title_id")
        ),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name=op.f("fk_entitlement_resource_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entitlement")),
    )
    op.create_index(op.f("ix_entitlement_agreement_id"), "entitlement", ["agreement_id"], unique=False)
    op.create_index(op.f("ix_entitlement_package_id"), "entitlement", ["package_id"], unique=False)
    op.create_index(op.f("ix_entitlement_package_title_id"), "entitlement", ["package_title_id"], unique=False)
    op.create_index(op.f("ix_entitlement_resource_id"), "entitlement", ["resource_id"], unique=False)
    op.create_table(
        "standing_change",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("obligation_id", sa.Uuid(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "standing IN ('good', 'at_risk', 'restricted', 'suspended')", name=op.f("ck_standing_change_standing_known")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_standing_change_member_id")),
        sa.ForeignKeyConstraint(["obligation_id"], ["obligation.id"], name=op.f("fk_standing_change_obligation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standing_change")),
    )
    op.create_index(
        op.f("ix_standing_change_member_id_changed_at"), "standing_change", ["member_id", "changed_at"], unique=False
    )
    op.create_index(op.f("ix_standing_change_obligation_id"), "standing_change", ["obligation_id"], unique=False)
    op.create_table(
        "decision",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Uuid(), nullable=False),
        sa.Column("content_item_id", sa.Uuid(), nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=True),
        sa.Column("entitlement_id", sa.Uuid(), nullable=True),
        sa.Column("licence_id", sa.Uuid(), nullable=True),
        sa.Column("term_id", sa.Uuid(), nullable=True),
        sa.Column("clause_id", sa.Uuid(), nullable=True),
        sa.Column("facts", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.CheckConstraint(
            "action IN ('view', 'download', 'print', 'share', 'course_pack', 'course_reserve', 'interlibrary_supply', 'text_and_data_mine', 'ai_use', 'archive')",
            name=op.f("ck_decision_action_known"),
        ),
        sa.CheckConstraint(
            "basis IN ('licence', 'perpetual', 'open_access', 'free_to_read', 'own_collection', 'shared_collection', 'statutory')",
            name=op.f("ck_decision_basis_known"),
        ),
        sa.CheckConstraint(
            "reason IN ('sign_in_required', 'no_entitlement', 'not_yet_active', 'agreement_lapsed', 'out_of_coverage', 'embargoed', 'term_prohibits', 'term_silent', 'user_class_not_authorised', 'remote_not_allowed', 'territory_not_allowed', 'limit_reached', 'member_restricted', 'member_suspended', 'attribute_missing', 'content_unavailable', 'abuse_hold', 'resource_unknown', 'member_unknown', 'asking_not_allowed', 'rule_error')",
            name=op.f("ck_decision_reason_known"),
        ),
        sa.CheckConstraint(
            "granted = (reason IS NULL) AND granted = (basis IS NOT NULL)", name=op.f("ck_decision_reason_or_basis")
        ),
        sa.ForeignKeyConstraint(["clause_id"], ["clause.id"], name=op.f("fk_decision_clause_id")),
        sa.ForeignKeyConstraint(["content_item_id"], ["content_item.id"], name=op.f("fk_decision_content_item_id")),
        sa.ForeignKeyConstraint(["entitlement_id"], ["entitlement.id"], name=op.f("fk_decision_entitlement_id")),
        sa.ForeignKeyConstraint(["licence_id"], ["licence.id"], name=op.f("fk_decision_licence_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_decision_member_id")),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name=op.f("fk_decision_resource_id")),
        sa.ForeignKeyConstraint(["term_id"], ["term.id"], name=op.f("fk_decision_term_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    op.create_index(op.f("ix_decision_content_item_id"), "decision", ["content_item_id"], unique=False)
    op.create_index(op.f("ix_decision_member_id_decided_at"), "decision", ["member_id", "decided_at"], unique=False)
    op.create_index(op.f("ix_decision_resource_id"), "decision", ["resource_id"], unique=False)
    op.create_table(
        "entitlement_coverage",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("entitlement_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("perpetual", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("start_date", sa.Text(), nullable=True),
        sa.Column("start_on", sa.Date(), nullable=True),
        sa.Column("start_volume", sa.Text(), nullable=True),
        sa.Column("start_issue", sa.Text(), nullable=True),
        sa.Column("end_date", sa.Text(), nullable=True),
        sa.Column("end_on", sa.Date(), nullable=True),
        sa.Column("end_volume", sa.Text(), nullable=True),
        sa.Column("end_issue", sa.Text(), nullable=True),
        sa.Column("embargo", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["entitlement_id"],
            ["entitlement.id"],
            name=op.f("fk_entitlement_coverage_entitlement_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entitlement_coverage")),
    )
    op.create_index(
        op.f("ix_entitlement_coverage_entitlement_id"), "entitlement_coverage", ["entitlement_id"], unique=False
    )
    op.create_table(
        "reading",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("link_hash", sa.LargeBinary(), nullable=False),
        sa.Column("content_item_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("signed_in", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "action IN ('view', 'download', 'print', 'share', 'course_pack', 'course_reserve', 'interlibrary_supply', 'text_and_data_mine', 'ai_use', 'archive')",
            name=op.f("ck_reading_action_known"),
        ),
        sa.ForeignKeyConstraint(["content_item_id"], ["content_item.id"], name=op.f("fk_reading_content_item_id")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_reading_decision_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_reading_member_id")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_reading_session_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading")),
        sa.UniqueConstraint("link_hash", name=op.f("uq_reading_link_hash")),
    )
    op.create_index(op.f("ix_reading_content_item_id"), "reading", ["content_item_id"], unique=False)
    op.create_index(op.f("ix_reading_decision_id"), "reading", ["decision_id"], unique=False)
    op.create_index(op.f("ix_reading_member_id"), "reading", ["member_id"], unique=False)
    op.create_index(op.f("ix_reading_session_id"), "reading", ["session_id"], unique=False)
    op.create_table(
        "usage_event",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Uuid(), nullable=False),
        sa.Column("content_item_id", sa.Uuid(), nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("decision_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "action IN ('view', 'download', 'print', 'share', 'course_pack', 'course_reserve', 'interlibrary_supply', 'text_and_data_mine', 'ai_use', 'archive')",
            name=op.f("ck_usage_event_action_known"),
        ),
        sa.CheckConstraint(
            "kind IN ('investigation', 'request', 'no_license', 'limit_exceeded')",
            name=op.f("ck_usage_event_kind_known"),
        ),
        sa.ForeignKeyConstraint(["content_item_id"], ["content_item.id"], name=op.f("fk_usage_event_content_item_id")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_usage_event_decision_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_usage_event_member_id")),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name=op.f("fk_usage_event_resource_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage_event")),
    )
    op.create_index(op.f("ix_usage_event_decision_id"), "usage_event", ["decision_id"], unique=False)
    op.create_index(
        op.f("ix_usage_event_member_id_occurred_at"), "usage_event", ["member_id", "occurred_at"], unique=False
    )
    op.create_index(op.f("ix_usage_event_resource_id"), "usage_event", ["resource_id"], unique=False)
