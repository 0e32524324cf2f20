-- The least that Sluice needs in PostgreSQL: run once, by a superuser, in the database that nodes name in their addresses.
--
--   createdb --encoding=UTF8 --template=template0 sluice
--   psql --dbname sluice --file deploy/postgres/init.sql
--   psql --dbname sluice --command '\password sluice'
--
-- The ledger (postgres://…?schema=ledger) and the vectors (pgvector://…?schema=vectors) have a schema each. Nodes make and migrate their tables themselves, in these
-- schemas and nowhere else.

-- Takes the rights of a superuser, so it is made here and not by a node.
CREATE EXTENSION IF NOT EXISTS vector;

-- No password yet: nobody can log in with one before it is set.
CREATE ROLE sluice LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO sluice; -- where the type vector is

CREATE SCHEMA ledger AUTHORIZATION sluice;
CREATE SCHEMA vectors AUTHORIZATION sluice;

DO $$
BEGIN
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO sluice', current_database()); -- batches go through temporary tables
END
$$;
