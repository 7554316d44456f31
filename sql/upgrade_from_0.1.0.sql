-- agent_auth: from 0.1.0 to this version
--
-- A database that was updated has the same objects as one where the extension
-- was just made: test/t/035_upgrade.pl compares them.  The build appends the
-- functions that are replaced as a whole.

\echo Use "ALTER EXTENSION agent_auth UPDATE" to load this file. \quit

SET LOCAL search_path = pg_catalog, pg_temp;

