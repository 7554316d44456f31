-- Revoking: by a token over SQL, by the owner over HTTP; all tokens of a session die with it.
SELECT agent_auth.create_agent('rosa@example.com', 'correct horse battery') > 0 AS created;
CREATE FUNCTION fresh(username text) RETURNS jsonb LANGUAGE sql AS $$ SELECT agent_access_token(username, 'correct horse battery') $$;
CREATE FUNCTION good(record jsonb) RETURNS boolean LANGUAGE sql AS $$ SELECT agent_auth.verify(record ->> 'accessToken') IS NOT NULL $$;
CREATE FUNCTION remove(target text, headers jsonb, method text = 'DELETE') RETURNS text LANGUAGE sql AS
	$$ SELECT status || coalesce(' ' || (headers ->> 'Allow'), '') || coalesce(' ' || convert_from(body, 'UTF8'), ' without a body')
	   FROM agent_auth.http(method, target, headers, NULL, '192.0.2.9') $$;

-- over SQL: whoever has the token
SELECT fresh('olga@example.com') AS a \gset
SELECT fresh('olga@example.com') AS b \gset
SELECT agent_revoke_token(NULL), agent_revoke_token(''), agent_revoke_token('x'), agent_revoke_token('aart_x');
SELECT good(:'a') AS before;
SELECT agent_revoke_token(:'a'::jsonb ->> 'accessToken');
SELECT good(:'a') AS a, agent_refresh_access_token(:'a'::jsonb ->> 'refreshToken') #>> '{errors,0,code}' AS a_refresh, good(:'b') AS b;
SELECT agent_revoke_token(:'b'::jsonb ->> 'refreshToken');
SELECT good(:'b') AS b;
SELECT agent_revoke_token(:'b'::jsonb ->> 'refreshToken') AS again;
SELECT event, username, count(*) FROM agent_auth.audit WHERE event = 'token_revoked' GROUP BY 1, 2;

-- over HTTP: only ever the caller's own
SELECT fresh('olga@example.com') AS olga \gset
SELECT fresh('olga@example.com') AS olga2 \gset
SELECT fresh('rosa@example.com') AS rosa \gset
SELECT 'Bearer ' || (:'olga'::jsonb ->> 'accessToken') AS olga_bearer, 'Bearer ' || (:'rosa'::jsonb ->> 'accessToken') AS rosa_bearer \gset
SELECT what, remove(target, headers, coalesce(method, 'DELETE')) FROM (VALUES
	('no id', '/refresh-tokens', '{}'::jsonb, NULL), ('no id', '/refresh-tokens/', '{}', NULL),
	('no id, bad token', '/refresh-tokens', '{"authorization":"Bearer x"}', NULL),
	('no token', '/refresh-tokens/mine', '{}', NULL), ('no token', '/refresh-tokens/aart_x', '{}', NULL),
	('agent header of another scheme', '/refresh-tokens/mine', '{"x-agent-authorization":"Basic x"}', NULL),
	('bad agent token', '/refresh-tokens/mine', '{"x-agent-authorization":"Bearer x"}', NULL),
	('bad token', '/refresh-tokens/mine', '{"authorization":"Bearer x"}', NULL),
	('bad token beside a good one', '/refresh-tokens/mine', jsonb_build_object('authorization', 'Bearer x', 'x-agent-authorization', :'rosa_bearer'), NULL),
	('two ids', '/refresh-tokens/a/b', '{}', NULL), ('an id under another path', '/agent-access-tokens/a', '{}', NULL),
	('POST with an id', '/refresh-tokens/a', '{}', 'POST'), ('GET with an id', '/refresh-tokens/a', '{}', 'GET'), ('GET', '/refresh-tokens', '{}', 'GET')
	) v(what, target, headers, method);
SELECT remove('/refresh-tokens/x', jsonb_build_object('authorization', :'rosa_bearer')) AS nonsense,
	remove('/refresh-tokens/' || (:'olga'::jsonb ->> 'refreshToken'), jsonb_build_object('authorization', :'rosa_bearer')) AS another_s;
SELECT good(:'olga') AS olga, good(:'olga2') AS olga2, good(:'rosa') AS rosa;
SELECT remove('/refresh-tokens/' || (:'olga2'::jsonb ->> 'refreshToken'), jsonb_build_object('x-agent-authorization', :'olga_bearer')) AS own;
SELECT good(:'olga') AS olga, good(:'olga2') AS olga2, good(:'rosa') AS rosa;
-- the agent header decides
SELECT remove('/refresh-tokens/mine', jsonb_build_object('authorization', :'olga_bearer', 'x-agent-authorization', :'rosa_bearer')) AS mine;
SELECT good(:'olga') AS olga, good(:'rosa') AS rosa;
SELECT remove('/refresh-tokens/mine', jsonb_build_object('authorization', :'rosa_bearer')) AS dead;
SELECT event, username, peer FROM agent_auth.audit ORDER BY id DESC LIMIT 2;
\set VERBOSITY terse
BEGIN READ ONLY;
SELECT remove('/refresh-tokens/mine', '{}');
ROLLBACK;
