-- Who may do what: a client, a gateway, a delegated administrator, a monitor, anybody.
CREATE ROLE regress_agent_auth_web;
CREATE ROLE "regress_agent_auth Odd""Name";
CREATE ROLE regress_agent_auth_gateway;
CREATE ROLE regress_agent_auth_admin;
CREATE ROLE regress_agent_auth_monitor IN ROLE pg_monitor;
CREATE ROLE regress_agent_auth_stranger;

SELECT agent_auth.grant_client('regress_agent_auth_web');
SELECT agent_auth.grant_client('"regress_agent_auth Odd""Name"');
SELECT agent_auth.grant_client(0::oid::regrole);
GRANT USAGE ON SCHEMA agent_auth TO regress_agent_auth_gateway;
GRANT EXECUTE ON FUNCTION agent_auth.http TO regress_agent_auth_gateway;
GRANT USAGE ON SCHEMA agent_auth TO regress_agent_auth_admin;
GRANT EXECUTE ON FUNCTION agent_auth.create_agent, agent_auth.disable_agent TO regress_agent_auth_admin;

-- exactly this
SELECT r.rolname, p.oid::regprocedure AS may_execute
FROM pg_roles r, pg_depend d JOIN pg_proc p ON p.oid = d.objid
WHERE r.rolname LIKE 'regress\_agent\_auth%' AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
	AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'agent_auth')
	AND has_function_privilege(r.oid, p.oid, 'EXECUTE')
ORDER BY r.rolname COLLATE "C", p.oid::regprocedure::text COLLATE "C";
SELECT r.rolname, c.oid::regclass AS may_read
FROM pg_roles r, pg_depend d JOIN pg_class c ON c.oid = d.objid
WHERE r.rolname LIKE 'regress\_agent\_auth%' AND d.classid = 'pg_class'::regclass AND d.deptype = 'e'
	AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'agent_auth')
	AND has_table_privilege(r.oid, c.oid, 'SELECT')
ORDER BY r.rolname COLLATE "C", c.oid::regclass::text COLLATE "C";

-- a client: logs in, with whatever search_path and objects of its own
SET ROLE regress_agent_auth_web;
CREATE TEMP TABLE agent (id bigint, username text, password_hash text, active boolean);
CREATE FUNCTION pg_temp.crypt(text, text) RETURNS text LANGUAGE sql AS $$ SELECT $2 $$;
SET search_path = pg_temp, public, pg_catalog;
SELECT agent_access_token('maria@example.com', 'correct horse battery') ? 'accessToken' AS ok;
RESET search_path;
SELECT * FROM agent_auth.agent;
SELECT agent_auth.create_agent('evil@example.com', 'correct horse battery');
SELECT agent_auth.http('GET', '/', '{}', NULL, NULL);
RESET ROLE;

-- the gateway: the door and nothing else
SET ROLE regress_agent_auth_gateway;
SELECT status FROM agent_auth.http('GET', '/', '{}', NULL, NULL);
SELECT agent_auth.rotate_signing_key();
SELECT * FROM agent_auth.audit;
SELECT agent_access_token('maria@example.com', 'correct horse battery');
RESET ROLE;

-- an administrator by grant: the trail names the role, not the owner
SET ROLE regress_agent_auth_admin;
SELECT agent_auth.create_agent('new@example.com', 'correct horse battery') > 0 AS created;
SELECT agent_auth.set_password('new@example.com', 'correct horse battery');
SELECT agent_auth.disable_agent('new@example.com');
RESET ROLE;
SELECT event, username, detail ->> 'role' AS role FROM agent_auth.audit WHERE username = 'new@example.com' ORDER BY id;

SET ROLE regress_agent_auth_monitor;
SELECT logins_ok > 0 AS ok, logins_failed > 0 AS failed, logins_locked > 0 AS locked, tokens_issued >= logins_ok AS issued,
	verifications > 0 AS verified, since < now() AS since FROM agent_auth.statistics;
SELECT username FROM agent_auth.agent;
RESET ROLE;

SET ROLE regress_agent_auth_stranger;
SELECT agent_access_token('maria@example.com', 'correct horse battery');
SELECT agent_http(NULL);
SELECT * FROM agent_auth.statistics;
SELECT agent_auth.normalize_username('x');
RESET ROLE;

SELECT agent_auth.revoke_client('regress_agent_auth_web');
SELECT has_function_privilege('regress_agent_auth_web', 'agent_access_token(text, text)', 'EXECUTE') AS still;
SELECT event, detail - 'session_user' - 'role' AS detail FROM agent_auth.audit WHERE event LIKE 'client%' ORDER BY id DESC LIMIT 3;

-- what check_config() thinks of it all
\pset format unaligned
SELECT item, status FROM agent_auth.check_config() WHERE item <> 'durability';
SET log_statement = 'all';
SET log_min_duration_statement = 0;
SET log_parameter_max_length_on_error = -1;
SET debug_print_plan = on;
SET client_min_messages = warning;
SET agent_auth.bcrypt_cost = 4;
GRANT EXECUTE ON FUNCTION agent_access_token TO PUBLIC;
GRANT EXECUTE ON FUNCTION agent_http TO regress_agent_auth_gateway;
GRANT SELECT ON agent_auth.signing_key TO PUBLIC;
ALTER TABLE agent_auth.session DISABLE TRIGGER session_dies;
ALTER ROLE regress_agent_auth_web SET agent_auth.access_token_ttl = '30d';
ALTER ROLE regress_agent_auth_web SET log_statement = 'all';
ALTER ROLE regress_agent_auth_web SET log_parameter_max_length = -1;
ALTER ROLE regress_agent_auth_web SET log_parameter_max_length_on_error = 0;
ALTER ROLE regress_agent_auth_gateway SET log_min_duration_statement = 0;
ALTER ROLE regress_agent_auth_gateway SET agent_auth.bcrypt_cost = 4;
ALTER ROLE regress_agent_auth_gateway SET auto_explain.log_min_duration = -1;
UPDATE agent_auth.signing_key SET revoked_at = now();
SELECT * FROM agent_auth.check_config() WHERE status IN ('warning', 'error') AND item <> 'durability';
SELECT 'pgaudit' AS module, status FROM (SELECT set_config('pgaudit.log', 'read, write', false)) s, agent_auth.check_config() WHERE item = 'pgaudit';
SELECT 'auto_explain' AS module, status FROM (SELECT set_config('auto_explain.log_min_duration', '100', false)) s, agent_auth.check_config() WHERE item = 'auto_explain';
\pset format aligned
RESET ALL;
REVOKE EXECUTE ON FUNCTION agent_access_token FROM PUBLIC;
REVOKE SELECT ON agent_auth.signing_key FROM PUBLIC;
ALTER TABLE agent_auth.session ENABLE ALWAYS TRIGGER session_dies;
DROP OWNED BY regress_agent_auth_web, "regress_agent_auth Odd""Name", regress_agent_auth_gateway, regress_agent_auth_admin, regress_agent_auth_client;
DROP ROLE regress_agent_auth_web, "regress_agent_auth Odd""Name", regress_agent_auth_gateway, regress_agent_auth_admin,
	regress_agent_auth_monitor, regress_agent_auth_stranger, regress_agent_auth_client;

-- gone without a trace
DROP PROCEDURE seal_all;
DROP FUNCTION found, claims, header, http_status, token, try, document, login, refresh, age_session, fresh, good, remove, sid, impersonate, ask;
DROP TABLE request, answer;
DROP EXTENSION agent_auth;
SELECT count(*) FROM pg_namespace WHERE nspname = 'agent_auth';
