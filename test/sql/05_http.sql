-- The front door: every answer that needs no clock, from one table of requests.
CREATE TABLE request (id int GENERATED ALWAYS AS IDENTITY, what text, method text, target text, headers jsonb, body bytea);
CREATE FUNCTION login(username text, password text) RETURNS bytea LANGUAGE sql AS
	$$ SELECT convert_to(json_build_object('data', json_build_object('type', 'agent-access-tokens',
		'attributes', json_build_object('username', username, 'password', password)))::text, 'UTF8') $$;

INSERT INTO request (what, method, target, headers, body) VALUES
-- routes
('unknown path', 'POST', '/', '{}', ''),
('unknown path', 'GET', '/agent-access-token', '{}', ''),
('longer path', 'POST', '/agent-access-tokens-and-more', '{}', ''),
('with an id', 'POST', '/agent-access-tokens/1', '{}', ''),
('with two', 'GET', '/.well-known/jwks.json/a/b', '{}', ''),
('wrong case', 'POST', '/Agent-Access-Tokens', '{}', ''),
('not a path', 'POST', 'agent-access-tokens', '{}', ''),
('empty', 'POST', '', '{}', ''),
('broken escape', 'POST', '/agent-access-tokens%', '{}', ''),
('escaped NUL', 'POST', '/agent-access-tokens%00', '{}', ''),
('escaped slash', 'POST', '/%2Fagent-access-tokens', '{}', ''),
('escaped slash between two', 'GET', '/.well-known%2Fjwks.json', '{}', ''),
('double slash', 'POST', '//agent-access-tokens', '{}', ''),
('NULLs', NULL, NULL, NULL, NULL),
('wrong method', 'GET', '/agent-access-tokens', '{}', ''),
('wrong method', 'HEAD', '/agent-access-tokens', '{}', ''),
('wrong method', 'DELETE', '/agent-access-tokens', '{"accept":"text/html"}', ''),
('wrong method', 'post', '/agent-access-tokens', '{}', ''),
('wrong method', 'POST', '/.well-known/jwks.json', '{}', ''),
-- headers
('Accept', 'POST', '/agent-access-tokens', '{"accept":"text/html"}', ''),
('Accept with weight zero', 'POST', '/agent-access-tokens', '{"accept":"application/json;q=0"}', ''),
('Accept of keys elsewhere', 'POST', '/agent-access-tokens', '{"accept":"application/jwk-set+json"}', ''),
('Accept before Content-Type', 'POST', '/agent-access-tokens', '{"accept":"text/html","content-type":"text/plain"}', ''),
('Content-Type', 'POST', '/agent-access-tokens', '{"content-type":"application/x-www-form-urlencoded"}', ''),
('Content-Type before size', 'POST', '/agent-access-tokens', '{"content-type":"text/plain"}', convert_to(repeat(' ', 65537), 'UTF8')),
('size', 'POST', '/agent-access-tokens', '{}', convert_to(repeat(' ', 65537), 'UTF8')),
('largest', 'POST', '/agent-access-tokens', '{}', convert_to(repeat(' ', 65536), 'UTF8')),
('headers that are no object', 'POST', '/agent-access-tokens', '[1]', ''),
('headers that are no strings', 'POST', '/agent-access-tokens', '{"accept":1,"authorization":{},"content-type":null}', ''),
-- bodies
('none', 'POST', '/agent-access-tokens', '{}', NULL),
('not JSON', 'POST', '/agent-access-tokens', '{}', '{"data":'),
('single quotes', 'POST', '/agent-access-tokens', '{}', '{''data'':1}'),
('a scalar', 'POST', '/agent-access-tokens', '{}', '1'),
('an array', 'POST', '/agent-access-tokens', '{}', '[]'),
('no data', 'POST', '/agent-access-tokens', '{}', '{"meta":{}}'),
('data of another type', 'POST', '/agent-access-tokens', '{}', '{"data":[]}'),
('no type', 'POST', '/agent-access-tokens', '{}', '{"data":{"attributes":{}}}'),
('type of another type', 'POST', '/agent-access-tokens', '{}', '{"data":{"type":1,"attributes":{}}}'),
('no attributes', 'POST', '/agent-access-tokens', '{}', '{"data":{"type":"agent-access-tokens"}}'),
('attributes of another type', 'POST', '/agent-access-tokens', '{}', '{"data":{"type":"agent-access-tokens","attributes":[]}}'),
('trailing bytes', 'POST', '/agent-access-tokens', '{}', login('maria@example.com', 'correct horse battery') || ' x'::bytea),
('trailing NUL', 'POST', '/agent-access-tokens', '{}', login('maria@example.com', 'correct horse battery') || '\x00'::bytea),
('invalid UTF-8', 'POST', '/agent-access-tokens', '{}', '{"data":{"type":"agent-access-tokens","attributes":{"username":"\377"}}}'),
('escaped NUL', 'POST', '/agent-access-tokens', '{}', '{"data":{"type":"agent-access-tokens","attributes":{"username":"a\\u0000"}}}'),
('lone surrogate', 'POST', '/agent-access-tokens', '{}', '{"data":{"type":"agent-access-tokens","attributes":{"username":"\\ud800"}}}'),
('duplicate member', 'POST', '/agent-access-tokens', '{}', '{"data":{"type":"x","type":"agent-access-tokens","attributes":{}}}'),
('nested too deep', 'POST', '/agent-access-tokens', '{}', convert_to('{"data":' || repeat('[', 40) || repeat(']', 40) || '}', 'UTF8')),
('nested without end', 'POST', '/agent-access-tokens', '{}', convert_to(repeat('[', 60000), 'UTF8')),
('another type', 'POST', '/agent-access-tokens', '{}', '{"data":{"type":"agent-access-token","attributes":{}}}'),
-- credentials
('no username, no password', 'POST', '/agent-access-tokens', '{}', '{"data":{"type":"agent-access-tokens","attributes":{}}}'),
('no password', 'POST', '/agent-access-tokens', '{}', '{"data":{"type":"agent-access-tokens","attributes":{"username":"maria@example.com"}}}'),
('null', 'POST', '/agent-access-tokens', '{}', login('maria@example.com', NULL)),
('number', 'POST', '/agent-access-tokens', '{}', '{"data":{"type":"agent-access-tokens","attributes":{"username":"maria@example.com","password":1}}}'),
('wrong', 'POST', '/agent-access-tokens', '{}', login('maria@example.com', 'wrong')),
('unknown', 'POST', '/agent-access-tokens', '{}', login('nobody@example.com', 'correct horse battery')),
-- tokens that nobody asked for
('bad agent token', 'POST', '/agent-access-tokens', '{"x-agent-authorization":"Bearer x"}', login('maria@example.com', 'correct horse battery')),
('agent header of another scheme', 'POST', '/agent-access-tokens', '{"x-agent-authorization":"Basic eA=="}', login('maria@example.com', 'wrong')),
('bad token', 'POST', '/agent-access-tokens', '{"authorization":"Bearer x"}', login('maria@example.com', 'correct horse battery')),
('another scheme', 'POST', '/agent-access-tokens', '{"authorization":"Basic eA=="}', login('maria@example.com', 'correct horse battery')),
('both bad', 'POST', '/agent-access-tokens', '{"authorization":"Bearer x","x-agent-authorization":"bearer x"}', login('maria@example.com', 'correct horse battery')),
('empty header', 'POST', '/agent-access-tokens', '{"authorization":""}', login('maria@example.com', 'wrong')),
('body before token', 'POST', '/agent-access-tokens', '{"authorization":"Bearer x"}', '{}');

