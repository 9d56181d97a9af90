-- Schema 3: one page less for each commit. Only compacting, which an administrator does now and then, looks for commits by
-- their revision, and may read all of them.
DROP INDEX written_revision;
