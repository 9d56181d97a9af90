-- Schema 2: what each commit wrote, as a digest, so that another one under its id is refused.
ALTER TABLE written ADD COLUMN content BLOB;
