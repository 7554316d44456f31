-- Who acts: until the transaction ends, whatever ends it, and no longer.
CREATE FUNCTION actor() RETURNS text LANGUAGE sql AS
	$$ SELECT coalesce((SELECT username FROM agent_auth.agent WHERE id = agent_auth.current_agent_id()), 'nobody')
		|| coalesce(' as ' || agent_auth.current_customer_reference(), '')
		|| CASE WHEN agent_auth.is_impersonating() THEN ' (impersonating)' ELSE '' END $$;
SELECT agent_auth.unlock_agent('maria@example.com');
SELECT agent_auth.create_agent('olga@example.com', 'correct horse battery') > 0 AS created;
SELECT token() AS maria \gset
SELECT agent_access_token('olga@example.com', 'correct horse battery') ->> 'accessToken' AS olga \gset
SELECT actor(), agent_auth.current_session_id();

BEGIN;
SELECT agent_auth.set_token(:'maria');
SELECT actor(), agent_auth.current_session_id() = (claims(:'maria') ->> 'sid')::uuid AS session;
COMMIT;
SELECT actor();
BEGIN;
SELECT agent_auth.set_token(:'maria');
ROLLBACK;
SELECT actor();
BEGIN;
SELECT agent_auth.set_token(:'maria');
SELECT 1 / 0;
ROLLBACK;
SELECT actor();
-- a statement of its own is a transaction of its own
SELECT agent_auth.set_token(:'maria');
SELECT actor();

-- a bad token is an error, and changes nothing
\set VERBOSITY sqlstate
SELECT agent_auth.set_token('x') \g /dev/null
\set VERBOSITY default
SELECT agent_auth.set_token(NULL);
BEGIN;
SELECT agent_auth.set_token(:'maria');
SAVEPOINT s;
SELECT agent_auth.set_token('x');
ROLLBACK TO s;
SELECT actor();
COMMIT;

-- savepoints bring back who acted before
BEGIN;
SAVEPOINT a;
SELECT agent_auth.set_token(:'maria');
SAVEPOINT b;
SELECT agent_auth.set_token(:'olga');
SELECT actor();
ROLLBACK TO b;
SELECT actor();
SAVEPOINT c;
SELECT agent_auth.set_token(:'olga');
RELEASE c;
SELECT actor();
ROLLBACK TO a;
SELECT actor();
COMMIT;
DO $$
BEGIN
	BEGIN
		PERFORM agent_auth.set_token(current_setting('test.token', true));
	EXCEPTION WHEN invalid_authorization_specification THEN
		RAISE NOTICE '%', actor();
	END;
END
$$;

