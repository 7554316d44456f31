-- verify(): the claims of a good token, NULL for any other; remembered, and
-- forgotten when something dies.
CREATE FUNCTION hits() RETURNS bigint LANGUAGE sql AS 'SELECT cache_hits FROM agent_auth.statistics';
SELECT agent_auth.unlock_agent('maria@example.com');
SELECT token() AS token \gset
SELECT agent_auth.verify(:'token') = claims(:'token')::jsonb AS same;
SELECT agent_auth.verify(NULL) IS NULL AS null, agent_auth.verify('') IS NULL AS empty, agent_auth.verify('a.b.c') IS NULL AS nonsense,
	agent_auth.verify(:'token' || 'A') IS NULL AS longer, agent_auth.verify(left(:'token', -1)) IS NULL AS shorter,
	agent_auth.verify('x' || :'token') IS NULL AS shifted;

-- the columns that the library reads by number (standing.c)
SELECT attrelid::regclass AS relation, attname, attnum FROM pg_attribute
WHERE (attrelid, attname) IN (('agent_auth.session'::regclass, 'id'), ('agent_auth.session'::regclass, 'agent_id'), ('agent_auth.session'::regclass, 'parent_id'),
	('agent_auth.session'::regclass, 'customer_reference'), ('agent_auth.session'::regclass, 'refreshed_at'), ('agent_auth.session'::regclass, 'expires_at'), ('agent_auth.session'::regclass, 'ended_at'),
	('agent_auth.agent'::regclass, 'id'), ('agent_auth.agent'::regclass, 'active')) ORDER BY attrelid, attnum;

-- remembered: the second time is a hit
SELECT hits() AS before \gset
SELECT count(agent_auth.verify(:'token')) FROM generate_series(1, 10);
SELECT hits() - :before AS hits;
-- as a whole: one with the same end is another
SELECT agent_auth.verify('A' || substr(:'token', 2)) IS NULL AS refused, hits() - :before AS hits;
-- only as many as the setting says
SELECT string_agg(token(), ' ') AS many FROM generate_series(1, 6) \gset
SET agent_auth.token_cache_size = 4;
SELECT hits() AS before \gset
SELECT count(agent_auth.verify(t)) FROM generate_series(1, 3), string_to_table(:'many', ' ') t;
SELECT hits() - :before AS hits_in_a_cycle_of_six;
SELECT count(agent_auth.verify(split_part(:'many', ' ', 1))), count(agent_auth.verify(split_part(:'many', ' ', 2))) FROM generate_series(1, 3);
SELECT hits() - :before AS hits_with_two;
SET agent_auth.token_cache_size = 0;
SELECT hits() AS before \gset
SELECT count(agent_auth.verify(:'token')) FROM generate_series(1, 3);
SELECT hits() - :before AS hits;
RESET agent_auth.token_cache_size;

-- what dies, dies in the next statement, and what was rolled back lives
SELECT agent_auth.verify(:'token') IS NOT NULL AS good;
BEGIN;
UPDATE agent_auth.session SET ended_at = now() WHERE id = (claims(:'token') ->> 'sid')::uuid;
SELECT agent_auth.verify(:'token') IS NOT NULL AS good;
ROLLBACK;
SELECT agent_auth.verify(:'token') IS NOT NULL AS good;
BEGIN;
SELECT agent_auth.disable_agent('maria@example.com');
SELECT agent_auth.verify(:'token') IS NOT NULL AS good;
SAVEPOINT s;
SELECT agent_auth.enable_agent('maria@example.com');
SELECT agent_auth.verify(:'token') IS NOT NULL AS good_when_ended;
ROLLBACK;
SELECT agent_auth.verify(:'token') IS NOT NULL AS good;
BEGIN;
DELETE FROM agent_auth.session;
SELECT agent_auth.verify(:'token') IS NOT NULL AS good;
ROLLBACK;
BEGIN;
DELETE FROM agent_auth.agent;
SELECT agent_auth.verify(:'token') IS NOT NULL AS good_without_agent;
ROLLBACK;
BEGIN;
TRUNCATE agent_auth.session;
SELECT agent_auth.verify(:'token') IS NOT NULL AS good;
ROLLBACK;
BEGIN;
SET LOCAL session_replication_role = replica;
UPDATE agent_auth.session SET ended_at = now();
SELECT agent_auth.verify(:'token') IS NOT NULL AS good;
ROLLBACK;
SELECT agent_auth.verify(:'token') IS NOT NULL AS good;
SET agent_auth.audience = 'another';
SELECT agent_auth.verify(:'token') IS NOT NULL AS good;
RESET agent_auth.audience;

