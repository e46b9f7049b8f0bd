-- What the program itself may not do to records, because they stand: forget what is past its retention, and the name of somebody
-- who has what is known of her erased. Each function looks itself at what it is asked to forget.

-- A decision that a reading still refers to stays; usage events outlive theirs.
CREATE FUNCTION forget_decisions(given uuid[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
DECLARE
  past uuid[];
  forgotten bigint;
BEGIN
  past := ARRAY(
    SELECT id FROM decision
    WHERE id = ANY (given) AND decided_at < now() - interval '30 days' AND mutua_sees_all()
      AND NOT EXISTS (SELECT FROM reading WHERE reading.decision_id = decision.id)
  );
  UPDATE usage_event SET decision_id = NULL WHERE decision_id = ANY (past);
  DELETE FROM decision WHERE id = ANY (past);
  GET DIAGNOSTICS forgotten = ROW_COUNT;
  RETURN forgotten;
END $$;

CREATE FUNCTION forget_usage_events(given uuid[]) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
  WITH forgotten AS (
    DELETE FROM usage_event
    WHERE id = ANY (given) AND occurred_at < now() - interval '30 days' AND mutua_sees_all()
    RETURNING id
  )
  SELECT count(*) FROM forgotten
$$;

-- The record of acts keeps `pseudonym:…`, which leads to nobody once the pseudonym is gone.
CREATE FUNCTION forget_actor(pseudonym_id uuid) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
  WITH forgotten AS (
    UPDATE change SET actor_name = NULL
    WHERE actor = 'pseudonym:' || pseudonym_id
      AND EXISTS (
        SELECT FROM pseudonym
        WHERE pseudonym.id = pseudonym_id AND (mutua_sees_all() OR member_id = ANY (mutua_members()))
      )
    RETURNING id
  )
  SELECT count(*) FROM forgotten
$$;

GRANT SELECT, DELETE ON decision TO mutua_lookup;
GRANT SELECT, DELETE, UPDATE (decision_id) ON usage_event TO mutua_lookup;
GRANT SELECT (decision_id) ON reading TO mutua_lookup;
GRANT SELECT, UPDATE (actor_name) ON change TO mutua_lookup;
GRANT SELECT (id, member_id) ON pseudonym TO mutua_lookup;
GRANT CREATE ON SCHEMA public TO mutua_lookup;
ALTER FUNCTION forget_decisions(uuid[]) OWNER TO mutua_lookup;
ALTER FUNCTION forget_usage_events(uuid[]) OWNER TO mutua_lookup;
ALTER FUNCTION forget_actor(uuid) OWNER TO mutua_lookup;
REVOKE CREATE ON SCHEMA public FROM mutua_lookup;

SET LOCAL ROLE mutua_lookup;
REVOKE ALL ON FUNCTION forget_decisions(uuid[]), forget_usage_events(uuid[]), forget_actor(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_decisions(uuid[]), forget_usage_events(uuid[]), forget_actor(uuid) TO mutua_app;
RESET ROLE;
