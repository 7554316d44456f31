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
-- the token itself, where it can be seen: it is that session's, and its key is none that was revoked since PostgREST read them
SELECT token() AS other \gset
CREATE FUNCTION pre_request(claims text, authorization_header text) RETURNS text LANGUAGE sql AS $$
	SELECT pre_request(claims) FROM set_config('request.headers', json_build_object('authorization', authorization_header)::text, true)
$$;
BEGIN READ ONLY;
SET LOCAL ROLE regress_agent_auth_customer;
SELECT pre_request(claims(:'token')::text, 'Bearer ' || :'token') AS good, pre_request(claims(:'token')::text, 'bearer  ' || :'token') AS good_too,
	pre_request('{"role":"x"}', 'Basic eDp5') AS without_session;
SELECT pre_request(claims(:'token')::text, 'Bearer ' || :'other') AS of_another_session, pre_request(claims(:'token')::text, 'Bearer ' || left(:'token', -8) || 'AAAAAAAA') AS altered,
	pre_request(claims(:'token')::text, E'Bearer\t' || :'token') AS not_as_sent, pre_request(claims(:'token')::text, '') AS empty, pre_request('{"sid":1}', 'Bearer ' || :'token') AS no_session_of_ours;
COMMIT;
BEGIN;
SELECT kid AS revoked FROM agent_auth.signing_key WHERE retired_at IS NULL AND revoked_at IS NULL \gset
SELECT agent_auth.rotate_signing_key('EdDSA') IS NOT NULL AS rotated;
SELECT pre_request(claims(:'token')::text, 'Bearer ' || :'token') AS of_a_retired_key;
SELECT agent_auth.revoke_signing_key(:'revoked');
SELECT pre_request(claims(:'token')::text, 'Bearer ' || :'token') AS of_a_revoked_key;
ROLLBACK;
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
DROP FUNCTION pre_request(text), pre_request(text, text);
