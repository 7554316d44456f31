-- GET /agent-sessions and DELETE /agent-sessions/{id}: an agent's own.
SELECT agent_auth.create_agent('sara@example.com', 'correct horse battery') > 0 AS created;
SELECT fresh('sara@example.com') AS first \gset
SELECT fresh('sara@example.com') AS second \gset
SELECT fresh('sara@example.com') AS customer \gset
SELECT fresh('olga@example.com') AS olga \gset
SELECT impersonate(:'customer', :'second');
UPDATE agent_auth.session SET peer = '2001:db8::1', user_agent = 'curl/8', reason = 'ticket 7', created_at = '2026-01-02 03:04:05.678+00', refreshed_at = now() - interval '1 hour' WHERE id = sid(:'customer');
CREATE FUNCTION sessions(headers jsonb) RETURNS TABLE (status int, headers jsonb, body jsonb) LANGUAGE sql AS
	$$ SELECT status, h, convert_from(b, 'UTF8')::jsonb FROM agent_auth.http('GET', '/agent-sessions', headers, NULL, NULL) AS r(status, h, b) $$;
SELECT jsonb_build_object('authorization', 'Bearer ' || (:'first'::jsonb ->> 'accessToken'), 'host', 'shop.example.com') AS sara,
	jsonb_build_object('authorization', 'Bearer ' || (:'customer'::jsonb ->> 'accessToken')) AS as_customer,
	jsonb_build_object('authorization', 'Bearer ' || (:'olga'::jsonb ->> 'accessToken')) AS as_olga \gset

-- the list: the latest first, nobody else's
SELECT status, s.headers, jsonb_array_length(body -> 'data') AS n FROM sessions(:'sara') s;
SELECT CASE r.value ->> 'id' WHEN sid(:'first')::text THEN 'first' WHEN sid(:'second')::text THEN 'second' WHEN sid(:'customer')::text THEN 'customer' END AS which,
	r.value ->> 'type' AS type, r.value #>> '{links,self}' = 'http://shop.example.com/agent-sessions/' || (r.value ->> 'id') AS self,
	(r.value -> 'attributes') - '{createdAt,lastUsedAt,expiresAt}'::text[] AS attributes
FROM sessions(:'sara') s, jsonb_array_elements(s.body -> 'data') r;
SELECT a ->> 'createdAt' AS created_at, (a ->> 'lastUsedAt')::timestamptz - now() BETWEEN '-61 minutes' AND '-59 minutes' AS last_used, a ->> 'expiresAt' ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$' AS expires
FROM sessions(:'sara') s, jsonb_path_query(s.body, '$.data[*].attributes ? (@.kind == "impersonation")') a;
SELECT convert_from(body, 'UTF8') ~ '^{"data":\[{"type":"agent-sessions","id":"[0-9a-f-]+","attributes":{"kind":"agent","customerReference":null,"createdAt":"[^"]+","lastUsedAt":"[^"]+","expiresAt":"[^"]+","peer":null,"userAgent":null,"reason":null},"links":{"self":"http://shop.example.com/agent-sessions/[0-9a-f-]+"}},' AS order_of_members
FROM agent_auth.http('GET', '/agent-sessions', :'sara', NULL, NULL);
SELECT what, status, headers ->> 'WWW-Authenticate' AS challenge, body #> '{errors,0}' AS error FROM (VALUES ('nobody', '{}'::jsonb), ('a bad token', '{"authorization":"Bearer x"}'),
	('a bad agent token', '{"x-agent-authorization":"Bearer x"}'), ('another scheme', '{"x-agent-authorization":"Basic x"}'), ('a customer', :'as_customer'),
	('a customer in the agent header', jsonb_build_object('x-agent-authorization', :'as_customer'::jsonb ->> 'authorization')),
	('another scheme beside an agent', :'sara'::jsonb || '{"x-agent-authorization":"Basic x"}')) v(what, h), LATERAL sessions(h);

-- ending one
CREATE FUNCTION end_one(id text, headers jsonb) RETURNS text LANGUAGE sql AS $$ SELECT remove('/agent-sessions' || id, headers) $$;
SELECT what, end_one(id, h) FROM (VALUES ('no id', '', :'sara'::jsonb), ('no id', '/', :'sara'), ('nobody', '/' || sid(:'second'), '{}'), ('no uuid', '/x', :'sara'),
	('unknown', '/00000000-0000-4000-8000-000000000000', :'sara'), ('letters behind it', '/' || sid(:'second') || 'ff', :'sara'), ('others', '/' || sid(:'second') || 'x', :'sara'), ('cut off', '/' || left(sid(:'second')::text, 35), :'sara'), ('another''s', '/' || sid(:'second'), :'as_olga'), ('a customer', '/' || sid(:'customer'), :'as_customer')) v(what, id, h);
SELECT good(:'first') AS first, good(:'second') AS second, good(:'customer') AS customer;
SELECT end_one('/' || sid(:'second'), :'sara') AS own;
SELECT good(:'first') AS first, good(:'second') AS second, good(:'customer') AS customer;
SELECT end_one('/' || sid(:'second'), :'sara') AS again;
SELECT jsonb_array_length(body -> 'data') AS n FROM sessions(:'sara');
SELECT event, username, session_id = sid(:'second') AS that FROM agent_auth.audit ORDER BY id DESC LIMIT 1;

-- what is over is not listed
SELECT fresh('sara@example.com') AS idle \gset
SELECT fresh('sara@example.com') AS over \gset
UPDATE agent_auth.session SET refreshed_at = now() - interval '31 days' WHERE id = sid(:'idle');
UPDATE agent_auth.session SET expires_at = now() - interval '1 second' WHERE id = sid(:'over');
SELECT jsonb_array_length(body -> 'data') AS n FROM sessions(:'sara');

-- methods, and a read-only transaction
SELECT remove('/agent-sessions', '{}', 'POST') AS post, remove('/agent-sessions/x', '{}', 'POST') AS post_id, remove('/agent-sessions/x', '{}', 'GET') AS get_id;
BEGIN READ ONLY;
SELECT status, jsonb_array_length(body -> 'data') AS n FROM sessions(:'sara');
SELECT end_one('/' || sid(:'first'), :'sara'), end_one('/' || sid(:'first'), '{}');
ROLLBACK;
DROP FUNCTION sessions, end_one;
