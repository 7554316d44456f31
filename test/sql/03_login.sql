-- Logging in over SQL: what comes back, what is written, what is not told.

-- no key yet: a fault of the server, which says to its operator what to do
SELECT agent_access_token('maria@example.com', 'correct horse battery');
SELECT count(*) FROM agent_auth.signing_key;

SELECT length(agent_auth.rotate_signing_key()) AS kid_length;
CREATE FUNCTION claims(token text) RETURNS json LANGUAGE sql AS
	$$ SELECT convert_from(decode(rpad(translate(p, '-_', '+/'), (length(p) + 3) / 4 * 4, '='), 'base64'), 'UTF8')::json
	   FROM split_part(token, '.', 2) p $$;
CREATE FUNCTION header(token text) RETURNS json LANGUAGE sql AS
	$$ SELECT convert_from(decode(rpad(translate(p, '-_', '+/'), (length(p) + 3) / 4 * 4, '='), 'base64'), 'UTF8')::json
	   FROM split_part(token, '.', 1) p $$;

SELECT agent_access_token('maria@example.com', 'correct horse battery') AS record \gset
SELECT key, CASE WHEN key LIKE '%Token' THEN '...' ELSE value::text END AS value
FROM jsonb_each(:'record') ORDER BY key;
SELECT :'record'::jsonb ->> 'accessToken' AS token \gset
SELECT json_object_keys(header(:'token')) AS header;
SELECT header(:'token') ->> 'kid' = kid AS kid_is_current FROM agent_auth.signing_key;
SELECT json_object_keys(claims(:'token')) AS claim;
SELECT claims(:'token') ->> 'aud' AS aud,
	claims(:'token') ->> 'jti' ~ '^[0-9a-f]{80}$' AS jti,
	(claims(:'token') ->> 'iat')::bigint - extract(epoch FROM now())::bigint BETWEEN -5 AND 5 AS iat,
	claims(:'token') ->> 'iat' = claims(:'token') ->> 'nbf' AS nbf,
	(claims(:'token') ->> 'exp')::bigint - (claims(:'token') ->> 'iat')::bigint AS lifetime,
	claims(:'token') -> 'scopes' AS scopes,
	json_typeof(claims(:'token') -> 'sub') AS sub_type;
SELECT regexp_replace(claims(:'token') ->> 'sub', '"id_agent":\d+', '"id_agent":N') AS sub;
SELECT kind, generation, expires_at - created_at AS lifetime, ended_at, peer, user_agent
FROM agent_auth.session WHERE id = (claims(:'token') ->> 'sid')::uuid;
SELECT :'record'::jsonb ->> 'refreshToken' ~ '^aart_[A-Za-z0-9_-]+$' AS refresh_token;

-- the name as anybody would type it
SELECT agent_access_token(E' MARIA@example.com\n', 'correct horse battery') ? 'accessToken' AS ok;

-- every failure is the same, also to PostgREST
SELECT agent_auth.create_agent('disabled@example.com', 'correct horse battery') > 0 AS created;
SELECT agent_auth.disable_agent('disabled@example.com');
BEGIN;
SELECT agent_access_token(username, password), count(*)
FROM (VALUES ('maria@example.com', 'wrong'), ('maria@example.com', ''), ('maria@example.com', NULL),
	('maria@example.com', 'correct horse battery '), ('maria@example.com', repeat('x', 73)),
	('nobody@example.com', 'correct horse battery'), ('', 'correct horse battery'), (NULL, NULL),
	('disabled@example.com', 'correct horse battery'), (repeat('n', 100000), 'wrong')) v(username, password)
GROUP BY 1;
SELECT current_setting('response.status', true) AS status, current_setting('response.headers', true) AS headers;
COMMIT;
SELECT agent_auth.unlock_agent('maria@example.com');

-- a password of 72 bytes is compared to its end
SELECT agent_access_token('exactly72', repeat('x', 72)) ? 'accessToken' AS ok,
	agent_access_token('exactly72', repeat('x', 71)) ? 'accessToken' AS shorter,
	agent_access_token('exactly72', repeat('x', 73)) ? 'accessToken' AS longer;

-- hashes from elsewhere, as each writes $2a$, $2b$, $2y$
SELECT prefix, agent_access_token('imported' || prefix, 'U*U*') ? 'accessToken' AS ok,
	agent_access_token('imported' || prefix, 'U*U') ? 'accessToken' AS wrong
FROM unnest(ARRAY['$2a$', '$2b$', '$2y$']) prefix;

-- a cheap hash is replaced at the next good login, and only then
SET agent_auth.bcrypt_cost = 6;
SELECT agent_access_token('imported$2y$', 'wrong') ? 'accessToken' AS ok;
SELECT agent_auth.password_cost(password_hash) FROM agent_auth.agent WHERE username = 'imported$2y$';
SELECT agent_access_token('imported$2y$', 'U*U*') ? 'accessToken' AS ok;
SELECT agent_auth.password_cost(password_hash) FROM agent_auth.agent WHERE username = 'imported$2y$';
SELECT password_hash AS before FROM agent_auth.agent WHERE username = 'imported$2y$' \gset
SELECT agent_access_token('imported$2y$', 'U*U*') ? 'accessToken' AS ok;
SELECT password_hash = :'before' AS the_same FROM agent_auth.agent WHERE username = 'imported$2y$';
SET agent_auth.bcrypt_cost = 5;
SELECT agent_access_token('imported$2y$', 'U*U*') ? 'accessToken' AS ok;
SELECT password_hash = :'before' AS the_same FROM agent_auth.agent WHERE username = 'imported$2y$';
RESET agent_auth.bcrypt_cost;

