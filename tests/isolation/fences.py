"""Which tables the database itself keeps apart by member, and why the others need no such fence."""

from typing import Any

import psycopg
from psycopg.rows import dict_row

PROTECTED = {
    *("network_range", "obligation", "standing_change", "pseudonym", "session", "session_membership"),
    *("invitation", "role_assignment", "decision", "reading", "usage_event"),
    *("client_authorization", "consent"),
}

CATALOGUE = "everybody may see it"
CONTRACT = (
    "the consortium's; shown by domain/visibility.py alone, since a fence would cost its full-text and range indexes"
)
OURS = "how the consortium is set up: no member's in particular"
OPEN = {
    **dict.fromkeys(
        ["party", "member", "member_group", "group_membership", "member_identifier", "member_scope"], CATALOGUE
    ),
    **dict.fromkeys(["resource", "resource_identifier", "resource_subject", "contributor", "subject"], CATALOGUE),
    **dict.fromkeys(["package", "package_title", "coverage", "platform", "content_item"], CATALOGUE),
    **dict.fromkeys(["licence", "licence_document", "clause", "term", "user_class"], CONTRACT),
    **dict.fromkeys(["amendment", "amended_term", "usage_limit", "licence_fragment"], CONTRACT),
    **dict.fromkeys(["agreement", "agreement_period", "controlling_licence", "participation"], CONTRACT),
    **dict.fromkeys(["entitlement", "entitlement_coverage"], CONTRACT),
    **dict.fromkeys(["grant_history", "rights_change"], CONTRACT),
    **dict.fromkeys(["consortium", "silent_default", "statutory_rule", "epoch", "alembic_version"], OURS),
    **dict.fromkeys(["identity_provider", "identity_provider_scope"], "read before anybody is known, to sign in"),
    **dict.fromkeys(["metadata_source", "saml_entity"], "what federations publish about universities"),
    "session_at_provider": "names of a session at its university: keyed hashes, and sealed; found before whose it is",
    "saml_answer": "what a university said, sealed, found by the hash of a handle that the browser holds for a minute",
    "sign_in": "a sign-in under way, of nobody known yet: found by the hash of a secret that the browser holds",
    **dict.fromkeys(
        ["client", "client_member", "client_secret"], "looked up before its member is known; of secrets a keyed hash"
    ),
    **dict.fromkeys(["used_assertion", "failed_attempt", "seen_assertion"], "hashes, of no person"),
    "change": "the record of acts on things of every kind; who sees it is asked of the thing",
    "refused_act": "what somebody asked for in vain, without a member; the API never shows it",
    "idempotency_key": "sealed answers, found by a fingerprint of the person who asked",
    "reader_key": "a key a day, sealed and of no person; without it a reader token means nothing",
    "outbox": "ids of things that changed, of no person",
    **dict.fromkeys(["import_run", "import_row", "import_problem"], "what the consortium's staff load by commands"),
}
"""Tables without row-level security, and why."""

SETTINGS: dict[str, str | None] = {
    "unset": None,
    "empty": "",
    "SQL": "5; reset role",
    "a number": "9999999999",
    "a quote": "'",
    "a star and more": "*,",
    "two stars": "**",
    "an array": "{}",
    "blank": " ",
}
"""Settings of `mutua.members` that open nothing, and tell nothing."""


def sql(connection: psycopg.Connection[Any], statement: str, **values: Any) -> list[dict[str, Any]]:
    """The rows of a statement as PostgreSQL gives them."""
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def enter(connection: psycopg.Connection[Any], setting: str | None) -> None:
    """Whose rows this transaction may touch; None: nobody said."""
    if setting is not None:
        sql(connection, "SELECT set_config('mutua.members', %(setting)s, true)", setting=setting)


FILL = (
    "INSERT INTO session (token_hash, provider_id, member_ids, expires_at) "
    "SELECT %(code)s::bytea, id, ARRAY[%(member)s]::uuid[], now() + interval '1 hour' FROM identity_provider",
    "INSERT INTO session_membership (session_id, member_id) "
    "SELECT id, %(member)s::uuid FROM session WHERE token_hash = %(code)s::bytea",
    "INSERT INTO invitation (token_hash, member_id, role, invited_by, expires_at) "
    "VALUES (%(code)s::bytea, %(member)s, 'auditor', 'test', now() + interval '1 hour')",
    "INSERT INTO network_range (member_id, first, last) VALUES (%(member)s, '202.38.64.0', '202.38.64.9')",
    "INSERT INTO decision (epoch, granted, action, resource_id, member_id, basis) "
    "SELECT 1, true, 'view', resource_id, %(member)s::uuid, 'licence' FROM content_item LIMIT 1",
    "INSERT INTO reading (link_hash, content_item_id, decision_id, action, member_id, epoch) "
    "SELECT %(code)s::bytea, content_item.id, decision.id, 'view', %(member)s::uuid, 1 FROM content_item, decision "
    "WHERE decision.member_id = %(member)s LIMIT 1",
    "INSERT INTO client (name) SELECT 'test' WHERE NOT EXISTS (SELECT FROM client)",
    "INSERT INTO client_authorization (client_id, session_id, member_ids) "
    "SELECT client.id, session.id, session.member_ids FROM client, session WHERE token_hash = %(code)s::bytea",
    "INSERT INTO pseudonym (member_id, hash) VALUES (%(member)s, 'consenting')",
    "INSERT INTO consent (pseudonym_id, client_id, member_id) "
    "SELECT pseudonym.id, client.id, pseudonym.member_id FROM pseudonym, client "
    "WHERE pseudonym.member_id = %(member)s AND hash = 'consenting'",
    "INSERT INTO usage_event (kind, action, resource_id, member_id) "
    "SELECT 'request', 'view', resource_id, %(member)s::uuid FROM content_item LIMIT 1",
)
"""A row of a member's in every protected table that the world leaves empty."""
