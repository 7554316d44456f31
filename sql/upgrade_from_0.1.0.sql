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

----------------------------------------------------------------------
-- Installation: in which databases keys are at home
----------------------------------------------------------------------

-- A copy of the database has the original's rows; a restored dump makes its own.
-- Without a key, and only ever inserted into: logical replication brings rows of
-- another server, where the same number may be another database's.
CREATE TABLE agent_auth.installation (
	database_oid oid NOT NULL
);
INSERT INTO agent_auth.installation
	SELECT oid FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database();
REVOKE ALL ON TABLE agent_auth.installation FROM PUBLIC;
COMMENT ON TABLE agent_auth.installation IS 'tells a copied database from its original';
COMMENT ON COLUMN agent_auth.installation.database_oid IS 'a database in which the extension, or the first key of all, was made';

----------------------------------------------------------------------
-- Lockout
----------------------------------------------------------------------

CREATE FUNCTION agent_auth.shared_memory_complaint() RETURNS text
	AS 'MODULE_PATHNAME', 'agent_auth_shared_memory_complaint'
	LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION agent_auth.shared_memory_complaint() FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.shared_memory_complaint() IS 'what is wrong with the memory that failed logins are counted in; NULL when nothing is';

----------------------------------------------------------------------
-- Sessions: a nonce for each generation of a refresh token
----------------------------------------------------------------------

-- NULL until the first refresh, which takes the token of 0.1.0 once.
ALTER TABLE agent_auth.session ADD COLUMN nonce bytea, ADD COLUMN previous_nonce bytea;
COMMENT ON COLUMN agent_auth.session.nonce IS 'in the refresh token of this generation; NULL where 0.1.0 has made that token';
COMMENT ON COLUMN agent_auth.session.previous_nonce IS 'of the generation before';
