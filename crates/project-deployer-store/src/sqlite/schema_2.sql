-- Schema 2: checksums, by which damage is found. Rows of schema 1 have none until they are written again.
ALTER TABLE document ADD COLUMN checksum INTEGER;
ALTER TABLE journal ADD COLUMN checksum INTEGER;
