-- What clients were allowed leads to sign-ins, which are private to their members. Who calls with a token is looked up before any
-- member is known.

CREATE POLICY of_members ON client_authorization TO mutua_app
  USING ((SELECT mutua_sees_all()) OR member_ids = '{}' OR member_ids && (SELECT mutua_members())::uuid[]);
CREATE POLICY of_member ON consent TO mutua_app
  USING ((SELECT mutua_sees_all()) OR member_id = ANY ((SELECT mutua_members())::uuid[]));
ALTER TABLE client_authorization ENABLE ROW LEVEL SECURITY;
ALTER TABLE client_authorization FORCE ROW LEVEL SECURITY;
ALTER TABLE consent ENABLE ROW LEVEL SECURITY;
ALTER TABLE consent FORCE ROW LEVEL SECURITY;
CREATE POLICY of_owner ON client_authorization TO mutua_owner USING (true) WITH CHECK (true);
CREATE POLICY of_owner ON consent TO mutua_owner USING (true) WITH CHECK (true);

-- Not revoked, and its sign-in neither ended nor past its time. Whether the client is suspended, `client` says.
CREATE FUNCTION authorization_in_force(key uuid)
RETURNS TABLE (client_id uuid, scopes text[], session_id uuid, member_ids uuid[], provider_id uuid, last_seen_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
  SELECT allowed.client_id, allowed.scopes, session.id, allowed.member_ids, session.provider_id, session.last_seen_at
  FROM client_authorization AS allowed
  LEFT JOIN session ON session.id = allowed.session_id AND session.ended_at IS NULL AND session.expires_at > now()
  WHERE allowed.id = key AND allowed.revoked_at IS NULL AND (allowed.session_id IS NULL OR session.id IS NOT NULL)
$$;

CREATE FUNCTION authorization_members(key uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$ SELECT member_ids FROM client_authorization WHERE id = key $$;

GRANT SELECT ON client_authorization TO mutua_lookup;
GRANT CREATE ON SCHEMA public TO mutua_lookup;
ALTER FUNCTION authorization_in_force(uuid) OWNER TO mutua_lookup;
ALTER FUNCTION authorization_members(uuid) OWNER TO mutua_lookup;
REVOKE CREATE ON SCHEMA public FROM mutua_lookup;

SET LOCAL ROLE mutua_lookup;
REVOKE ALL ON FUNCTION authorization_in_force(uuid), authorization_members(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION authorization_in_force(uuid), authorization_members(uuid) TO mutua_app, mutua_owner;
RESET ROLE;

GRANT SELECT, INSERT, UPDATE, DELETE
  ON client_member, client_secret, client_authorization, consent, used_assertion, failed_attempt TO mutua_app;
