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
-- PostgREST: it hears of a key
----------------------------------------------------------------------

COMMENT ON TRIGGER signing_key_changes ON agent_auth.signing_key IS 'every backend reads the keys anew, and so does PostgREST';
COMMENT ON TRIGGER signing_key_is_truncated ON agent_auth.signing_key IS 'every backend reads the keys anew, and so does PostgREST';
COMMENT ON FUNCTION agent_auth.pre_request() IS 'for PostgREST''s db-pre-request: refuses ended sessions, expired tokens and those of revoked keys (SQLSTATE PT401)';

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

----------------------------------------------------------------------
-- Signing keys: one form of a signature
----------------------------------------------------------------------

-- Half of what 0.1.0 signed by ES256 has the other form: these tokens are good
-- until they expire.
ALTER TABLE agent_auth.signing_key ADD COLUMN low_s_since timestamptz;
COMMENT ON COLUMN agent_auth.signing_key.low_s_since IS 'ES256: since when it makes only the one of the two forms of a signature that has the lower s, and soon takes no other; NULL: always';
UPDATE agent_auth.signing_key SET low_s_since = pg_catalog.clock_timestamp()
	WHERE algorithm OPERATOR(pg_catalog.=) 'ES256';

----------------------------------------------------------------------
-- The trail: seals that go round open transactions, and can be verified by
-- themselves
----------------------------------------------------------------------

ALTER TABLE agent_auth.audit SET (autovacuum_vacuum_scale_factor = 0.02);
ALTER TABLE agent_auth.audit_seal
	ADD COLUMN left_out xid8[],
	ADD COLUMN next_transaction xid8,
	ADD COLUMN rows_digest bytea;
COMMENT ON COLUMN agent_auth.audit_seal.until_transaction IS 'the first transaction after the range; where that is empty, it seals transactions that seals before it left out';
COMMENT ON COLUMN agent_auth.audit_seal.purged_mac IS 'once purge() has deleted its rows, and all of that server before';
COMMENT ON COLUMN agent_auth.audit_seal.left_out IS 'transactions before until_transaction that were open and are in no seal yet; NULL in seals of version 0.1.0';
COMMENT ON COLUMN agent_auth.audit_seal.next_transaction IS 'none from here on had begun at sealed_at; 0 where that is unknown, NULL in seals of version 0.1.0';
COMMENT ON COLUMN agent_auth.audit_seal.rows_digest IS 'of the rows, so that the seal itself can be verified without them; NULL in seals of version 0.1.0';
COMMENT ON FUNCTION agent_auth.seal_audit() IS 'trigger: now and then has a transaction seal, when it commits, what others have written';
COMMENT ON FUNCTION agent_auth.audit_seal() IS 'seals this server''s rows of the trail whose transactions are over and returns their number; happens by itself every 256 rows or so';

CREATE FUNCTION agent_auth.audit_adopt(system_identifier bigint) RETURNS bigint
	AS 'MODULE_PATHNAME', 'agent_auth_audit_adopt'
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION agent_auth.audit_adopt(bigint) FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.audit_adopt(bigint) IS 'seals the rows of another server, which a restored dump or pg_upgrade brought, and returns their number; the trail says so';

CREATE FUNCTION agent_auth.audit_unsealed_since() RETURNS timestamptz
	AS 'MODULE_PATHNAME', 'agent_auth_audit_unsealed_since'
	LANGUAGE C STABLE STRICT PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION agent_auth.audit_unsealed_since() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agent_auth.audit_unsealed_since() TO pg_monitor;
COMMENT ON FUNCTION agent_auth.audit_unsealed_since() IS 'when the oldest row of the trail was written that is under no seal; NULL when all are';

----------------------------------------------------------------------
-- The address of a client: 0.1.0 believed the header on all connections
----------------------------------------------------------------------

CREATE FUNCTION agent_auth.peer_header_complaint() RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp
AS $$
	WITH setting AS (
		SELECT d.setrole, substr(s.setting, length('agent_auth.peer_header=') + 1) AS header
		FROM pg_db_role_setting d, unnest(d.setconfig) s(setting)
		WHERE d.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
		 AND s.setting LIKE 'agent\_auth.peer\_header=_%'
	), for_all(header) AS (
		SELECT header FROM setting WHERE setrole = 0
		UNION ALL
		SELECT setting FROM pg_settings
		WHERE name = 'agent_auth.peer_header' AND setting <> ''
		 AND source IN ('configuration file', 'command line', 'environment variable')
	), layer AS (
		-- PostgREST logs in as a role that inherits nothing
		SELECT min(r.rolname) AS name
		FROM pg_roles r
		WHERE r.rolcanlogin AND NOT r.rolinherit AND NOT r.rolsuper
		 AND EXISTS (SELECT 1 FROM pg_extension e
					 JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
					  AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
					 JOIN pg_proc p ON p.oid = d.objid AND p.pronamespace = e.extnamespace,
					 LATERAL aclexplode(p.proacl) a
					 WHERE e.extname = 'agent_auth' AND a.grantee <> 0 AND pg_has_role(r.oid, a.grantee, 'MEMBER'))
	)
	SELECT format('agent_auth.peer_header is set for all connections, and counts for none: any client with SQL could write the header "%s". Set it for the role that PostgREST connects as: ALTER ROLE %I SET agent_auth.peer_header = %L;',
				  f.header, coalesce(l.name, 'authenticator'), f.header)
	FROM (SELECT min(header) AS header FROM for_all) f, layer l
	WHERE f.header IS NOT NULL AND NOT EXISTS (SELECT 1 FROM setting WHERE setrole <> 0)
$$;
REVOKE ALL ON FUNCTION agent_auth.peer_header_complaint() FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.peer_header_complaint() IS 'what to run where agent_auth.peer_header is set, and for no role; NULL elsewhere';

DO $$
DECLARE
	complaint text := agent_auth.peer_header_complaint();
BEGIN
	IF complaint IS NOT NULL THEN
		RAISE WARNING '%', complaint;
	END IF;
END
$$;
