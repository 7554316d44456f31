-- Refresh tokens: each spent once, with a moment's grace; spent again later,
-- or its session ended, and everything of it is dead.
CREATE FUNCTION refresh(token text) RETURNS text LANGUAGE sql AS
	$$ SELECT coalesce(r #>> '{errors,0,code}', 'ok') FROM agent_refresh_access_token(token) r $$;
CREATE FUNCTION age_session(token jsonb, by interval) RETURNS void LANGUAGE sql AS
	$$ UPDATE agent_auth.session SET refreshed_at = refreshed_at - by, created_at = created_at - by WHERE id = (claims(token ->> 'accessToken') ->> 'sid')::uuid $$;
SELECT agent_access_token('olga@example.com', 'correct horse battery') AS first \gset

-- the next pair, of the same session
SELECT agent_refresh_access_token(:'first'::jsonb ->> 'refreshToken') AS second \gset
SELECT key, CASE WHEN key LIKE '%Token' THEN '...' ELSE value::text END AS value FROM jsonb_each(:'second') ORDER BY key;
SELECT claims(:'first'::jsonb ->> 'accessToken') ->> 'sid' = claims(:'second'::jsonb ->> 'accessToken') ->> 'sid' AS same_session,
	claims(:'first'::jsonb ->> 'accessToken') ->> 'jti' <> claims(:'second'::jsonb ->> 'accessToken') ->> 'jti' AS another_token,
	:'first'::jsonb ->> 'refreshToken' <> :'second'::jsonb ->> 'refreshToken' AS another_refresh_token,
	agent_auth.verify(:'first'::jsonb ->> 'accessToken') IS NOT NULL AS first_good, agent_auth.verify(:'second'::jsonb ->> 'accessToken') IS NOT NULL AS second_good;

-- the same token again, at once: an answer was lost, and the successor is the same
SELECT agent_refresh_access_token(:'first'::jsonb ->> 'refreshToken') ->> 'refreshToken' = :'second'::jsonb ->> 'refreshToken' AS same_successor;
SELECT refresh(:'second'::jsonb ->> 'refreshToken');
SELECT generation, ended_at FROM agent_auth.session WHERE id = (claims(:'first'::jsonb ->> 'accessToken') ->> 'sid')::uuid;
-- one from before that is no lost answer: the family ends
SELECT refresh(:'first'::jsonb ->> 'refreshToken');
SELECT end_reason, agent_auth.verify(:'second'::jsonb ->> 'accessToken') IS NOT NULL AS good, refresh(:'second'::jsonb ->> 'refreshToken')
FROM agent_auth.session WHERE id = (claims(:'first'::jsonb ->> 'accessToken') ->> 'sid')::uuid;
SELECT event, username, session_id = (claims(:'first'::jsonb ->> 'accessToken') ->> 'sid')::uuid AS session FROM agent_auth.audit ORDER BY id DESC LIMIT 1;

-- nor is one from after the grace period
SELECT agent_access_token('olga@example.com', 'correct horse battery') AS first \gset
SELECT refresh(:'first'::jsonb ->> 'refreshToken');
SELECT age_session(:'first', '11 s');
SELECT refresh(:'first'::jsonb ->> 'refreshToken');
SELECT end_reason FROM agent_auth.session WHERE id = (claims(:'first'::jsonb ->> 'accessToken') ->> 'sid')::uuid;

-- what was rolled back never was a token, however long the chain
SELECT agent_access_token('olga@example.com', 'correct horse battery') AS first \gset
BEGIN;
SELECT agent_refresh_access_token(:'first'::jsonb ->> 'refreshToken') AS next1 \gset
SELECT agent_refresh_access_token(:'next1'::jsonb ->> 'refreshToken') AS next2 \gset
SELECT agent_refresh_access_token(:'next2'::jsonb ->> 'refreshToken') AS next3 \gset
ROLLBACK;
SELECT refresh(:'next1'::jsonb ->> 'refreshToken') AS next1, refresh(:'next2'::jsonb ->> 'refreshToken') AS next2;
-- a moment later the first is good still: an answer may have been lost
SELECT agent_refresh_access_token(:'first'::jsonb ->> 'refreshToken') AS second \gset
SELECT :'second'::jsonb ? 'refreshToken' AS again, refresh(:'next1'::jsonb ->> 'refreshToken') AS next1, refresh(:'next2'::jsonb ->> 'refreshToken') AS next2;
SELECT refresh(:'second'::jsonb ->> 'refreshToken');

-- outside the grace period it is spent, whatever was rolled back: the transaction,
SET agent_auth.refresh_grace = 0;
SELECT agent_access_token('olga@example.com', 'correct horse battery') AS first \gset
BEGIN;
SELECT refresh(:'first'::jsonb ->> 'refreshToken');
ROLLBACK;
SELECT refresh(:'first'::jsonb ->> 'refreshToken');
SELECT end_reason FROM agent_auth.session WHERE id = (claims(:'first'::jsonb ->> 'accessToken') ->> 'sid')::uuid;
-- a part of it,
SELECT agent_access_token('olga@example.com', 'correct horse battery') AS first \gset
BEGIN;
SAVEPOINT s;
SELECT refresh(:'first'::jsonb ->> 'refreshToken');
ROLLBACK TO SAVEPOINT s;
COMMIT;
SELECT refresh(:'first'::jsonb ->> 'refreshToken');
-- or the end of the session itself
SELECT agent_access_token('olga@example.com', 'correct horse battery') AS first \gset
SELECT agent_refresh_access_token(:'first'::jsonb ->> 'refreshToken') AS second \gset
BEGIN;
SELECT refresh(:'first'::jsonb ->> 'refreshToken');
ROLLBACK;
SELECT ended_at IS NULL AS alive FROM agent_auth.session WHERE id = (claims(:'first'::jsonb ->> 'accessToken') ->> 'sid')::uuid;
SELECT refresh(:'second'::jsonb ->> 'refreshToken');
SELECT end_reason FROM agent_auth.session WHERE id = (claims(:'first'::jsonb ->> 'accessToken') ->> 'sid')::uuid;
-- what is committed, in a part that is kept too, leaves nothing behind
SELECT agent_access_token('olga@example.com', 'correct horse battery') AS first \gset
BEGIN;
SAVEPOINT s;
SELECT agent_refresh_access_token(:'first'::jsonb ->> 'refreshToken') AS second \gset
RELEASE SAVEPOINT s;
SELECT agent_refresh_access_token(:'second'::jsonb ->> 'refreshToken') AS third \gset
COMMIT;
SELECT refresh(:'third'::jsonb ->> 'refreshToken');
RESET agent_auth.refresh_grace;

-- what is not ours: nothing, any one bit, another text of the same bytes, an access token
SELECT agent_access_token('olga@example.com', 'correct horse battery') AS first \gset
SELECT refresh(NULL), refresh(''), refresh('aart_'), refresh('x'), refresh(:'first'::jsonb ->> 'accessToken'),
	refresh(:'first'::jsonb ->> 'refreshToken' || '='), refresh(' ' || (:'first'::jsonb ->> 'refreshToken')),
	refresh(upper(:'first'::jsonb ->> 'refreshToken')), refresh(repeat('A', 1000000));
CREATE FUNCTION encode_token(bytes bytea) RETURNS text LANGUAGE sql AS
	$$ SELECT 'aart_' || translate(encode(bytes, 'base64'), E'+/=\n', '-_') $$;
SELECT encode_token(decode(rpad(translate(substr(token, 6), '-_', '+/'), 96, '='), 'base64')) = token AS encoded_as_it_was
FROM (SELECT :'first'::jsonb ->> 'refreshToken' AS token) t;
SELECT refresh(encode_token(set_bit(bytes, n, 1 - get_bit(bytes, n)))) AS answer, count(*)
FROM (SELECT decode(rpad(translate(substr(:'first'::jsonb ->> 'refreshToken', 6), '-_', '+/'), 96, '='), 'base64') AS bytes) b,
	generate_series(0, 70 * 8 - 1) n GROUP BY 1;
SELECT refresh(:'first'::jsonb ->> 'refreshToken') AS itself;

-- out of time, its own or its session's; its agent disabled; its session ended
SELECT agent_access_token('olga@example.com', 'correct horse battery') AS first \gset
BEGIN;
SELECT age_session(:'first', '31 days');
SELECT refresh(:'first'::jsonb ->> 'refreshToken');
ROLLBACK;
BEGIN;
UPDATE agent_auth.session SET expires_at = now();
SELECT refresh(:'first'::jsonb ->> 'refreshToken');
ROLLBACK;
BEGIN;
SELECT agent_auth.disable_agent('olga@example.com');
SELECT refresh(:'first'::jsonb ->> 'refreshToken');
ROLLBACK;
BEGIN;
UPDATE agent_auth.agent SET active = false;
SELECT refresh(:'first'::jsonb ->> 'refreshToken');
ROLLBACK;
BEGIN;
SELECT agent_auth.end_session((claims(:'first'::jsonb ->> 'accessToken') ->> 'sid')::uuid);
SELECT refresh(:'first'::jsonb ->> 'refreshToken'), agent_auth.verify(:'first'::jsonb ->> 'accessToken') IS NOT NULL AS good;
SELECT agent_auth.end_session((claims(:'first'::jsonb ->> 'accessToken') ->> 'sid')::uuid) AS again,
	agent_auth.end_session('00000000-0000-0000-0000-000000000000') AS unknown;
SELECT event, username, session_id IS NOT NULL AS session FROM agent_auth.audit ORDER BY id DESC LIMIT 1;
ROLLBACK;
BEGIN;
SELECT agent_auth.end_sessions('OLGA@example.com') > 0 AS ended;
SELECT refresh(:'first'::jsonb ->> 'refreshToken');
SELECT agent_auth.end_sessions('OLGA@example.com') AS again;
ROLLBACK;
SELECT agent_auth.end_session(NULL);
SELECT agent_auth.end_sessions('nobody@example.com');
SELECT refresh(:'first'::jsonb ->> 'refreshToken');

-- an old key verifies, until the last of its tokens has expired
SELECT agent_access_token('olga@example.com', 'correct horse battery') AS first \gset
SELECT agent_auth.rotate_refresh_key();
SELECT refresh(:'first'::jsonb ->> 'refreshToken');
BEGIN;
UPDATE agent_auth.refresh_key SET retired_at = now() - interval '31 days' WHERE retired_at IS NOT NULL;
SELECT refresh(:'first'::jsonb ->> 'refreshToken');
ROLLBACK;

-- over HTTP: the order of checks, and the document
CREATE TEMP TABLE refreshing (id int GENERATED ALWAYS AS IDENTITY, what text, headers jsonb, body text);
INSERT INTO refreshing (what, headers, body) VALUES
('no attributes', '{}', '{"data":{"type":"refresh-tokens"}}'),
('another type', '{}', '{"data":{"type":"agent-access-tokens","attributes":{}}}'),
('missing', '{}', '{"data":{"type":"refresh-tokens","attributes":{}}}'),
('missing, bad agent token', '{"x-agent-authorization":"Bearer x"}', '{"data":{"type":"refresh-tokens","attributes":{}}}'),
('missing, bad token', '{"authorization":"Bearer x"}', '{"data":{"type":"refresh-tokens","attributes":{}}}'),
('empty', '{}', '{"data":{"type":"refresh-tokens","attributes":{"refreshToken":""}}}'),
('null', '{}', '{"data":{"type":"refresh-tokens","attributes":{"refreshToken":null}}}'),
('a number', '{}', '{"data":{"type":"refresh-tokens","attributes":{"refreshToken":1}}}'),
('bad', '{}', '{"data":{"type":"refresh-tokens","attributes":{"refreshToken":"aart_x"}}}');
SELECT what, h.status, h.headers - 'Content-Type' - 'X-Content-Type-Options' AS headers, convert_from(h.body, 'UTF8') AS body
FROM refreshing r, LATERAL agent_auth.http('POST', '/refresh-tokens', r.headers, convert_to(r.body, 'UTF8'), NULL) h ORDER BY r.id;
SELECT agent_access_token('olga@example.com', 'correct horse battery') AS first \gset
SELECT h.status, h.headers, regexp_replace(convert_from(h.body, 'UTF8'), '"(accessToken|refreshToken)":"[^"]*"', '"\1":"..."', 'g') AS body
FROM agent_auth.http('POST', '/refresh-tokens', '{"host":"shop.example.com"}', convert_to(format('{"data":{"type":"refresh-tokens","attributes":{"refreshToken":"%s"}}}',
	:'first'::jsonb ->> 'refreshToken'), 'UTF8'), NULL) h;
BEGIN READ ONLY;
SELECT agent_refresh_access_token('x');
ROLLBACK;
SELECT refreshes > 0 AS refreshes, reuse_detections > 0 AS reuse_detections FROM agent_auth.statistics;
DROP TABLE refreshing;
DROP FUNCTION encode_token;
