-- Schema 1. `{schema}` is replaced with the quoted name of the schema. The one row of `store` has the counters.
-- Every commit locks it to its end, so revisions become visible in their order, and what a commit has checked
-- under the lock holds until it has written.
CREATE TABLE {schema}.store (
    one boolean PRIMARY KEY CHECK (one),
    id bytea NOT NULL,
    revision bigint NOT NULL,
    compacted bigint NOT NULL,
    token bigint NOT NULL,
    key_check bytea
) WITH (fillfactor = 10);
INSERT INTO {schema}.store VALUES (true, uuid_send(gen_random_uuid()), 0, 0, 0, NULL);

-- A document without a body was deleted. Bodies are texts: `jsonb` changes numbers and keys.
CREATE TABLE {schema}.document (
    collection text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    revision bigint NOT NULL,
    body text,
    fields text[] NOT NULL,
    secrets bytea[] NOT NULL,
    PRIMARY KEY (collection, id)
);
CREATE INDEX document_revision ON {schema}.document (revision);

CREATE TABLE {schema}.journal (
    stream text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (stream, sequence)
);

CREATE TABLE {schema}.lease (
    name text COLLATE "C" PRIMARY KEY,
    holder text NOT NULL,
    token bigint NOT NULL,
    until timestamptz NOT NULL
);

-- A commit that was written, at which revision and with what, as a digest. With `bars` it was not written: whoever asked was answered so,
-- and a call that does not know this number of questions cannot write it any more.
CREATE TABLE {schema}.written (
    commit_id bytea PRIMARY KEY,
    revision bigint NOT NULL,
    bars bigint NOT NULL,
    content bytea
);
CREATE INDEX written_revision ON {schema}.written (revision);

-- A commit has returned when it is on disk, whatever the server does by default.
CREATE FUNCTION {schema}.lock_store() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_revision bigint;
BEGIN
    IF current_setting('synchronous_commit') = 'off' THEN
        PERFORM set_config('synchronous_commit', 'on', true);
    END IF;
    SELECT s.revision INTO STRICT v_revision FROM {schema}.store s FOR UPDATE;
    RETURN v_revision;
END $$;

-- Writes a group of commits; each as a whole or not at all. Arrays of parts are in the order of commits, and
-- `…_ends` has the number of the last part of each commit.
CREATE FUNCTION {schema}.write_commits(
    p_ids bytea[], p_contents bytea[], p_bars bigint[], p_fences text[], p_tokens bigint[],
    p_write_ends int[], p_kinds int[], p_collections text[], p_keys text[], p_expected bigint[], p_bodies text[],
    p_secret_ends int[], p_fields text[], p_secrets bytea[],
    p_removed_ends int[], p_removed text[],
    p_entry_ends int[], p_streams text[], p_entries text[]
) RETURNS TABLE (outcome int, number bigint) LANGUAGE plpgsql AS $$
DECLARE
    v_revision bigint := {schema}.lock_store();
    v_start bigint := v_revision;
    v_found bigint;
    v_bars bigint;
    v_content bytea;
    v_from int;