CREATE TABLE answer AS SELECT r.id, r.what, r.method, h.*
FROM (SELECT * FROM request ORDER BY id) r, LATERAL agent_auth.http(r.method, r.target, r.headers, r.body, NULL) h;
SELECT what, method, status, headers - 'Content-Type' - 'X-Content-Type-Options' AS headers, convert_from(body, 'UTF8') AS body
FROM answer ORDER BY id;
SELECT DISTINCT headers ->> 'Content-Type' AS content_type, headers ->> 'X-Content-Type-Options' AS options FROM answer;
SELECT agent_auth.unlock_agent('maria@example.com');

-- logging in, whatever the headers that are accepted
SELECT accept, content_type, h.status, h.headers FROM (VALUES
	(NULL, NULL), ('*/*', 'application/json'), ('application/*', 'application/json; charset=utf-8'),
	('application/json', 'application/vnd.api+json'), ('application/vnd.api+json', 'application/vnd.api+json; ext=x'),
	('text/html, application/xhtml+xml;q=0.9, */*;q=0.8', 'APPLICATION/JSON')) v(accept, content_type),
LATERAL agent_auth.http('POST', '/agent-access-tokens', jsonb_build_object('accept', accept, 'content-type', content_type),
	login('maria@example.com', 'correct horse battery'), NULL) h;

-- the document: its members in order, what else the client sent ignored
CREATE FUNCTION document(target text, headers jsonb) RETURNS text LANGUAGE sql AS
	$$ SELECT regexp_replace(convert_from(h.body, 'UTF8'), '"(accessToken|refreshToken)":"[^"]*"', '"\1":"..."', 'g')
	   FROM agent_auth.http('POST', target, headers, '{"meta":{},"data":{"id":"7","type":"agent-access-tokens",
		"attributes":{"password":"correct horse battery","extra":[1],"username":"maria@example.com"}}}', NULL) h $$;
