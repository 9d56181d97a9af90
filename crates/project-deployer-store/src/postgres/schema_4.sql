-- Schema 4: the same tables. From here on a store may have hooks, maintenance and updates at a given time; a program that does
-- not know schema 4 would update without them, and is refused by its number.
UPDATE {schema}.project_deployer SET schema_version = 4;
