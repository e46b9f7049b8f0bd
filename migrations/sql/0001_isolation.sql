-- Who may touch which row. `mutua.members` is set per transaction: a list of member ids, or * for the consortium's staff and
-- for the command line. Unset, empty or malformed means nobody, and the bad text never shows in an error.

CREATE FUNCTION mutua_members() RETURNS uuid[]
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog
AS $$
  SELECT CASE
    WHEN current_setting('mutua.members', true) ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(,[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})*$'
    THEN string_to_array(current_setting('mutua.members', true), ',')::uuid[]
    ELSE '{}'
  END
$$;

CREATE FUNCTION mutua_sees_all() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog
AS $$ SELECT coalesce(current_setting('mutua.members', true) = '*', false) $$;

DO $$
DECLARE
  protected text;
BEGIN
  -- Rows of one member.
  FOREACH protected IN ARRAY ARRAY['network_range', 'obligation', 'standing_change', 'pseudonym', 'session_membership', 'invitation', 'role_assignment'] LOOP
    EXECUTE format('CREATE POLICY of_member ON %I TO mutua_app USING ((SELECT mutua_sees_all()) OR member_id = ANY ((SELECT mutua_members())::uuid[]))', protected);
  END LOOP;
  -- Rows of one member, or of nobody where the reader was anonymous.
  FOREACH protected IN ARRAY ARRAY['decision', 'reading', 'usage_event'] LOOP
    EXECUTE format('CREATE POLICY of_member_or_nobody ON %I TO mutua_app USING ((SELECT mutua_sees_all()) OR member_id IS NULL OR member_id = ANY ((SELECT mutua_members())::uuid[]))', protected);
  END LOOP;
  -- A session may belong to several members at once.
  CREATE POLICY of_members ON session TO mutua_app
    USING ((SELECT mutua_sees_all()) OR member_ids && (SELECT mutua_members())::uuid[]);

  FOREACH protected IN ARRAY ARRAY['network_range', 'obligation', 'standing_change', 'pseudonym', 'session', 'session_membership', 'invitation', 'role_assignment', 'decision', 'reading', 'usage_event'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', protected);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', protected);
    -- FORCE binds the owner too: without a policy of its own a data migration would see no rows.
    EXECUTE format('CREATE POLICY of_owner ON %I TO mutua_owner USING (true) WITH CHECK (true)', protected);
  END LOOP;
END $$;

-- What must be looked up before the member is known. These functions run as mutua_lookup, which row-level security doesn't bind.

CREATE FUNCTION session_by_token(hash bytea) RETURNS SETOF session
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$ SELECT * FROM session WHERE token_hash = hash AND ended_at IS NULL AND expires_at > now() $$;

CREATE FUNCTION invitation_by_token(hash bytea) RETURNS SETOF invitation
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$ SELECT * FROM invitation WHERE token_hash = hash $$;

CREATE FUNCTION members_on_network(address inet) RETURNS TABLE (member_id uuid, walk_ins boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
  SELECT DISTINCT member.id, member.walk_ins
  FROM network_range JOIN member ON member.id = network_range.member_id
  WHERE inetrange(first, last, '[]') @> address
$$;

-- Standing decides what the pool gives a member's readers, whoever asks. A member without a change is in good standing.
CREATE FUNCTION current_standings() RETURNS TABLE (member_id uuid, standing text, changed_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
  SELECT DISTINCT ON (change.member_id) change.member_id, change.standing, change.changed_at
  FROM standing_change AS change
  ORDER BY change.member_id, change.changed_at DESC, change.id DESC
$$;

GRANT SELECT ON session, invitation, network_range, member, standing_change TO mutua_lookup;
GRANT USAGE, CREATE ON SCHEMA public TO mutua_lookup;
ALTER FUNCTION session_by_token(bytea) OWNER TO mutua_lookup;
ALTER FUNCTION invitation_by_token(bytea) OWNER TO mutua_lookup;
ALTER FUNCTION members_on_network(inet) OWNER TO mutua_lookup;
ALTER FUNCTION current_standings() OWNER TO mutua_lookup;
REVOKE CREATE ON SCHEMA public FROM mutua_lookup;

SET LOCAL ROLE mutua_lookup;
REVOKE ALL ON FUNCTION session_by_token(bytea), invitation_by_token(bytea), members_on_network(inet), current_standings() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION session_by_token(bytea), invitation_by_token(bytea), members_on_network(inet), current_standings() TO mutua_app, mutua_owner;
RESET ROLE;

GRANT USAGE ON SCHEMA public TO mutua_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO mutua_app;
-- What is on record stays as it is.
REVOKE UPDATE, DELETE ON decision, usage_event, standing_change FROM mutua_app;
REVOKE INSERT, DELETE ON epoch, consortium FROM mutua_app;
REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM mutua_app;
