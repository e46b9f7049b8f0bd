-- What was, was: a row of the history is closed once, and never changed otherwise.
CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public
AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.to_epoch IS NULL AND NEW.to_epoch IS NOT NULL THEN
    OLD.to_epoch := NEW.to_epoch;
    IF OLD IS NOT DISTINCT FROM NEW THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION 'rows of % are added and closed, never changed', TG_TABLE_NAME USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_never_rewritten';
END $$;

CREATE TRIGGER grant_history_never_rewritten BEFORE UPDATE OR DELETE ON grant_history FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER grant_history_never_emptied BEFORE TRUNCATE ON grant_history FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();

-- What is implied now holds from now on: of earlier epochs nothing is known.
INSERT INTO grant_history (grant_key, basis, member_id, entitlement_id, agreement_id, licence_id, package_id, package_title_id, resource_id, valid, grace_from, consortial, other_members_collection, subscribed, from_epoch)
SELECT grant_key, basis, member_id, entitlement_id, agreement_id, licence_id, package_id, package_title_id, resource_id, valid, grace_from, consortial, other_members_collection, subscribed, epoch.value
FROM implied_grants, epoch
WHERE implied_grants.member_id IS NOT NULL;

REVOKE UPDATE, DELETE ON grant_history, rights_change FROM mutua_app;
GRANT SELECT, INSERT, UPDATE (to_epoch) ON grant_history TO mutua_app;
GRANT SELECT, INSERT ON rights_change TO mutua_app;
