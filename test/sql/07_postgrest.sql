-- Behind PostgREST: the shape of its calls, and what it is told.
CREATE ROLE regress_agent_auth_authenticator NOINHERIT;
CREATE ROLE regress_agent_auth_anon;
GRANT regress_agent_auth_anon TO regress_agent_auth_authenticator;
SELECT agent_auth.grant_client('regress_agent_auth_anon');
SET agent_auth.peer_header = 'x-real-ip';
PREPARE call(bytea) AS
	WITH pgrst_source AS (SELECT pgrst_call.pgrst_scalar FROM (SELECT $1::bytea AS body) b,
		LATERAL (SELECT "public"."agent_http"(b.body) pgrst_scalar) pgrst_call)
	SELECT regexp_replace((coalesce(json_agg(s.pgrst_scalar)->0, 'null'))::text, '"(accessToken|refreshToken)":"[^"]*"', '"\1":"..."', 'g') AS body,
		nullif(current_setting('response.headers', true), '') AS headers,
		nullif(current_setting('response.status', true), '') AS status
	FROM (SELECT * FROM pgrst_source) s;

BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
SELECT set_config('role', 'regress_agent_auth_anon', true), set_config('request.method', 'POST', true),
	set_config('request.headers', '{"host":"shop.example.com","x-forwarded-proto":"https","accept":"application/json","content-type":"application/octet-stream","x-real-ip":"192.0.2.50","user-agent":"curl","x-original-method":"POST","x-original-uri":"/agent-access-tokens","x-original-content-type":"application/vnd.api+json","x-original-accept":"*/*"}', true) IS NOT NULL AS headers;
EXECUTE call(login('maria@example.com', 'correct horse battery'));
COMMIT;
SELECT peer, user_agent FROM agent_auth.session ORDER BY created_at DESC LIMIT 1;

-- a failure commits, with its status and headers; PostgREST's own headers do not count
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
SELECT set_config('role', 'regress_agent_auth_anon', true),
	set_config('request.headers', '{"accept":"text/html","content-type":"text/plain","authorization":"Bearer x","x-real-ip":"192.0.2.50","x-original-method":"POST","x-original-uri":"/agent-access-tokens"}', true) IS NOT NULL AS headers;
EXECUTE call(login('maria@example.com', 'wrong'));
COMMIT;
SELECT event, peer FROM agent_auth.audit ORDER BY id DESC LIMIT 1;

-- the proxy's headers do
BEGIN;
SELECT set_config('request.headers', '{"x-original-method":"POST","x-original-uri":"/agent-access-tokens","x-original-authorization":"Bearer x"}', true) IS NOT NULL AS headers;
EXECUTE call(login('maria@example.com', 'correct horse battery'));
SELECT set_config('request.headers', '{"x-original-method":"POST","x-original-uri":"/agent-access-tokens","x-original-content-type":"text/csv"}', true) IS NOT NULL AS headers;
EXECUTE call(login('maria@example.com', 'correct horse battery'));
SELECT set_config('request.headers', '{"x-original-method":"GET","x-original-uri":"/.well-known/jwks.json"}', true) IS NOT NULL AS headers;
WITH pgrst_source AS (SELECT agent_http(NULL) AS pgrst_scalar)
SELECT pgrst_scalar::jsonb = agent_jwks()::jsonb AS keys, current_setting('response.status') FROM pgrst_source;
-- without the proxy there is nothing here
SELECT set_config('request.headers', '{"authorization":"Bearer x"}', true) IS NOT NULL AS headers;
EXECUTE call(login('maria@example.com', 'correct horse battery'));
SELECT set_config('request.headers', '', true);
EXECUTE call(login('maria@example.com', 'correct horse battery'));
-- an answer without a body says so, since PostgREST would say four bytes; and a page's origin has a name that PostgREST does not act upon
SET LOCAL agent_auth.cors_origins = 'https://console.example.com';
SELECT set_config('request.headers', '{"origin":"https://evil.example.com","x-original-origin":"https://console.example.com","x-original-method":"OPTIONS","x-original-uri":"/agent-access-tokens"}', true) IS NOT NULL AS headers;
EXECUTE call('');
SELECT agent_http(NULL) IS NULL AS nothing FROM set_config('request.headers', '{"x-original-method":"GET","x-original-uri":"/.well-known/jwks.json","if-none-match":"*","x-original-origin":"https://evil.example.com"}', true);
SELECT current_setting('response.status') AS status, regexp_replace(current_setting('response.headers'), '"ETag":"[^,]*"', '"ETag":"..."') AS headers;
SET LOCAL agent_auth.cors_origins = '';
-- an address that is none is an unknown one
SELECT set_config('request.headers', '{"x-real-ip":"unknown, 192.0.2.1","x-original-method":"POST","x-original-uri":"/agent-access-tokens"}', true) IS NOT NULL AS headers;
EXECUTE call(login('maria@example.com', 'correct horse battery'));
COMMIT;
SELECT peer FROM agent_auth.session ORDER BY created_at DESC LIMIT 1;

-- the function by name, as /rpc/agent_access_token calls it
BEGIN;
SELECT set_config('role', 'regress_agent_auth_anon', true), set_config('request.headers', '{"x-real-ip":"192.0.2.51","user-agent":"x"}', true) IS NOT NULL AS headers;
SELECT agent_access_token('maria@example.com', 'wrong');
SELECT current_setting('response.status') AS status, current_setting('response.headers') AS headers;
SELECT agent_access_token('maria@example.com', 'correct horse battery') ? 'accessToken' AS ok;
SELECT current_setting('response.status') AS status, current_setting('response.headers') AS headers;
COMMIT;
SELECT event, peer, user_agent FROM agent_auth.audit ORDER BY id DESC LIMIT 2;
SET agent_auth.lockout_failures = 1;
SELECT set_config('request.headers', '{"x-real-ip":"192.0.2.52"}', false) IS NOT NULL AS headers;
SELECT agent_access_token('maria@example.com', 'wrong');
BEGIN;
SELECT agent_access_token('maria@example.com', 'wrong') #>> '{errors,0,code}' AS code;
SELECT current_setting('response.status') AS status, regexp_replace(current_setting('response.headers'), '(35\d|360)', 'N') AS headers;
COMMIT;
SELECT agent_auth.revoke_client('regress_agent_auth_anon');
SET ROLE regress_agent_auth_anon;
EXECUTE call(NULL);
RESET ROLE;
DROP OWNED BY regress_agent_auth_anon;
DROP ROLE regress_agent_auth_authenticator, regress_agent_auth_anon;
