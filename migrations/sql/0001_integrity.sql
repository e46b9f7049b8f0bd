-- What constraints of a single row can't say.

CREATE FUNCTION refuse_cycle() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public
AS $$
DECLARE
  ancestor uuid := NEW.parent_id;
BEGIN
  -- One at a time, or two transactions could close a cycle together.
  PERFORM pg_advisory_xact_lock(hashtextextended('refuse_cycle.' || TG_TABLE_NAME, 0));
  WHILE ancestor IS NOT NULL LOOP
    IF ancestor = NEW.id THEN
      RAISE EXCEPTION '% % is its own ancestor', TG_TABLE_NAME, NEW.id USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_no_cycle';
    END IF;
    EXECUTE format('SELECT parent_id FROM %I WHERE id = $1', TG_TABLE_NAME) INTO ancestor USING ancestor;
  END LOOP;
  RETURN NEW;
END $$;

CREATE TRIGGER member_group_no_cycle BEFORE INSERT OR UPDATE OF parent_id ON member_group FOR EACH ROW EXECUTE FUNCTION refuse_cycle();
CREATE TRIGGER licence_no_cycle BEFORE INSERT OR UPDATE OF parent_id ON licence FOR EACH ROW EXECUTE FUNCTION refuse_cycle();

INSERT INTO epoch (id, value) VALUES (1, 1);
INSERT INTO consortium (id, name, time_zone, language) VALUES (1, '{"zh": "图书馆联盟", "en": "Library consortium"}', 'UTC', 'en');
