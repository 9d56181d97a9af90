-- Schema 5. Writes one commit as `write_independent_commits_5` writes a group, with its parameters and its answer: most commits come
-- alone. A program of schema 4 can commit nothing more, as schema 4 has it for those before.
ALTER FUNCTION {schema}.write_commits_4 RENAME TO write_commits_5;
ALTER FUNCTION {schema}.write_independent_commits_4 RENAME TO write_independent_commits_5;

CREATE FUNCTION {schema}.write_one_commit_5(
    p_ids bytea[], p_contents bytea[], p_fences text[], p_tokens bigint[],
    p_places bigint[], p_collections text[], p_keys text[], p_expected bigint[], p_bodies text[],
    p_streams text[], p_turns bigint[], p_entries text[]
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_start bigint := {schema}.lock_store();
    v_found bigint;
BEGIN
    IF p_fences[1] IS NOT NULL AND NOT EXISTS (
        SELECT FROM {schema}.lease l WHERE l.name = p_fences[1] AND l.token = p_tokens[1]
    ) THEN
        RETURN NULL;
    END IF;
    FOR i IN 1 .. cardinality(p_keys) LOOP
        CONTINUE WHEN p_expected[i] < 0;
        SELECT d.revision INTO v_found FROM {schema}.document d
            WHERE d.collection = p_collections[i] AND d.id = p_keys[i] AND d.body IS NOT NULL;
        IF coalesce(v_found, 0) <> p_expected[i] THEN
            RETURN NULL;
        END IF;
    END LOOP;
    INSERT INTO {schema}.written VALUES (p_ids[1], v_start + 1, 0, p_contents[1]) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    FOR i IN 1 .. cardinality(p_keys) LOOP
        CONTINUE WHEN p_bodies[i] IS NULL;
        INSERT INTO {schema}.document AS d VALUES (p_collections[i], p_keys[i], v_start + 1, p_bodies[i], '{}', '{}')
            ON CONFLICT (collection, id) DO UPDATE SET
                revision = excluded.revision, body = excluded.body, fields = excluded.fields, secrets = excluded.secrets;
    END LOOP;
    FOR i IN 1 .. cardinality(p_streams) LOOP
        INSERT INTO {schema}.journal VALUES (
            p_streams[i],
            1 + coalesce((SELECT max(j.sequence) FROM {schema}.journal j WHERE j.stream = p_streams[i]), 0),
            p_entries[i]
        );
    END LOOP;
    UPDATE {schema}.store s SET revision = v_start + 1;
    RETURN v_start;
END $$;

CREATE FUNCTION {schema}.write_commits_4(
    p_ids bytea[], p_contents bytea[], p_bars bigint[], p_fences text[], p_tokens bigint[],
    p_write_ends int[], p_kinds int[], p_collections text[], p_keys text[], p_expected bigint[], p_bodies text[],
    p_secret_ends int[], p_fields text[], p_secrets bytea[],
    p_removed_ends int[], p_removed text[],
    p_entry_ends int[], p_streams text[], p_entries text[]
) RETURNS TABLE (outcome int, number bigint) LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'this state has schema 5; stop this process, and start the newer program';
END $$;

CREATE FUNCTION {schema}.write_independent_commits_4(
    p_ids bytea[], p_contents bytea[], p_fences text[], p_tokens bigint[],
    p_places bigint[], p_collections text[], p_keys text[], p_expected bigint[], p_bodies text[],
    p_streams text[], p_turns bigint[], p_entries text[]
) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'this state has schema 5; stop this process, and start the newer program';
END $$;

UPDATE {schema}.project_deployer SET schema_version = 5;