-- a token that dies within the transaction: an error, since nobody may do what an agent may not
CREATE FUNCTION acts(token text, death text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM agent_auth.set_token(token);
	EXECUTE death;
	RETURN actor();
EXCEPTION WHEN invalid_authorization_specification THEN
	RETURN SQLERRM;
END
$$;
SELECT death, acts(:'olga', death) FROM unnest(ARRAY['SELECT 1', $$SELECT agent_auth.disable_agent('olga@example.com')$$,
	$$UPDATE agent_auth.agent SET active = false WHERE username LIKE 'olga%'$$,
	$$SELECT agent_auth.end_sessions('olga@example.com')$$, 'UPDATE agent_auth.session SET expires_at = clock_timestamp()',
	'DELETE FROM agent_auth.session', 'UPDATE agent_auth.signing_key SET revoked_at = now() WHERE revoked_at IS NULL',
	$$UPDATE agent_auth.agent SET auditor = true WHERE username LIKE 'olga%'$$]) death;
BEGIN;
SELECT agent_auth.set_token(:'maria');
SAVEPOINT a;
SELECT agent_auth.set_token(:'olga');
UPDATE agent_auth.agent SET active = false WHERE username = 'olga@example.com';
\set SHOW_CONTEXT never
SELECT actor();
ROLLBACK TO a;
SELECT actor();
SELECT agent_auth.set_token(:'olga');
SELECT actor();
ROLLBACK;
-- and one whose time is over, also when nothing else has changed
CREATE FUNCTION outlives() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	acted boolean = false;
BEGIN
	PERFORM set_config('agent_auth.access_token_ttl', '2', true);
	FOR i IN 1..50 LOOP
		BEGIN
			PERFORM agent_auth.set_token(agent_access_token('olga@example.com', 'correct horse battery') ->> 'accessToken');
			FOR j IN 1..100 LOOP
				acted = actor() = 'olga@example.com' OR acted;
				PERFORM pg_sleep(0.1);
			END LOOP;
			RETURN 'outlives its token';
		EXCEPTION WHEN invalid_authorization_specification THEN
			IF acted THEN
				RETURN SQLERRM;
			END IF;
		END;
	END LOOP;
END
$$;
SELECT outlives();
DROP FUNCTION acts, outlives;

-- row-level security
CREATE ROLE regress_agent_auth_app;
GRANT USAGE ON SCHEMA agent_auth TO regress_agent_auth_app;
GRANT EXECUTE ON FUNCTION agent_auth.set_token, agent_auth.current_agent_id TO regress_agent_auth_app;
CREATE TABLE note (agent_id bigint, words text);
INSERT INTO note SELECT id, username || ' was here' FROM agent_auth.agent WHERE username IN ('olga@example.com', 'Maria@Example.com');
ALTER TABLE note ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON note USING (agent_id = (SELECT agent_auth.current_agent_id()));
GRANT SELECT ON note TO regress_agent_auth_app;
SET ROLE regress_agent_auth_app;
SELECT words FROM note;
BEGIN;
SELECT agent_auth.set_token(:'olga');
SELECT words FROM note;
COMMIT;
SELECT words FROM note;
RESET ROLE;

-- the claims that PostgREST has verified: only where they are trusted, and only of a live session
SELECT set_config('request.jwt.claims', claims(:'maria')::text, false) IS NOT NULL AS claims;
SELECT actor();
SET agent_auth.trust_request_claims = on;
SELECT actor();
SELECT agent_auth.set_token(:'olga'), actor();
SELECT agent_auth.disable_agent('maria@example.com');
SELECT actor();
SELECT agent_auth.enable_agent('maria@example.com');
SELECT set_config('request.jwt.claims', claims, false) AS claims, actor() FROM unnest(ARRAY['', 'x', '[]', '{}', '{"sid":1}', '{"sid":"x"}',
	'{"sid":"00000000-0000-0000-0000-000000000000"}', '{"sid":"000000000000-0000-0000-000000000000--"}']) claims;
SELECT set_config('request.jwt.claims', regexp_replace(claims(:'olga')::text, '("sid":"[^"]*)', '\1' || rest), false) IS NOT NULL AS claims, actor() FROM unnest(ARRAY['a', 'ff', '0', '-', 'x', ' ']) rest;
SELECT set_config('request.jwt.claims', claims(:'olga')::text, false) IS NOT NULL AS claims;
SELECT actor();
UPDATE agent_auth.session SET expires_at = clock_timestamp() + interval '3 s' WHERE id = (claims(:'olga') ->> 'sid')::uuid;
SELECT actor();
SELECT pg_sleep(3.1);
SELECT actor() AS when_the_session_is_over;
UPDATE agent_auth.session SET expires_at = clock_timestamp() + interval '1 day' WHERE id = (claims(:'olga') ->> 'sid')::uuid;
SET ROLE regress_agent_auth_app;
SELECT words FROM note;
SET agent_auth.trust_request_claims = on;
RESET ROLE;
RESET agent_auth.trust_request_claims;
SELECT set_config('request.jwt.claims', '', false);
DROP TABLE note;
DROP OWNED BY regress_agent_auth_app;
DROP ROLE regress_agent_auth_app;
DROP FUNCTION actor;
