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

-- the trail goes seal by seal, the oldest first; no row that is younger goes
CREATE PROCEDURE seal_all() LANGUAGE plpgsql AS $$
BEGIN	-- transactions of others, such as autovacuum's, are waited for
	PERFORM agent_auth.audit_seal();
	COMMIT;
	WHILE (SELECT unsealed_rows FROM agent_auth.audit_verify()) > 0 LOOP
		PERFORM pg_sleep(0.01), agent_auth.audit_seal();
		COMMIT;
	END LOOP;
END $$;
CREATE PROCEDURE age_unsealed() LANGUAGE plpgsql AS $$
BEGIN
	ALTER TABLE agent_auth.audit DISABLE TRIGGER audit_is_append_only;
	UPDATE agent_auth.audit SET at = now() - interval '2 years' WHERE transaction_id >= (SELECT coalesce(max(until_transaction::text::bigint), 0)::text::xid8 FROM agent_auth.audit_seal);
	ALTER TABLE agent_auth.audit ENABLE ALWAYS TRIGGER audit_is_append_only;
END $$;
ALTER TABLE agent_auth.audit_seal DISABLE TRIGGER ALL;
TRUNCATE agent_auth.audit_seal;
ALTER TABLE agent_auth.audit_seal ENABLE ALWAYS TRIGGER audit_seal_is_append_only;
CALL age_unsealed();
CALL seal_all();
SELECT count(*) AS first FROM agent_auth.audit \gset
SELECT count(fresh('tina@example.com')) FROM generate_series(1, 3);
CALL age_unsealed();
CALL seal_all();
SELECT count(fresh('tina@example.com')) FROM generate_series(1, 2);
CALL seal_all();
SELECT intact, seals >= 3 AS seals, sealed_rows - :first AS rows, unsealed_rows FROM agent_auth.audit_verify();
SELECT agent_auth.purge('1 year', 10) >= 10 AS oldest, intact FROM agent_auth.audit_verify();
CREATE TABLE purged (n bigint);
DO $$ BEGIN FOR i IN 1 .. 20 LOOP INSERT INTO purged SELECT agent_auth.purge('1 year', 1); END LOOP; END $$;
SELECT count(*) FILTER (WHERE n = 3) AS three, count(*) FILTER (WHERE n = 0) > 0 AS done FROM purged;
SELECT count(*) FILTER (WHERE at < now() - interval '1 year') AS old, count(*) FILTER (WHERE event = 'login_succeeded') AS logins FROM agent_auth.audit;
CALL seal_all();
SELECT intact, complaint, unsealed_rows FROM agent_auth.audit_verify();
DROP TABLE purged;
DROP PROCEDURE age_unsealed;

-- not by what was committed long ago
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT agent_auth.purge();
ROLLBACK;

-- arguments
\set VERBOSITY terse
SELECT agent_auth.purge('-1 day');
SELECT agent_auth.purge('23 hours');
SELECT agent_auth.purge('1 day', 0);
SELECT agent_auth.purge(NULL);
SELECT agent_auth.purge('1 day', NULL);