SELECT document('/agent-access-tokens', '{"host":"shop.example.com","x-forwarded-proto":"https"}');
-- links.self: the target as received, decoded once
SELECT document(target, headers)::json #>> '{data,links,self}' AS self FROM (VALUES
	('/agent-access-tokens/?include=a%5Bb%5D&c=%2520', '{"host":"localhost:8080"}'::jsonb),
	('/agent-access-tokens?broken=%', '{"host":"[::1]:8080","x-forwarded-proto":"javascript"}'),
	('http://shop.example.com/agent-access-tokens', '{"host":"shop.example.com"}'),
	('http://shop.example.com/agent-access-tokens?broken=%', '{"host":"shop.example.com"}'),
	('/agent-access-tokens', '{"host":"shop.example.com/evil?<script>"}'),
	('/agent-access-tokens', '{}')) v(target, headers);
SET agent_auth.base_url = 'https://api.example.com/glue';
SELECT document('/agent-access-tokens', '{"host":"shop.example.com"}')::json #>> '{data,links,self}' AS self;
RESET agent_auth.base_url;

-- letters that are not ASCII, as they are and escaped; json-c 0.18, when strict, refuses the former
SELECT agent_auth.create_agent('jörg@example.com', 'пароль Ünïcödé 😀') > 0 AS created;
SELECT status FROM agent_auth.http('POST', '/agent-access-tokens', '{}', login('JÖRG@example.com', 'пароль Ünïcödé 😀'), NULL);
SELECT status FROM agent_auth.http('POST', '/agent-access-tokens', '{}', '{"data":{"type":"agent-access-tokens","attributes":{"username":"j\\u00f6rg@example.com","password":"\\u043f\\u0430\\u0440\\u043e\\u043b\\u044c \\u00dcn\\u00efc\\u00f6d\\u00e9 \\ud83d\\ude00"}}}', NULL);

-- a good token that nobody asked for does not disturb
SELECT status FROM agent_auth.http('POST', '/agent-access-tokens', jsonb_build_object('authorization', 'Bearer ' ||
	(agent_access_token('maria@example.com', 'correct horse battery') ->> 'accessToken')), login('maria@example.com', 'correct horse battery'), NULL);

-- who asked, as far as is known, is in the session and the trail
SELECT status FROM agent_auth.http('POST', '/agent-access-tokens', jsonb_build_object('user-agent', repeat('Ä', 1000)),
	login('maria@example.com', 'correct horse battery'), '2001:db8::1');
SELECT s.peer, length(s.user_agent) < 1000 AS clipped, a.peer FROM agent_auth.session s JOIN agent_auth.audit a ON a.session_id = s.id
ORDER BY s.created_at DESC LIMIT 1;

-- the keys: cacheable, and not sent twice
SELECT status, headers - 'ETag' AS headers, headers ->> 'ETag' ~ '^"[0-9a-f]{16}"$' AS etag,
	convert_from(body, 'UTF8')::jsonb = agent_jwks()::jsonb AS same FROM agent_auth.http('GET', '/.well-known/jwks.json', '{}', NULL, NULL);
SELECT status, headers - 'ETag' AS headers, octet_length(body) > 100 AS body FROM agent_auth.http('HEAD', '/.well-known/jwks.json', '{"accept":"application/jwk-set+json"}', NULL, NULL);
SELECT status, convert_from(body, 'UTF8') AS body FROM agent_auth.http('GET', '/.well-known/jwks.json', '{"x-agent-authorization":"Bearer x"}', NULL, NULL);
SELECT h.status, h.body FROM agent_auth.http('GET', '/.well-known/jwks.json', '{}', NULL, NULL) first,
	LATERAL agent_auth.http('GET', '/.well-known/jwks.json', jsonb_build_object('if-none-match', 'W/"x", ' || (first.headers ->> 'ETag')), NULL, NULL) h;

-- read-only: what writes is refused before any credential is looked at
BEGIN READ ONLY;
SELECT status FROM agent_auth.http('GET', '/.well-known/jwks.json', '{}', NULL, NULL);
SELECT status FROM agent_auth.http('POST', '/agent-access-tokens', '{}', login('maria@example.com', 'correct horse battery'), NULL);
ROLLBACK;
BEGIN READ ONLY;
SELECT status FROM agent_auth.http('POST', '/agent-access-tokens', '{}', login('maria@example.com', 'wrong'), NULL);
ROLLBACK;
