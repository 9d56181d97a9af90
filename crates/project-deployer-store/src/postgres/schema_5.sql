-- Schema 5. Writes one commit as `write_independent_commits_4` writes a group, with its parameters and its answer. Most commits come
-- alone. The row of `store` is locked by its new revision, which is taken back if the commit cannot be written.
CREATE FUNCTION {schema}.write_one_commit_5(
    p_ids bytea[], p_contents bytea[], p_fences text[], p_tokens bigint[],
    p_places bigint[], p_collections text[], p_keys text[], p_expected bigint[], p_bodies text[],
    p_streams text[], p_turns bigint[], p_entries text[]
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_revision bigint;
    v_found bigint;
BEGIN
    IF current_setting('synchronous_commit') = 'off' THEN
        PERFORM set_config('synchronous_commit', 'on', true);
    END IF;
    UPDATE {schema}.store s SET revision = s.revision + 1 RETURNING s.revision INTO STRICT v_revision;
    <<writing>>
    BEGIN
        EXIT writing WHEN p_fences[1] IS NOT NULL AND NOT EXISTS (
            SELECT FROM {schema}.lease l WHERE l.name = p_fences[1] AND l.token = p_tokens[1]
        );
        FOR i IN 1 .. cardinality(p_keys) LOOP
            CONTINUE WHEN p_expected[i] < 0;
            SELECT d.revision INTO v_found FROM {schema}.document d
                WHERE d.collection = p_collections[i] AND d.id = p_keys[i] AND d.body IS NOT NULL;
            EXIT writing WHEN coalesce(v_found, 0) <> p_expected[i];
        END LOOP;
        INSERT INTO {schema}.written VALUES (p_ids[1], v_revision, 0, p_contents[1]) ON CONFLICT DO NOTHING;
        EXIT writing WHEN NOT FOUND;
        FOR i IN 1 .. cardinality(p_keys) LOOP
            CONTINUE WHEN p_bodies[i] IS NULL;
            INSERT INTO {schema}.document AS d VALUES (p_collections[i], p_keys[i], v_revision, p_bodies[i], '{}', '{}')
                ON CONFLICT (collection, id) DO UPDATE SET
                    revision = v_revision, body = excluded.body, fields = excluded.fields, secrets = excluded.secrets;
        END LOOP;
        FOR i IN 1 .. cardinality(p_streams) LOOP
            INSERT INTO {schema}.journal VALUES (
                p_streams[i],
                1 + coalesce((SELECT max(j.sequence) FROM {schema}.journal j WHERE j.stream = p_streams[i]), 0),
                p_entries[i]
            );
        END LOOP;
        RETURN v_revision - 1;
    END;
    UPDATE {schema}.store s SET revision = v_revision - 1;
    RETURN NULL;
END $$;

UPDATE {schema}.project_deployer SET schema_version = 5;
