-- Schema 3. Commits are looked for by their revision only when the state is compacted, so a small index that is read with
-- pieces of the table does, and each commit writes one page less.
DROP INDEX {schema}.written_revision;
CREATE INDEX written_revision ON {schema}.written USING brin (revision);

-- Writes a group of commits of which none depends on another one, by a few statements over all of them, and returns the
-- revision before the first. Nothing, if one of them cannot be written: then `write_commits` finds out which. A commit that
-- was written or barred before is an error of its key. `p_places` has the number of the commit of each write, and
-- `p_turns` the number of each entry among those of its journal, all from 1. A write without a body only checks.
-- The settings keep plans that were made for small tables from reading large ones as a whole.
CREATE FUNCTION {schema}.write_independent_commits(
    p_ids bytea[], p_contents bytea[], p_fences text[], p_tokens bigint[],
    p_places bigint[], p_collections text[], p_keys text[], p_expected bigint[], p_bodies text[],
    p_streams text[], p_turns bigint[], p_entries text[]
) RETURNS bigint LANGUAGE plpgsql SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_start bigint := {schema}.lock_store();
BEGIN
    IF EXISTS (SELECT FROM unnest(p_fences, p_tokens) AS f(name, token)
            WHERE NOT EXISTS (SELECT FROM {schema}.lease l WHERE l.name = f.name AND l.token = f.token))
        OR EXISTS (SELECT FROM unnest(p_collections, p_keys, p_expected) AS x(kind, id, revision) WHERE x.revision >= 0
            AND x.revision <> coalesce((SELECT d.revision FROM {schema}.document d
                WHERE d.collection = x.kind AND d.id = x.id AND d.body IS NOT NULL), 0))
    THEN
        RETURN NULL;
    END IF;
    INSERT INTO {schema}.written
        SELECT c.id, v_start + c.place, 0, c.content FROM unnest(p_ids, p_contents) WITH ORDINALITY AS c(id, content, place);
    INSERT INTO {schema}.document AS d
        SELECT w.kind, w.id, v_start + w.place, w.body, '{}', '{}'
        FROM unnest(p_collections, p_keys, p_places, p_bodies) AS w(kind, id, place, body) WHERE w.body IS NOT NULL
        ON CONFLICT (collection, id) DO UPDATE SET
            revision = excluded.revision, body = excluded.body, fields = excluded.fields, secrets = excluded.secrets;
    INSERT INTO {schema}.journal
        SELECT e.stream, e.turn + coalesce((SELECT max(j.sequence) FROM {schema}.journal j WHERE j.stream = e.stream), 0), e.body
        FROM unnest(p_streams, p_turns, p_entries) AS e(stream, turn, body);
    UPDATE {schema}.store s SET revision = v_start + cardinality(p_ids);
    RETURN v_start;
END $$;

UPDATE {schema}.project_deployer SET schema_version = 3;