-- pgcrypto's own functions are called, whatever else has their name or is the extension's
CREATE SCHEMA elsewhere;
CREATE FUNCTION elsewhere.crypt(text, text) RETURNS text LANGUAGE sql AS $$ SELECT rpad($2, 60, 'x') $$;
CREATE FUNCTION elsewhere.gen_salt(text, integer) RETURNS text LANGUAGE sql AS $$ SELECT '$2a$04$CCCCCCCCCCCCCCCCCCCCC.' $$;
ALTER FUNCTION elsewhere.crypt DEPENDS ON EXTENSION pgcrypto;
ALTER FUNCTION elsewhere.gen_salt DEPENDS ON EXTENSION pgcrypto;
\c -
SELECT agent_access_token('maria@example.com', 'correct horse battery') ? 'accessToken' AS ok, agent_access_token('maria@example.com', 'wrong') ? 'accessToken' AS wrong;
ALTER FUNCTION elsewhere.crypt NO DEPENDS ON EXTENSION pgcrypto;
ALTER FUNCTION elsewhere.gen_salt NO DEPENDS ON EXTENSION pgcrypto;
ALTER EXTENSION pgcrypto ADD FUNCTION elsewhere.crypt(text, text);
ALTER EXTENSION pgcrypto ADD FUNCTION elsewhere.gen_salt(text, integer);
ALTER FUNCTION public.crypt(text, text) RENAME TO other;
\c -
SELECT agent_access_token('maria@example.com', 'correct horse battery') ? 'accessToken' AS ok, agent_access_token('maria@example.com', 'wrong') ? 'accessToken' AS wrong;
SELECT agent_auth.create_agent('salted', 'correct horse battery') > 0 AS created;
SELECT password_hash LIKE '$2a$04$CCC%' AS salted FROM agent_auth.agent WHERE username = 'salted';
ALTER FUNCTION public.other RENAME TO crypt;
ALTER EXTENSION pgcrypto DROP FUNCTION elsewhere.crypt(text, text);
ALTER EXTENSION pgcrypto DROP FUNCTION elsewhere.gen_salt(text, integer);
DROP SCHEMA elsewhere CASCADE;

-- a new password ends the sessions, as disabling does
SELECT agent_auth.set_password('imported$2y$', 'a new long password');
SELECT agent_access_token('imported$2y$', 'U*U*') ? 'accessToken' AS old,
	agent_access_token('imported$2y$', 'a new long password') ? 'accessToken' AS new;
SELECT end_reason, count(*) FROM agent_auth.session s JOIN agent_auth.agent a ON a.id = s.agent_id
WHERE a.username = 'imported$2y$' GROUP BY 1 ORDER BY 1;
SELECT agent_auth.disable_agent('imported$2y$');
SELECT end_reason, count(*) FROM agent_auth.session s JOIN agent_auth.agent a ON a.id = s.agent_id
WHERE a.username = 'imported$2y$' GROUP BY 1 ORDER BY 1;

-- what the tokens look like is for settings to say
SET agent_auth.subject_format = 'urn';
SET agent_auth.issuer = 'https://shop.example.com';
SET agent_auth.audience = 'back office';
SET agent_auth.agent_role = 'agent';
SET agent_auth.issue_time_claims = off;
SET agent_auth.access_token_ttl = '5min';
SELECT agent_access_token('maria@example.com', 'correct horse battery') AS record \gset
SELECT :'record'::jsonb -> 'expiresIn' AS expires_in;
SELECT key, CASE WHEN key IN ('exp', 'jti', 'sid') THEN '...' ELSE regexp_replace(value::text, '\d+', 'N') END AS value
FROM json_each(claims(:'record'::jsonb ->> 'accessToken'));
-- no longer than the session
SET agent_auth.session_max_lifetime = '1min';
SELECT (agent_access_token('maria@example.com', 'correct horse battery') -> 'expiresIn')::int BETWEEN 59 AND 60 AS expires_in;
RESET agent_auth.subject_format;
RESET agent_auth.issuer;
RESET agent_auth.audience;
RESET agent_auth.agent_role;
RESET agent_auth.issue_time_claims;
RESET agent_auth.access_token_ttl;
RESET agent_auth.session_max_lifetime;

-- the trail: successes with their session, failures without what was typed
SELECT event, username, session_id IS NOT NULL AS has_session, count(*)
FROM agent_auth.audit WHERE event LIKE 'login%' GROUP BY 1, 2, 3
ORDER BY event, username COLLATE "C" NULLS FIRST, 3;
SELECT count(*) AS secrets FROM agent_auth.audit a WHERE a::text ~ 'correct horse|aart_|eyJ|\$2[aby]\$0|wrong';

-- read-only: refused before any credential is looked at
BEGIN READ ONLY;
SELECT agent_access_token('maria@example.com', 'correct horse battery');
ROLLBACK;
BEGIN READ ONLY;
SELECT agent_access_token('maria@example.com', 'wrong');
ROLLBACK;
