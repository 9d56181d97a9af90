-- Schema 4: from here on a store may have hooks, maintenance and updates at a given time. A program that does not know schema 4
-- would update without them: it is refused by its number. One that has the file open already can commit nothing more: it
-- writes a column of this name no longer.
ALTER TABLE written RENAME COLUMN content TO digest;
