-- agent_auth: what check_config() finds
--
-- The last part of the install script, in a file of its own: the upgrade script
-- replaces the function by the same text.

CREATE FUNCTION agent_auth.check_config() RETURNS TABLE (item text, status text, advice text)
	LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp
AS $$
	-- members of the extension, with what each grants to whom
	WITH member AS (
		SELECT d.classid, d.objid FROM pg_depend d
		JOIN pg_extension e ON e.oid = d.refobjid
		WHERE e.extname = 'agent_auth' AND d.deptype = 'e'
		 AND d.refclassid = 'pg_extension'::regclass
	), callable AS (
		SELECT p.oid::regprocedure::text AS name, a.grantee,
			p.pronamespace = e.extnamespace AS is_client,
			p.oid = 'agent_auth.http(text, text, jsonb, bytea, inet)'::regprocedure AS is_door
		FROM member m
		JOIN pg_proc p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid
		JOIN pg_extension e ON e.extname = 'agent_auth',
		LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
	), readable AS (
		SELECT c.oid::regclass::text AS name, a.grantee
		FROM member m
		JOIN pg_class c ON m.classid = 'pg_class'::regclass AND c.oid = m.objid,
		LATERAL aclexplode(c.relacl) a
	), expected_trigger(relation, name, calls, enabled) AS (
		VALUES ('session', 'session_dies', 'signal_liveness', 'A'),
			('session', 'session_is_deleted', 'signal_liveness', 'A'),
			('session', 'session_is_truncated', 'signal_liveness', 'A'),
			('agent', 'agent_dies', 'signal_liveness', 'A'),
			('agent', 'agent_is_deleted', 'signal_liveness', 'A'),
			('agent', 'agent_is_truncated', 'signal_liveness', 'A'),
			('signing_key', 'signing_key_changes', 'signal_liveness', 'A'),
			('signing_key', 'signing_key_is_truncated', 'signal_liveness', 'A'),
			('refresh_key', 'refresh_key_changes', 'signal_liveness', 'A'),
			('refresh_key', 'refresh_key_is_truncated', 'signal_liveness', 'A'),
			('audit', 'audit_is_append_only', 'refuse_change', 'A'),
			('audit_key', 'audit_key_is_append_only', 'refuse_change', 'A'),
			('audit_seal', 'audit_seal_is_append_only', 'refuse_change', 'A'),
			('audit', 'audit_is_sealed', 'seal_audit', 'O')
	), asking AS (
		-- functions that ask who acts, and those that call them as far as the catalogue knows
		WITH RECURSIVE f AS (
			SELECT objid FROM member WHERE classid = 'pg_proc'::regclass
			UNION
			SELECT d.objid FROM f
			JOIN pg_depend d ON d.refclassid = 'pg_proc'::regclass AND d.refobjid = f.objid AND d.classid = 'pg_proc'::regclass)
		SELECT objid FROM f
	), guarded AS (
		-- tables with policies that do, and whether who is not a superuser may log in as their owner
		SELECT DISTINCT c.oid, c.oid::regclass::text AS name, c.relrowsecurity, c.relforcerowsecurity,
			EXISTS (SELECT 1 FROM pg_roles r WHERE r.rolcanlogin AND NOT r.rolsuper AND pg_has_role(r.oid, c.relowner, 'USAGE')) AS is_applications
		FROM asking a
		JOIN pg_depend d ON d.refclassid = 'pg_proc'::regclass AND d.refobjid = a.objid
		JOIN pg_policy p ON d.classid = 'pg_policy'::regclass AND p.oid = d.objid
		JOIN pg_class c ON c.oid = p.polrelid
	), finding(item, bad, severity, advice) AS (
		SELECT 'signing key',
			NOT EXISTS (SELECT 1 FROM agent_auth.signing_key
						WHERE retired_at IS NULL AND revoked_at IS NULL),
			'error', 'There is no current signing key: nobody can log in. Run SELECT agent_auth.rotate_signing_key().'
		UNION ALL
		SELECT 'master key file', c.complaint IS NOT NULL AND EXISTS (SELECT 1 FROM agent_auth.signing_key),
			'error', c.complaint
		FROM (SELECT agent_auth.master_key_complaint() AS complaint) c
		UNION ALL
		SELECT 'directory of customers', c.complaint IS NOT NULL,
			CASE WHEN c.complaint LIKE 'No customer%' THEN 'error' ELSE 'warning' END, c.complaint
		FROM (SELECT agent_auth.customer_directory_complaint() AS complaint) c
		UNION ALL
		SELECT 'shared memory', c.complaint IS NOT NULL,
			CASE WHEN c.complaint LIKE 'There is no%' THEN 'error' ELSE 'notice' END, c.complaint
		FROM (SELECT agent_auth.shared_memory_complaint() AS complaint) c
		UNION ALL
		SELECT 'seals on the audit trail', u.since < clock_timestamp() - interval '1 hour',
			'warning', 'A row of the audit trail has waited for its seal since ' || date_trunc('second', u.since) || '. Run SELECT agent_auth.audit_seal() from time to time, such as every minute; where that does not help, agent_auth.audit_verify() says why.'
		FROM (SELECT agent_auth.audit_unsealed_since() AS since) u
		UNION ALL
		SELECT 'liveness triggers', l.names IS NOT NULL,
			'error', 'Revoked tokens may live on, or the audit trail may be changed: ' || l.names ||
			'. What is missing is made again as the script of the extension, in pg_config --sharedir, has it.'
		FROM (SELECT string_agg(CASE
					WHEN t.oid IS NULL THEN format('trigger %s on agent_auth.%s is missing', e.name, e.relation)
					ELSE format('trigger %s is disabled (ALTER TABLE agent_auth.%s ENABLE %sTRIGGER %s)', e.name, e.relation,
								CASE e.enabled WHEN 'A' THEN 'ALWAYS ' ELSE '' END, e.name) END,
					', ' ORDER BY e.relation, e.name) AS names
			  FROM expected_trigger e
			  LEFT JOIN pg_trigger t ON t.tgrelid = to_regclass(format('agent_auth.%I', e.relation)) AND t.tgname = e.name
			   AND t.tgfoid = to_regprocedure(format('agent_auth.%I()', e.calls))
			  WHERE t.tgenabled IS DISTINCT FROM e.enabled::"char") l
		UNION ALL
		SELECT 'row security', l.names IS NOT NULL,
			CASE WHEN l.matters THEN 'warning' ELSE 'notice' END, 'Policies that ask who acts are not obeyed: ' || l.names || '.'
		FROM (SELECT string_agg(f.name, ', ' ORDER BY f.name) AS names, bool_or(f.matters) AS matters
			  FROM (SELECT format('row security of %s is off (ALTER TABLE %1$s ENABLE ROW LEVEL SECURITY)', g.name), true
					FROM guarded g WHERE NOT g.relrowsecurity
					UNION ALL
					SELECT format('%s shows its owner everything (ALTER TABLE %1$s FORCE ROW LEVEL SECURITY)', g.name), g.is_applications
					FROM guarded g WHERE NOT g.relforcerowsecurity
					UNION ALL
					SELECT format('%s shows everything to role %I, which has BYPASSRLS', g.name, r.rolname), true
					FROM guarded g JOIN pg_roles r ON r.rolbypassrls AND NOT r.rolsuper
					 AND has_table_privilege(r.oid, g.oid, 'SELECT, INSERT, UPDATE, DELETE')) f(name, matters)) l
		UNION ALL
		SELECT 'copied database',
			NOT EXISTS (SELECT 1 FROM agent_auth.installation i JOIN pg_database d ON d.oid = i.database_oid WHERE d.datname = current_database()) AND
			EXISTS (SELECT 1 FROM agent_auth.signing_key UNION ALL SELECT 1 FROM agent_auth.refresh_key),
			'error', 'This database was copied from another of this server (CREATE DATABASE ... TEMPLATE): it has the same keys and sessions, so that tokens of either are good in both, and what is revoked in one lives on in the other. Give this one keys of its own: docs/operations.md, "A copied database".'
		UNION ALL
		SELECT 'case of user names', agent_auth.normalize_username(chr(201)) <> agent_auth.normalize_username(chr(233)),
			'warning', 'User names are compared without regard to case by the letters A to Z alone, so that two agents can have names that differ in the case of other letters: the server has no ICU, and the locale of the database knows no other letters. Use a server with ICU, or a database with a locale such as C.UTF-8 or en_US.UTF-8.'
		UNION ALL
		SELECT 'grants to PUBLIC', l.names IS NOT NULL,
			'error', 'Everybody may use ' || l.names || '. Revoke that from PUBLIC.'
		FROM (SELECT string_agg(DISTINCT g.name, ', ') AS names
			  FROM (SELECT name FROM callable WHERE grantee = 0
					UNION ALL SELECT name FROM readable WHERE grantee = 0) g) l
		UNION ALL
		SELECT 'roles of the front door', l.names IS NOT NULL,
			'warning', 'These roles can execute both agent_auth.http() and client functions: ' || l.names ||
			'. The front door believes the address it is given, so that a client who reaches it directly is never locked out by address.'
		FROM (SELECT string_agg(r.rolname, ', ' ORDER BY r.rolname) AS names
			  FROM pg_roles r
			  WHERE NOT r.rolsuper AND NOT r.rolname LIKE 'pg\_%'
			   AND EXISTS (SELECT 1 FROM callable c WHERE c.is_door AND c.grantee <> 0 AND pg_has_role(r.oid, c.grantee, 'USAGE'))
			   AND EXISTS (SELECT 1 FROM callable c WHERE c.is_client AND c.grantee <> 0 AND pg_has_role(r.oid, c.grantee, 'USAGE'))) l
		UNION ALL
		SELECT 'agent_auth.peer_header', c.complaint IS NOT NULL OR
			NOT EXISTS (SELECT 1 FROM pg_db_role_setting d, unnest(d.setconfig) s(setting)
						WHERE d.setrole <> 0 AND d.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
						 AND s.setting LIKE 'agent\_auth.peer\_header=_%') AND
			EXISTS (SELECT 1 FROM callable f JOIN pg_roles r ON r.oid = f.grantee WHERE f.is_client AND NOT r.rolsuper),
			CASE WHEN c.complaint IS NULL THEN 'warning' ELSE 'error' END,
			coalesce(c.complaint, 'Client functions are granted, but no header names the client''s address: failed logins are counted by account alone, and by the role that connects where the functions are called by name. Set agent_auth.peer_header for the role that PostgREST connects as, to the header that the proxy sets: ALTER ROLE authenticator SET agent_auth.peer_header = ''x-real-ip''.')
		FROM (SELECT agent_auth.peer_header_complaint() AS complaint) c
		UNION ALL
		SELECT 'agent_auth.bcrypt_cost', current_setting('agent_auth.bcrypt_cost')::int < 10,
			'warning', 'Password hashes of a cost below 10 are guessed fast once stolen.'
		UNION ALL
		SELECT 'log_statement', current_setting('log_statement') = 'all',
			'warning', 'Every statement is logged before it runs, with the passwords and tokens in it. Set log_statement to ddl or mod, and call with parameters.'
		UNION ALL
		SELECT 'log_min_duration_statement',
			current_setting('log_min_duration_statement') <> '-1' OR
			current_setting('log_min_duration_sample') <> '-1' OR
			current_setting('log_transaction_sample_rate') <> '0',
			'warning', 'Statements are logged by duration, and a login takes long on purpose, with the passwords and tokens in them. Set log_min_duration_statement and log_min_duration_sample to -1, log_transaction_sample_rate to 0, for the roles that clients use.'
		UNION ALL
		SELECT 'log_parameter_max_length',
			current_setting('log_parameter_max_length') <> '0' AND
			(current_setting('log_statement') = 'all' OR
			 current_setting('log_min_duration_statement') <> '-1' OR
			 current_setting('log_min_duration_sample') <> '-1' OR
			 current_setting('log_transaction_sample_rate') <> '0'),
			'warning', 'Logged statements have their parameters with them. Set log_parameter_max_length to 0.'
		UNION ALL
		SELECT 'log_parameter_max_length_on_error',
			current_setting('log_parameter_max_length_on_error') <> '0',
			'warning', 'The parameters of a failing statement are logged, passwords included. Set log_parameter_max_length_on_error to 0.'
		UNION ALL
		SELECT 'debug_print_parse',
			'on' IN (current_setting('debug_print_parse'), current_setting('debug_print_rewritten'), current_setting('debug_print_plan')),
			'warning', 'The trees of statements are logged, with the passwords and tokens in them. Turn debug_print_parse, debug_print_rewritten and debug_print_plan off.'
		UNION ALL
		SELECT 'auto_explain', coalesce(nullif(current_setting('auto_explain.log_min_duration', true), ''), '-1') <> '-1',
			'warning', 'auto_explain logs slow statements, and a login is slow on purpose, with the passwords and tokens in them. Set auto_explain.log_min_duration to -1 for the roles that clients use.'
		UNION ALL
		SELECT 'pgaudit', coalesce(current_setting('pgaudit.log', true), 'none') ~* '(all|read|function|misc)',
			'warning', 'pgaudit logs statements, with the passwords and tokens in them. Leave the classes read and function out of pgaudit.log for the roles that clients use; agent_auth.audit has the trail.'
		UNION ALL
		SELECT 'durability', 'off' IN (current_setting('fsync'), current_setting('synchronous_commit'), current_setting('full_page_writes')),
			'warning', 'After a crash a revoked token may be good again, and a token that a client has may be unknown. Turn fsync, synchronous_commit and full_page_writes on.'
		UNION ALL
		SELECT 'schema of pgcrypto',
			EXISTS (SELECT 1 FROM pg_extension a JOIN pg_extension p ON p.extnamespace = a.extnamespace
					WHERE a.extname = 'agent_auth' AND p.extname = 'pgcrypto' AND a.extnamespace <> 'public'::regnamespace),
			'warning', 'pgcrypto is in the client schema: whoever reaches that over HTTP can have the server compute hashes without end. Move it with ALTER EXTENSION pgcrypto SET SCHEMA.'
		UNION ALL
		SELECT 'settings of roles', l.names IS NOT NULL,
			'warning', 'These settings of roles or of databases put passwords or tokens into the log, or make cheap hashes: ' || l.names || '. Reset them with ALTER ROLE ... RESET.'
		FROM (SELECT string_agg(coalesce(r.rolname, 'all roles') || ': ' || s.setting, ', ' ORDER BY r.rolname, s.setting) AS names
			  FROM pg_db_role_setting d LEFT JOIN pg_roles r ON r.oid = d.setrole, unnest(d.setconfig) s(setting)
			  WHERE d.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
			   AND s.setting ~* '^(log_statement=all|(log_min_duration_statement|log_min_duration_sample|auto_explain\.log_min_duration)=[^-]|log_transaction_sample_rate=(?!0$)|(log_parameter_max_length|log_parameter_max_length_on_error)=(?!0$)|debug_print_(parse|rewritten|plan)=(on|true|yes|1)|pgaudit\.log=.*(all|read|function|misc)|agent_auth\.bcrypt_cost=[4-9]$)') l
		UNION ALL
		SELECT 'token lifetimes',
			EXISTS (SELECT 1 FROM pg_db_role_setting
					WHERE setrole <> 0 AND array_to_string(setconfig, ',') ~ 'agent_auth\.(access|refresh)_token_ttl='),
			'warning', 'A role has token lifetimes of its own, and others stop accepting a retired key by theirs. Set access_token_ttl and refresh_token_ttl for the server or the database.'
	)
	SELECT item, CASE WHEN bad THEN severity ELSE 'ok' END, CASE WHEN bad THEN advice END
	FROM finding
$$;
REVOKE ALL ON FUNCTION agent_auth.check_config() FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.check_config() IS 'finds dangerous settings: a row an item, with status ok, notice, warning or error, and what to do';
