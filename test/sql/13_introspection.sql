-- Introspection: who may ask, and what is said of a token (RFC 7662).
CREATE FUNCTION sid(record jsonb) RETURNS uuid LANGUAGE sql AS $$ SELECT (claims(record ->> 'accessToken') ->> 'sid')::uuid $$;
-- a login whose session acts for a customer, under another login's
CREATE FUNCTION impersonate(record jsonb, parent jsonb) RETURNS void LANGUAGE sql AS
	$$ UPDATE agent_auth.session SET kind = 'impersonation', customer_reference = 'DE--5', parent_id = sid(parent) WHERE id = sid(record) $$;
SELECT fresh('olga@example.com') AS olga \gset
SELECT fresh('rosa@example.com') AS rosa \gset
SELECT fresh('rosa@example.com') AS customer \gset
SELECT impersonate(:'customer', :'rosa');
SELECT :'olga'::jsonb ->> 'accessToken' AS olga_token, :'olga'::jsonb ->> 'refreshToken' AS olga_refresh,
	:'rosa'::jsonb ->> 'accessToken' AS rosa_token, :'customer'::jsonb ->> 'accessToken' AS customer_token \gset

-- over SQL, by an agent about any access token
SELECT key, CASE WHEN key IN ('jti', 'sid', 'iat', 'nbf', 'exp', 'sub') THEN to_jsonb(jsonb_typeof(value)) ELSE value END AS value
FROM jsonb_each(agent_token_introspection(:'olga_token', :'rosa_token')) ORDER BY key;
SELECT agent_token_introspection(:'olga_token', :'customer_token') ->> 'active' AS customer,
	agent_token_introspection(:'olga_token', :'olga_token') ->> 'active' AS itself;
SELECT agent_token_introspection(:'olga_token', token) FROM (VALUES (NULL), (''), ('x'), (:'rosa_token' || 'x'), (:'olga_refresh')) v(token);
SELECT what, agent_token_introspection(token, :'rosa_token') FROM (VALUES ('no agent', NULL), ('no agent', ''), ('a bad token', 'x'),
	('a refresh token', :'olga_refresh'), ('a customer''s', :'customer_token')) v(what, token);
BEGIN;
SELECT agent_token_introspection('x', 'y') ? 'errors' AS failed;
SELECT current_setting('response.status') AS status, current_setting('response.headers') AS headers;
ROLLBACK;

-- over HTTP
CREATE FUNCTION ask(headers jsonb, body text, target text = '/introspect') RETURNS text LANGUAGE sql AS
	$$ SELECT status || coalesce(' ' || (h ->> 'WWW-Authenticate'), '') || ' ' || coalesce(h ->> 'Content-Type', '-') || ' ' || coalesce(h ->> 'Cache-Control', '-') || coalesce(' ' || convert_from(b, 'UTF8'), '')
	   FROM agent_auth.http('POST', target, headers, convert_to(body, 'UTF8'), '192.0.2.9') AS r(status, h, b) $$;
SELECT agent_auth.create_resource_server('shop-api') AS secret \gset
SELECT :'secret' ~ '^aars_[A-Za-z0-9_-]{43}$' AS shape;
SELECT name, octet_length(secret_digest), position(:'secret' IN r::text) FROM agent_auth.resource_server r;
CREATE FUNCTION basic(credentials text) RETURNS jsonb LANGUAGE sql AS
	$$ SELECT jsonb_build_object('authorization', 'Basic ' || translate(encode(convert_to(credentials, 'UTF8'), 'base64'), E'\n', '')) $$;
SELECT left(ask(jsonb_build_object('authorization', 'Bearer ' || :'olga_token'), 'token=' || :'rosa_token'), 90) AS agent;
SELECT left(ask(jsonb_build_object('x-agent-authorization', 'Bearer ' || :'olga_token'), 'token=' || :'rosa_token'), 90) AS agent_header;
SELECT left(ask(basic('shop-api:' || :'secret'), 'token_type_hint=access_token&token=' || :'rosa_token' || '&extra=1'), 90) AS resource_server;
SELECT what, ask(headers, 'token=' || coalesce(token, :'rosa_token')) FROM (VALUES
	('inactive', basic('shop-api:' || :'secret'), 'x'), ('a refresh token', basic('shop-api:' || :'secret'), :'olga_refresh'),
	('nothing', '{}', NULL), ('a bad token', '{"authorization":"Bearer x"}', NULL), ('a bad agent token', jsonb_build_object('x-agent-authorization', 'Bearer x'), NULL),
	('a customer''s', jsonb_build_object('authorization', 'Bearer ' || :'customer_token'), NULL),
	('another scheme in the agent header', jsonb_build_object('authorization', 'Bearer ' || :'olga_token', 'x-agent-authorization', 'Basic x'), NULL),
	('wrong secret', basic('shop-api:' || :'secret' || 'x'), NULL), ('no secret', basic('shop-api:'), NULL), ('no colon', basic('shop-api'), NULL),
	('unknown name', basic('other:' || :'secret'), NULL), ('no base64', '{"authorization":"Basic !"}', NULL), ('empty', '{"authorization":"Basic "}', NULL),
	('NUL', jsonb_build_object('authorization', 'Basic ' || encode('shop-api\000:x', 'base64')), NULL)) v(what, headers, token);
SELECT what, ask(basic('shop-api:' || :'secret'), body) FROM (VALUES ('no body', NULL), ('empty', ''), ('no token', 'x=y'), ('empty token', 'token='),
	('twice', 'token=a&token=b'), ('bad escape', 'token=%zz'), ('NUL', 'token=%00'), ('no UTF-8', 'token=%ff'), ('escaped', '%74oken=%78+')) v(what, body);
SELECT ask(basic('shop-api:' || :'secret') || '{"content-type":"application/json"}', '{"token":"x"}') AS json;
SELECT ask(basic('shop-api:' || :'secret') || '{"content-type":"application/x-www-form-urlencoded; charset=UTF-8"}', 'token=x') AS charset;

-- it writes nothing, so that a standby answers too
BEGIN READ ONLY;
SELECT ask(basic('shop-api:' || :'secret'), 'token=x');
SELECT agent_token_introspection(:'olga_token', :'rosa_token') ->> 'active' AS active;
ROLLBACK;

-- what dies is inactive at once
SELECT agent_auth.end_session(sid(:'rosa'));
SELECT agent_token_introspection(:'olga_token', :'rosa_token') AS ended, agent_token_introspection(:'olga_token', :'customer_token') AS parent_ended;
SELECT agent_token_introspection(:'rosa_token', :'olga_token') #>> '{errors,0,code}' AS asker_ended;

-- managing resource servers
\set VERBOSITY terse
SELECT agent_auth.create_resource_server('shop-api');
SELECT agent_auth.create_resource_server('a b');
SELECT agent_auth.create_resource_server('');
SELECT agent_auth.create_resource_server(NULL);
SELECT agent_auth.drop_resource_server('other');
SELECT agent_auth.drop_resource_server('shop-api');
SELECT ask(basic('shop-api:' || :'secret'), 'token=x') AS dropped;
SELECT event, detail ->> 'name' AS name FROM agent_auth.audit WHERE event LIKE 'resource_server%' ORDER BY id;
DROP FUNCTION basic;
