-- What PostgREST calls by itself, as it calls it.
CREATE ROLE regress_agent_auth_authenticator;
CREATE ROLE regress_agent_auth_customer;
GRANT USAGE ON SCHEMA agent_auth TO regress_agent_auth_authenticator, regress_agent_auth_customer;
GRANT EXECUTE ON FUNCTION agent_auth.pre_config TO regress_agent_auth_authenticator;
GRANT EXECUTE ON FUNCTION agent_auth.pre_request TO regress_agent_auth_customer;
SELECT token() AS token \gset

-- before a request: as the role that the token names, read-only on GET, with nothing but this
CREATE FUNCTION pre_request(claims text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('request.jwt.claims', claims, true);
	PERFORM agent_auth.pre_request();
	RETURN 'passed';
EXCEPTION WHEN SQLSTATE 'PT401' THEN
	RETURN SQLERRM;
END $$;
BEGIN READ ONLY;
SET LOCAL ROLE regress_agent_auth_customer;
SELECT pre_request(NULL) AS none, pre_request('') AS empty, pre_request('{"role":"x"}') AS without_session;
SELECT pre_request(claims(:'token')::text) AS good;
SELECT pre_request((claims(:'token')::jsonb || '{"exp":1}')::text) AS expired,
	pre_request((claims(:'token')::jsonb || jsonb_build_object('exp', extract(epoch FROM clock_timestamp())::bigint - 1))::text) AS just_expired;
SELECT pre_request('{"sid":"00000000-0000-0000-0000-000000000000"}') AS unknown, pre_request('{"sid":1}') AS no_session_of_ours;
COMMIT;
SELECT agent_auth.end_sessions('maria@example.com') > 0 AS ended;
BEGIN READ ONLY;
SET LOCAL ROLE regress_agent_auth_customer;
SELECT pre_request(claims(:'token')::text) AS ended;
COMMIT;

-- when it reads its configuration: the public keys, as strict JSON
BEGIN;
SET LOCAL ROLE regress_agent_auth_authenticator;
SELECT agent_auth.pre_config();
RESET ROLE;
SELECT current_setting('pgrst.jwt_secret')::jsonb = agent_jwks()::jsonb AS keys, left(current_setting('pgrst.jwt_secret'), 10) AS text,
	current_setting('pgrst.jwt_secret') ~ '"(d|p|q|dp|dq|qi|k|oth)":' AS private;
COMMIT;
SELECT current_setting('pgrst.jwt_secret', true) AS after;
DROP OWNED BY regress_agent_auth_authenticator, regress_agent_auth_customer;
DROP ROLE regress_agent_auth_authenticator, regress_agent_auth_customer;
DROP FUNCTION pre_request;
