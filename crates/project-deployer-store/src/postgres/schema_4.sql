-- Schema 4: from here on a store may have hooks, maintenance and updates at a given time. A program that does not know schema 4
-- would update without them: it is refused by its number. One that is connected already can commit nothing more: the
-- functions that it calls are called otherwise, and those of its names refuse it.
ALTER FUNCTION {schema}.write_commits RENAME TO write_commits_4;
ALTER FUNCTION {schema}.write_independent_commits RENAME TO write_independent_commits_4;

CREATE FUNCTION {schema}.write_commits(
    p_ids bytea[], p_contents bytea[], p_bars bigint[], p_fences text[], p_tokens bigint[],
    p_write_ends int[], p_kinds int[], p_collections text[], p_keys text[], p_expected bigint[], p_bodies text[],
    p_secret_ends int[], p_fields text[], p_secrets bytea[],
    p_removed_ends int[], p_removed text[],
    p_entry_ends int[], p_streams text[], p_entries text[]
) RETURNS TABLE (outcome int, number bigint) LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'this state has schema 4; stop this process, and start the newer program';
END $$;

CREATE FUNCTION {schema}.write_independent_commits(
    p_ids bytea[], p_contents bytea[], p_fences text[], p_tokens bigint[],
    p_places bigint[], p_collections text[], p_keys text[], p_expected bigint[], p_bodies text[],
    p_streams text[], p_turns bigint[], p_entries text[]
) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'this state has schema 4; stop this process, and start the newer program';
END $$;

UPDATE {schema}.project_deployer SET schema_version = 4;
