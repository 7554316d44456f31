-- agent_auth: from 0.1.0 to this version
--
-- A database that was updated has the same objects as one where the extension
-- was just made: test/t/035_upgrade.pl compares them.  The build appends the
-- functions that are replaced as a whole.

\echo Use "ALTER EXTENSION agent_auth UPDATE" to load this file. \quit

SET LOCAL search_path = pg_catalog, pg_temp;

----------------------------------------------------------------------
-- Agents: an import keeps ids
----------------------------------------------------------------------

CREATE FUNCTION agent_auth.import_agent(username text, password_hash text, id bigint) RETURNS bigint
	AS 'MODULE_PATHNAME', 'agent_auth_import_agent'
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION agent_auth.import_agent(text, text, bigint) FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.import_agent(text, text, bigint) IS 'the same with the id that the agent has in the other system, at least 1; ids given later come after it';

