-- purge(): dead sessions and old audit rows go, a batch a call; nothing else does.
SELECT agent_auth.create_agent('tina@example.com', 'correct horse battery') AS tina \gset
SELECT fresh('tina@example.com') AS alive \gset
SELECT fresh('tina@example.com') AS parent \gset
SELECT fresh('tina@example.com') AS child \gset
SELECT impersonate(:'child', :'parent');
SELECT fresh('tina@example.com') AS over \gset
SELECT fresh('tina@example.com') AS lately \gset
SELECT count(agent_auth.end_session(sid(r))) FROM (VALUES (:'parent'::jsonb), (:'lately')) v(r);
UPDATE agent_auth.session SET ended_at = now() - interval '31 days' WHERE id IN (sid(:'parent'), sid(:'child'));
UPDATE agent_auth.session SET expires_at = now() - interval '31 days' WHERE id = sid(:'over');
SELECT agent_auth.verify(:'alive'::jsonb ->> 'accessToken') IS NOT NULL AS warm;
SELECT agent_auth.purge() > 0 AS purged;
SELECT agent_auth.purge() AS again;
SELECT count(*) FILTER (WHERE id = sid(:'alive')) AS alive, count(*) FILTER (WHERE id = sid(:'lately')) AS lately, count(*) AS n FROM agent_auth.session WHERE agent_id = :tina;
SELECT good(:'alive') AS alive;
SELECT event, detail - 'session_user' - 'role' - 'rows' AS detail, agent_id FROM agent_auth.audit ORDER BY id DESC LIMIT 1;

-- the trail, oldest first; no row that is younger goes
SET session_replication_role = replica;
ALTER TABLE agent_auth.audit DISABLE TRIGGER audit_is_append_only;
UPDATE agent_auth.audit SET at = now() - interval '2 years' WHERE id IN (SELECT id FROM agent_auth.audit ORDER BY id LIMIT 25);
ALTER TABLE agent_auth.audit ENABLE ALWAYS TRIGGER audit_is_append_only;
RESET session_replication_role;
SELECT count(*) AS audit, min(id) AS first FROM agent_auth.audit \gset
SELECT agent_auth.purge('1 year', 10), agent_auth.purge('1 year', 10), agent_auth.purge('1 year', 10), agent_auth.purge('1 year', 10);
SELECT :audit + 3 - count(*) AS gone, min(id) - :first AS passed FROM agent_auth.audit;	-- and three acts of purging were added

-- arguments
\set VERBOSITY terse
SELECT agent_auth.purge('-1 day');
SELECT agent_auth.purge('23 hours');
SELECT agent_auth.purge('1 day', 0);
SELECT agent_auth.purge(NULL);
SELECT agent_auth.purge('1 day', NULL);
