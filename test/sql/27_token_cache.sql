-- What a backend remembers of verified tokens: no more bytes than it needs, and it gives back what nobody uses.
SELECT agent_auth.create_agent('cache@example.com', 'correct horse battery') > 0 AS created;
CREATE TABLE remembered AS SELECT agent_access_token('cache@example.com', 'correct horse battery') ->> 'accessToken' AS token FROM generate_series(1, 400);
CREATE VIEW memory AS SELECT sum(total_bytes) AS bytes FROM pg_backend_memory_contexts WHERE name = 'agent_auth verified tokens';
SELECT count(agent_auth.verify(token)) FROM remembered;
SELECT bytes / 400 < 1800 AS little FROM memory;
SELECT cache_hits AS before FROM agent_auth.statistics \gset
SELECT count(agent_auth.verify(token)) FROM remembered;
SELECT cache_hits - :before AS remembered FROM agent_auth.statistics;
-- used once in a while, it stays; the others go
SET agent_auth.token_cache_idle = 1;
SELECT pg_sleep(1.1);
SELECT agent_auth.verify(token) IS NOT NULL AS good FROM remembered LIMIT 1;
SELECT pg_sleep(1.1);
SELECT cache_hits AS before FROM agent_auth.statistics \gset
SELECT agent_auth.verify(token) IS NOT NULL AS good FROM remembered LIMIT 1;
SELECT cache_hits - :before AS remembered, bytes < 60000 AS given_back FROM agent_auth.statistics, memory;
SELECT count(agent_auth.verify(token)) FROM remembered;
RESET agent_auth.token_cache_idle;
DROP VIEW memory;
DROP TABLE remembered;
