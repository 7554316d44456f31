-- Signing keys: three algorithms, rotation, revocation, what is stored.
\set VERBOSITY terse
SELECT agent_auth.rotate_signing_key('HS256');
SELECT agent_auth.rotate_signing_key('none');
SELECT agent_auth.rotate_signing_key('rs256');
SELECT agent_auth.rotate_signing_key('RS256', 1024);
SELECT agent_auth.rotate_signing_key('RS256', 8192);
SELECT agent_auth.rotate_signing_key('RS256', 2049);
SELECT agent_auth.revoke_signing_key('no such key');
SELECT count(*) FROM agent_auth.signing_key;

CREATE FUNCTION http_status(token text) RETURNS text LANGUAGE sql AS
	$$ SELECT status || coalesce(' ' || (convert_from(body, 'UTF8')::json #>> '{errors,0,code}'), '')
	   FROM agent_auth.http('POST', '/agent-access-tokens',
		jsonb_build_object('x-agent-authorization', 'Bearer ' || token),
		'{"data":{"type":"agent-access-tokens","attributes":{"username":"maria@example.com","password":"correct horse battery"}}}', NULL) $$;
CREATE FUNCTION token() RETURNS text LANGUAGE sql AS
	$$ SELECT agent_access_token('maria@example.com', 'correct horse battery') ->> 'accessToken' $$;

SELECT token() AS rs256 \gset
SELECT agent_auth.rotate_signing_key('ES256') AS es256_kid \gset
SELECT token() AS es256 \gset
SELECT agent_auth.rotate_signing_key('EdDSA') AS eddsa_kid \gset
SELECT token() AS eddsa \gset
SELECT agent_auth.rotate_signing_key('RS256', 3072) AS rs256_3072_kid \gset
SELECT token() AS rs256_3072 \gset
SELECT algorithm, retired_at IS NULL AS current, length(kid) FROM agent_auth.signing_key ORDER BY created_at;
SELECT key ->> 'kty' AS kty, key ->> 'alg' AS alg, key ->> 'crv' AS crv, key ->> 'use' AS use, key ->> 'd' AS d
FROM json_array_elements(agent_jwks() -> 'keys') key;

-- the retired ones verify
SELECT http_status(:'rs256'), http_status(:'es256'), http_status(:'eddsa'), http_status(:'rs256_3072');

-- a revoked one at once, also in a transaction with an old snapshot
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT http_status(:'es256');
SELECT agent_auth.revoke_signing_key(:'es256_kid');
SELECT http_status(:'es256'), http_status(:'eddsa');
ROLLBACK;
SELECT http_status(:'es256');
SELECT agent_auth.revoke_signing_key(:'es256_kid');
SELECT http_status(:'es256'), http_status(:'eddsa');
\set VERBOSITY sqlstate
SELECT agent_auth.revoke_signing_key(:'es256_kid');
\set VERBOSITY terse
SELECT key ->> 'alg' AS alg FROM json_array_elements(agent_jwks() -> 'keys') key;

-- revoking the current key leaves none
SELECT agent_auth.revoke_signing_key(:'rs256_3072_kid');
SELECT token();
SELECT agent_auth.rotate_signing_key('ES256') IS NOT NULL AS rotated;
SELECT http_status(token());

-- tokens that are almost ours
SELECT token() AS token \gset
SELECT what, http_status(token) FROM (VALUES
	('as it is', :'token'),
	('signature missing', split_part(:'token', '.', 1) || '.' || split_part(:'token', '.', 2) || '.'),
	('signature of another', split_part(:'token', '.', 1) || '.' || split_part(:'token', '.', 2) || '.' || split_part(:'es256', '.', 3)),
	('payload of another', split_part(:'token', '.', 1) || '.' || split_part(:'eddsa', '.', 2) || '.' || split_part(:'token', '.', 3)),
	('header of another', split_part(:'eddsa', '.', 1) || '.' || split_part(:'token', '.', 2) || '.' || split_part(:'token', '.', 3)),
	('alg none', 'eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0.' || split_part(:'token', '.', 2) || '.'),
	('padding', :'token' || '='),
	('one more segment', :'token' || '.e30'),
	('white space', replace(:'token', '.', ' .')),
	('very long', :'token' || repeat('A', 100000)),
	('not a token', 'x'), ('dots', '..'), ('empty segments', '.e30.')) v(what, token);

-- a session that has ended or run out, or whose agent is disabled
SELECT token() AS token \gset
BEGIN;
UPDATE agent_auth.session SET ended_at = now() WHERE ended_at IS NULL;
SELECT http_status(:'token');
ROLLBACK;
BEGIN;
UPDATE agent_auth.session SET expires_at = now() - interval '1 s';
SELECT http_status(:'token');
ROLLBACK;
BEGIN;
DELETE FROM agent_auth.session;
SELECT http_status(:'token');
ROLLBACK;
BEGIN;
UPDATE agent_auth.agent SET active = false;
SELECT http_status(:'token');
ROLLBACK;
SELECT http_status(:'token');
-- or of another audience or issuer
SET agent_auth.audience = 'another';
SELECT http_status(:'token');
RESET agent_auth.audience;
SET agent_auth.issuer = 'https://another.example.com';
SELECT http_status(:'token');
RESET agent_auth.issuer;

-- nothing stored opens without the master key: PKCS #8 would begin with 30
SELECT bool_or(substr(sealed_private_key, 1, 1) = '\x30' AND length(sealed_private_key) < 200) AS plain,
	min(length(sealed_private_key)) > 48 AS sealed FROM agent_auth.signing_key;
SELECT agent_auth.rotate_refresh_key();
SELECT number, length(sealed_key), retired_at IS NULL AS current FROM agent_auth.refresh_key ORDER BY 1;
-- and a sealed key is nobody else's: swapped, it opens no more
BEGIN;
UPDATE agent_auth.signing_key SET sealed_private_key =
	(SELECT sealed_private_key FROM agent_auth.signing_key WHERE algorithm = 'EdDSA')
WHERE retired_at IS NULL AND revoked_at IS NULL;
\set VERBOSITY sqlstate
SELECT regexp_replace(agent_access_token('maria@example.com', 'correct horse battery')::text, 'eyJ.*', '...');
ROLLBACK;
-- without a refresh key a fault is all that a right password and a wrong one get
BEGIN;
DELETE FROM agent_auth.refresh_key;
SAVEPOINT s;
SELECT agent_access_token('maria@example.com', 'correct horse battery') ? 'errors' AS failed;
ROLLBACK TO s;
SELECT agent_access_token('maria@example.com', 'wrong') ? 'errors' AS failed;
ROLLBACK;
SELECT event, detail ? 'kid' AS kid, detail -> 'number' AS number FROM agent_auth.audit WHERE event LIKE '%key%' ORDER BY id;
