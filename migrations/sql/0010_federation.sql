-- Signing out at a university names a session there, before any member of ours is known.

CREATE FUNCTION sessions_at_provider(provider uuid, subjects bytea[], indexes bytea[])
RETURNS TABLE (session_id uuid, member_ids uuid[], subject_hash bytea, index_hash bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
  SELECT session.id, session.member_ids, there.subject_hash, there.index_hash
  FROM session_at_provider AS there JOIN session ON session.id = there.session_id
  WHERE session.provider_id = provider AND session.ended_at IS NULL AND session.expires_at > now()
    AND (there.subject_hash = ANY (subjects) OR there.index_hash = ANY (indexes))
$$;

GRANT SELECT ON session_at_provider TO mutua_lookup;
GRANT CREATE ON SCHEMA public TO mutua_lookup;
ALTER FUNCTION sessions_at_provider(uuid, bytea[], bytea[]) OWNER TO mutua_lookup;
REVOKE CREATE ON SCHEMA public FROM mutua_lookup;

SET LOCAL ROLE mutua_lookup;
REVOKE ALL ON FUNCTION sessions_at_provider(uuid, bytea[], bytea[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sessions_at_provider(uuid, bytea[], bytea[]) TO mutua_app, mutua_owner;
RESET ROLE;

GRANT SELECT, INSERT, UPDATE, DELETE ON metadata_source, saml_entity, session_at_provider, saml_answer, seen_assertion TO mutua_app;
