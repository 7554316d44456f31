-- The standard OAuth endpoints: POST /token, POST /revoke, the metadata.
SELECT fresh('olga@example.com') AS olga \gset
SELECT :'olga'::jsonb ->> 'accessToken' AS olga_token, :'olga'::jsonb ->> 'refreshToken' AS olga_refresh \gset

-- POST /token
SELECT convert_from(body, 'UTF8')::json AS second, status, headers FROM agent_auth.http('POST', '/token', '{"content-type":"application/x-www-form-urlencoded"}',
	convert_to('grant_type=refresh_token&client_id=shop&refresh_token=' || :'olga_refresh', 'UTF8'), NULL) \gset
SELECT :status, :'headers';
SELECT key, CASE WHEN key ~ '^(access|refresh)_token$' THEN '...' ELSE value::text END AS value FROM json_each(:'second');
SELECT agent_auth.verify(:'second'::json ->> 'access_token') IS NOT NULL AS good, refresh(:'second'::json ->> 'refresh_token');
SELECT what, ask(headers, body, '/token') FROM (VALUES
	('empty', '{}'::jsonb, ''), ('no grant', '{}', 'refresh_token=x'), ('password', '{}', 'grant_type=password&username=olga@example.com&password=correct+horse+battery'),
	('client credentials', '{}', 'grant_type=client_credentials'), ('unknown', '{}', 'grant_type=x'), ('no token', '{}', 'grant_type=refresh_token'),
	('empty token', '{}', 'grant_type=refresh_token&refresh_token='), ('bad token', '{}', 'grant_type=refresh_token&refresh_token=aart_x'),
	('an access token', '{}', 'grant_type=refresh_token&refresh_token=' || :'olga_token'),
	('twice', '{}', 'grant_type=refresh_token&grant_type=refresh_token&refresh_token=x'),
	('many fields', '{}', (SELECT string_agg('f' || n || '=1', '&') FROM generate_series(1, 33) n)),
	('bad authorization', '{"authorization":"Bearer x"}', 'grant_type=refresh_token&refresh_token=x'),
	('wrong type', '{"content-type":"application/json"}', '{}'), ('not acceptable', '{"accept":"text/html"}', ''),
	('long', '{}', 'grant_type=refresh_token&refresh_token=' || repeat('x', 65536))) v(what, headers, body);
SELECT status, headers ->> 'Allow' AS allow FROM agent_auth.http('GET', '/token', '{}', NULL, NULL);

-- spent long ago: the grant is invalid, and the family dead
SELECT age_session(jsonb_build_object('accessToken', :'second'::json ->> 'access_token'), '1 hour');
SELECT ask('{}', 'grant_type=refresh_token&refresh_token=' || :'olga_refresh', '/token');
SELECT agent_auth.verify(:'second'::json ->> 'access_token') IS NOT NULL AS good;

-- POST /revoke: whoever has the token, and the same answer for none
SELECT fresh('olga@example.com') AS a \gset
SELECT fresh('olga@example.com') AS b \gset
SELECT what, ask('{}', body, '/revoke') FROM (VALUES ('none', ''), ('empty', 'token='), ('nonsense', 'token=x'), ('hint', 'token=x&token_type_hint=x')) v(what, body);
SELECT ask('{}', 'token=' || (:'a'::jsonb ->> 'accessToken'), '/revoke') AS access, ask('{}', 'token_type_hint=refresh_token&token=' || (:'b'::jsonb ->> 'refreshToken'), '/revoke') AS refresh;
SELECT good(:'a') AS a, good(:'b') AS b;
SELECT event, username, peer FROM agent_auth.audit ORDER BY id DESC LIMIT 2;
SELECT ask('{"authorization":"Bearer x"}', 'token=x', '/revoke') AS bad_authorization;
BEGIN READ ONLY;
SELECT left(ask('{}', 'token=x', '/revoke'), 3) AS revoke, left(ask('{}', 'grant_type=refresh_token', '/token'), 3) AS token;
ROLLBACK;

-- GET /.well-known/oauth-authorization-server
SELECT status, headers, jsonb_pretty(convert_from(body, 'UTF8')::jsonb) FROM agent_auth.http('GET', '/.well-known/oauth-authorization-server', '{"host":"auth.example.com","x-forwarded-proto":"https"}', NULL, NULL);
SET agent_auth.issuer = 'https://id.example.com';
SET agent_auth.base_url = 'https://shop.example.com';
SELECT convert_from(body, 'UTF8')::jsonb ->> 'issuer' AS issuer, convert_from(body, 'UTF8')::jsonb ->> 'token_endpoint' AS token_endpoint
FROM agent_auth.http('GET', '/.well-known/oauth-authorization-server', '{}', NULL, NULL);
RESET agent_auth.issuer;
RESET agent_auth.base_url;
