-- Schema 2. One key seals at a time, whatever keys a process has: a secret that another key sealed is refused with this
-- code. The row of `store` is locked by every commit, so the key of a commit cannot change before its end.
CREATE FUNCTION {schema}.refuse_other_key() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_check bytea;
BEGIN
    SELECT s.key_check INTO v_check FROM {schema}.store s;
    -- `1:`, the 16 digits of the id of the key, and `:`.
    IF EXISTS (SELECT FROM unnest(NEW.secrets) AS secret WHERE substr(secret, 1, 19) <> substr(v_check, 1, 19)) THEN
        RAISE EXCEPTION 'a secret is sealed with another key than the one of the store' USING ERRCODE = 'PDKEY';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refuse_other_key BEFORE INSERT OR UPDATE OF secrets ON {schema}.document FOR EACH ROW
    WHEN (cardinality(NEW.secrets) > 0) EXECUTE FUNCTION {schema}.refuse_other_key();

UPDATE {schema}.project_deployer SET schema_version = 2;
