-- Schema 2: what each commit wrote, as a digest, so that another one under its id is refused; and checksums, by
-- which damage is found. Rows of schema 1 have none until they are written again.
ALTER TABLE written ADD COLUMN content BLOB;
ALTER TABLE document ADD COLUMN checksum INTEGER;
ALTER TABLE journal ADD COLUMN checksum INTEGER;
