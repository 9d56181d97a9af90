-- Schema 1. One row of `store` has the counters, which every commit takes under the lock of its transaction.
CREATE TABLE store (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    id BLOB NOT NULL,
    revision INTEGER NOT NULL,
    compacted INTEGER NOT NULL,
    token INTEGER NOT NULL,
    key_check BLOB
) STRICT;

-- A document without a body was deleted.
CREATE TABLE document (
    collection TEXT NOT NULL,
    id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    body TEXT
) STRICT;
CREATE UNIQUE INDEX document_key ON document (collection, id);
CREATE INDEX document_revision ON document (revision);

CREATE TABLE secret (
    collection TEXT NOT NULL,
    id TEXT NOT NULL,
    field TEXT NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (collection, id, field)
) STRICT, WITHOUT ROWID;

CREATE TABLE journal (
    stream TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX journal_entry ON journal (stream, sequence);

-- The time is that of the boot, in milliseconds: a changed clock changes no lease.
CREATE TABLE lease (
    name TEXT PRIMARY KEY NOT NULL,
    holder TEXT NOT NULL,
    token INTEGER NOT NULL,
    boot TEXT NOT NULL,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE written (
    commit_id BLOB PRIMARY KEY NOT NULL,
    revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX written_revision ON written (revision);