BEGIN
    FOR k IN 1 .. cardinality(p_ids) LOOP
        -- What was written already: 1, another one under its id: 5, or barred meanwhile: 2.
        SELECT w.revision, w.bars, w.content INTO v_found, v_bars, v_content
            FROM {schema}.written w WHERE w.commit_id = p_ids[k];
        IF v_bars = 0 AND v_content <> p_contents[k] THEN
            RETURN QUERY SELECT 5, v_found;
            CONTINUE;
        ELSIF v_bars = 0 THEN
            RETURN QUERY SELECT 1, v_found;
            CONTINUE;
        ELSIF coalesce(v_bars, 0) <> p_bars[k] THEN
            RETURN QUERY SELECT 2, coalesce(v_bars, 0);
            CONTINUE;
        END IF;
        -- A lost lease: 3.
        IF p_fences[k] IS NOT NULL AND NOT EXISTS (
            SELECT FROM {schema}.lease l WHERE l.name = p_fences[k] AND l.token = p_tokens[k]
        ) THEN
            RETURN QUERY SELECT 3, 0::bigint;
            CONTINUE;
        END IF;
        -- A document in another state than expected: 4, with the number of the write, from 0.
        v_from := CASE k WHEN 1 THEN 1 ELSE p_write_ends[k - 1] + 1 END;
        v_bars := NULL;
        FOR i IN v_from .. p_write_ends[k] LOOP
            CONTINUE WHEN p_expected[i] < 0;
            SELECT d.revision INTO v_found FROM {schema}.document d
                WHERE d.collection = p_collections[i] AND d.id = p_keys[i] AND d.body IS NOT NULL;
            IF coalesce(v_found, 0) <> p_expected[i] THEN
                v_bars := i - v_from;
                EXIT;
            END IF;
        END LOOP;
        IF v_bars IS NOT NULL THEN
            RETURN QUERY SELECT 4, v_bars;
            CONTINUE;
        END IF;
        v_revision := v_revision + 1;
        INSERT INTO {schema}.written AS w VALUES (p_ids[k], v_revision, 0, p_contents[k])
            ON CONFLICT (commit_id) DO UPDATE SET revision = v_revision, bars = 0, content = p_contents[k];
        FOR i IN v_from .. p_write_ends[k] LOOP
            IF p_kinds[i] = 1 THEN
                INSERT INTO {schema}.document AS d VALUES (
                    p_collections[i], p_keys[i], v_revision, p_bodies[i],
                    coalesce(p_fields[CASE i WHEN 1 THEN 1 ELSE p_secret_ends[i - 1] + 1 END : p_secret_ends[i]], '{}'),
                    coalesce(p_secrets[CASE i WHEN 1 THEN 1 ELSE p_secret_ends[i - 1] + 1 END : p_secret_ends[i]], '{}')
                ) ON CONFLICT (collection, id) DO UPDATE SET
                    revision = v_revision, body = excluded.body, fields = excluded.fields, secrets = excluded.secrets;
            ELSIF p_kinds[i] = 2 THEN
                UPDATE {schema}.document d SET revision = v_revision, body = NULL, fields = '{}', secrets = '{}'
                    WHERE d.collection = p_collections[i] AND d.id = p_keys[i] AND d.body IS NOT NULL;
            END IF;
        END LOOP;
        FOR i IN CASE k WHEN 1 THEN 1 ELSE p_removed_ends[k - 1] + 1 END .. p_removed_ends[k] LOOP
            DELETE FROM {schema}.journal j WHERE j.stream = p_removed[i];
        END LOOP;
        FOR i IN CASE k WHEN 1 THEN 1 ELSE p_entry_ends[k - 1] + 1 END .. p_entry_ends[k] LOOP
            INSERT INTO {schema}.journal VALUES (
                p_streams[i],
                1 + coalesce((SELECT max(j.sequence) FROM {schema}.journal j WHERE j.stream = p_streams[i]), 0),
                p_entries[i]
            );
        END LOOP;
        RETURN QUERY SELECT 0, v_revision;
    END LOOP;
    IF v_revision > v_start THEN
        UPDATE {schema}.store s SET revision = v_revision;
    END IF;
END $$;

-- The revision of a commit; none if it was not written, and then a call that is still on its way cannot write it.
CREATE FUNCTION {schema}.find_commit(p_id bytea) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_revision bigint := {schema}.lock_store();
    v_found bigint;
    v_bars bigint;
BEGIN
    SELECT w.revision, w.bars INTO v_found, v_bars FROM {schema}.written w WHERE w.commit_id = p_id;
    IF v_bars = 0 THEN
        RETURN v_found;
    END IF;
    INSERT INTO {schema}.written AS w VALUES (p_id, v_revision, 1, NULL)
        ON CONFLICT (commit_id) DO UPDATE SET revision = v_revision, bars = w.bars + 1;
    RETURN NULL;
END $$;

-- Takes a lease, or names its holder. The next holder gets its token under the lock of commits, so no commit with
-- an older one is written after that.
CREATE FUNCTION {schema}.take_lease(p_name text, p_holder text, p_millis bigint)
RETURNS TABLE (held_by text, new_token bigint) LANGUAGE plpgsql AS $$
DECLARE
    v_holder text;
    v_until timestamptz;
    v_token bigint;
BEGIN
    PERFORM {schema}.lock_store();
    SELECT l.holder, l.until INTO v_holder, v_until FROM {schema}.lease l WHERE l.name = p_name FOR UPDATE;
    IF v_until > clock_timestamp() THEN
        RETURN QUERY SELECT v_holder, 0::bigint;
        RETURN;
    END IF;
    UPDATE {schema}.store s SET token = s.token + 1 RETURNING s.token INTO v_token;
    v_until := clock_timestamp() + p_millis * interval '1 millisecond';
    INSERT INTO {schema}.lease VALUES (p_name, p_holder, v_token, v_until)
        ON CONFLICT (name) DO UPDATE SET holder = p_holder, token = v_token, until = v_until;
    RETURN QUERY SELECT NULL::text, v_token;
END $$;

CREATE FUNCTION {schema}.compact(p_until bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_until bigint := least(p_until, {schema}.lock_store());
BEGIN
    UPDATE {schema}.store s SET compacted = greatest(s.compacted, v_until);
    DELETE FROM {schema}.document d WHERE d.body IS NULL AND d.revision <= v_until;
    DELETE FROM {schema}.written w WHERE w.revision <= v_until;
END $$;

CREATE TABLE {schema}.project_deployer (schema_version int NOT NULL);
INSERT INTO {schema}.project_deployer VALUES (1);