-- the session's own end is looked at too, by a token that is remembered
BEGIN;
UPDATE agent_auth.session SET expires_at = clock_timestamp() + interval '3 s' WHERE id = (claims(:'token') ->> 'sid')::uuid;
COMMIT;
SELECT agent_auth.verify(:'token') IS NOT NULL AS good;
SELECT pg_sleep(3.1);
SELECT agent_auth.verify(:'token') IS NOT NULL AS good;
UPDATE agent_auth.session SET expires_at = clock_timestamp() + interval '1 day' WHERE id = (claims(:'token') ->> 'sid')::uuid;
SELECT agent_auth.verify(:'token') IS NOT NULL AS good;

-- a session that was never committed is not remembered
BEGIN;
SELECT token() AS unborn \gset
SELECT agent_auth.verify(:'unborn') IS NOT NULL AS good;
ROLLBACK;
SELECT agent_auth.verify(:'unborn') IS NOT NULL AS good;
BEGIN;
SAVEPOINT s;
SELECT token() AS unborn \gset
SELECT agent_auth.verify(:'unborn') IS NOT NULL AS good;
ROLLBACK TO s;
SELECT agent_auth.verify(:'unborn') IS NOT NULL AS good;
COMMIT;

-- out of its time, remembered or not
SET agent_auth.access_token_ttl = 4;
SELECT token() AS brief \gset
RESET agent_auth.access_token_ttl;
SELECT agent_auth.verify(:'brief') IS NOT NULL AS good;
SELECT pg_sleep(4.1);
SELECT agent_auth.verify(:'brief') IS NOT NULL AS good;

-- whoever is granted it needs no more, on any search_path
CREATE ROLE regress_agent_auth_app;
GRANT USAGE ON SCHEMA agent_auth TO regress_agent_auth_app;
GRANT EXECUTE ON FUNCTION agent_auth.verify TO regress_agent_auth_app;
SELECT token() AS fresh \gset
SET ROLE regress_agent_auth_app;
CREATE TEMP TABLE session (id uuid);
SET search_path = pg_temp, pg_catalog;
SELECT agent_auth.verify(:'fresh') ->> 'aud' AS aud, current_user;
SELECT 1 FROM agent_auth.session;
RESET search_path;
RESET ROLE;
-- in a read-only transaction, and in parallel
BEGIN READ ONLY;
SELECT agent_auth.verify(:'fresh') ->> 'aud' AS aud;
COMMIT;
BEGIN;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
CREATE TABLE many AS SELECT n FROM generate_series(1, 1000) n;
COMMIT;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT count(*) FROM many WHERE agent_auth.verify(:'fresh' || left(n::text, 0)) IS NOT NULL;
-- the leader too remembers, for as long as its query runs, and no longer
SET max_parallel_workers = 0;
SELECT token() AS cold \gset
SELECT hits() AS before \gset
SELECT count(*) FROM many WHERE agent_auth.verify(:'cold' || left(n::text, 0)) IS NOT NULL;
SELECT hits() - :before AS hits;
SELECT agent_auth.end_session((claims(:'cold') ->> 'sid')::uuid);
SELECT count(*) FROM many WHERE agent_auth.verify(:'cold' || left(n::text, 0)) IS NOT NULL;
RESET max_parallel_workers;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
DROP TABLE many;
DROP OWNED BY regress_agent_auth_app;
DROP ROLE regress_agent_auth_app;
DROP FUNCTION hits;
