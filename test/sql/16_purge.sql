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
-- it leaves the trail as closed as it was
\set VERBOSITY terse
DELETE FROM agent_auth.audit;
\set VERBOSITY default
SELECT count(*) FILTER (WHERE id = sid(:'alive')) AS alive, count(*) FILTER (WHERE id = sid(:'lately')) AS lately, count(*) AS n FROM agent_auth.session WHERE agent_id = :tina;
SELECT good(:'alive') AS alive;
SELECT event, detail - 'session_user' - 'role' - 'rows' AS detail, agent_id FROM agent_auth.audit ORDER BY id DESC LIMIT 1;

-- the trail goes seal by seal, the oldest first; no row that is younger goes
CREATE PROCEDURE seal_all() LANGUAGE plpgsql AS $$
BEGIN	-- transactions of others, such as autovacuum's, are waited for
	PERFORM agent_auth.audit_seal();
	COMMIT;
	FOR i IN 1..10000 LOOP
		EXIT WHEN (SELECT unsealed_rows FROM agent_auth.audit_verify()) = 0;
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
-- a seal of its own on rows that a dump brought
INSERT INTO agent_auth.audit (event, at, system_identifier, transaction_id) SELECT 'brought', now() - interval '2 years', 7, n::text::xid8 FROM generate_series(1, 3) n;
SELECT agent_auth.audit_adopt(7);
SELECT count(fresh('tina@example.com')) FROM generate_series(1, 2);
CALL seal_all();
SELECT intact, seals >= 3 AS seals, sealed_rows - :first AS rows, unsealed_rows FROM agent_auth.audit_verify();
SELECT agent_auth.purge('1 year', 10) >= 10 AS oldest, intact FROM agent_auth.audit_verify();

-- nothing is believed that was not verified: neither a seal nor its rows, how old they are
CREATE FUNCTION launder(what text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	today CONSTANT text := 'SELECT count(*) FROM agent_auth.audit WHERE event = ''login_succeeded''';
	n bigint;
	gone bigint;
	problem text;
BEGIN
	BEGIN
		EXECUTE today INTO gone;
		ALTER TABLE agent_auth.audit DISABLE TRIGGER ALL;
		ALTER TABLE agent_auth.audit_seal DISABLE TRIGGER ALL;
		EXECUTE statement;
		LOOP
			n := agent_auth.purge('1 year');
			EXIT WHEN n = 0;
		END LOOP;
		EXECUTE today INTO n;
		SELECT complaint INTO problem FROM agent_auth.audit_verify();
		RAISE EXCEPTION USING ERRCODE = 'R0000', MESSAGE = format('%s: %s gone, %s', what, gone - n, coalesce(regexp_replace(problem, '\d.*', '...'), 'intact'));
	EXCEPTION WHEN SQLSTATE 'R0000' THEN RETURN SQLERRM;
		WHEN data_corrupted THEN
			GET STACKED DIAGNOSTICS problem = PG_EXCEPTION_DETAIL;
			RETURN format('%s: %s: %s', what, SQLERRM, regexp_replace(problem, '\d.*', '...'));
	END;
END $$;
SELECT launder(what, statement) FROM (VALUES
	('nothing', 'SELECT 1'),
	('seals say that they are old', 'UPDATE agent_auth.audit_seal SET last_at = ''2001-01-01'''),
	('and that they begin so', 'UPDATE agent_auth.audit_seal SET first_at = ''2001-01-01'', last_at = ''2001-01-01'''),
	('the last does', 'UPDATE agent_auth.audit_seal SET last_at = ''2001-01-01'' WHERE number = (SELECT max(number) FROM agent_auth.audit_seal)'),
	('all but the last do', 'UPDATE agent_auth.audit_seal SET last_at = ''2001-01-01'' WHERE number < (SELECT max(number) FROM agent_auth.audit_seal)'),
	('rows say it', 'UPDATE agent_auth.audit SET at = ''2001-01-01'''),
	('rows and seals say it', 'UPDATE agent_auth.audit SET at = ''2001-01-01''; UPDATE agent_auth.audit_seal SET first_at = ''2001-01-01'', last_at = ''2001-01-01'''),
	('an old seal has more transactions', 'UPDATE agent_auth.audit_seal SET until_transaction = (SELECT max(until_transaction::text::bigint) FROM agent_auth.audit_seal)::text::xid8 WHERE number = 1'),
	('seals say that they are purged', 'UPDATE agent_auth.audit_seal SET purged_mac = mac')) v(what, statement);
DROP FUNCTION launder;
\set VERBOSITY terse
DELETE FROM agent_auth.audit;
\set VERBOSITY default
CREATE TABLE purged (n bigint);
DO $$ BEGIN FOR i IN 1 .. 20 LOOP INSERT INTO purged SELECT agent_auth.purge('1 year', 1); END LOOP; END $$;
SELECT count(*) FILTER (WHERE n = 3) AS three, count(*) FILTER (WHERE n = 0) > 0 AS done FROM purged;
SELECT count(*) FILTER (WHERE at < now() - interval '1 year') AS old, count(*) FILTER (WHERE event = 'login_succeeded') AS logins FROM agent_auth.audit;
CALL seal_all();
SELECT intact, complaint, unsealed_rows FROM agent_auth.audit_verify();
DROP TABLE purged;
DROP PROCEDURE age_unsealed;

-- what was purged stays covered: of each server a seal says where its rows ended, and none can be put before
SELECT number, system_identifier = 7 AS brought, purged_mac IS NOT NULL AS purged FROM agent_auth.audit_seal WHERE number < 4 ORDER BY number;
CREATE FUNCTION put(what text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE problem text;
BEGIN
	BEGIN
		ALTER TABLE agent_auth.audit_seal DISABLE TRIGGER ALL;
		EXECUTE statement;
		SELECT complaint INTO problem FROM agent_auth.audit_verify();
		RAISE EXCEPTION USING ERRCODE = 'R0000', MESSAGE = format('%s: %s', what, coalesce(regexp_replace(problem, '\d{4,}', 'N', 'g'), 'not found'));
	EXCEPTION WHEN SQLSTATE 'R0000' THEN RETURN SQLERRM;
	END;
END $$;
SELECT put(what, statement) FROM (VALUES
	('into what was purged', 'INSERT INTO agent_auth.audit (event, at, transaction_id) SELECT ''put'', first_at, from_transaction FROM agent_auth.audit_seal WHERE number = 1'),
	('into what was purged of another server', 'INSERT INTO agent_auth.audit (event, at, system_identifier, transaction_id) VALUES (''put'', now() - interval ''2 years'', 7, ''2'')'),
	('after it', 'INSERT INTO agent_auth.audit (event, at, system_identifier, transaction_id) VALUES (''put'', now() - interval ''2 years'', 7, ''4'')'),
	('before it, with a seal that ends earlier', 'INSERT INTO agent_auth.audit (event, at, system_identifier, transaction_id) VALUES (''put'', now() - interval ''2 years'', 7, ''2''); UPDATE agent_auth.audit_seal SET until_transaction = ''2'' WHERE number = 2'),
	('before it, and that seal is gone', 'DELETE FROM agent_auth.audit_seal WHERE number = 2; INSERT INTO agent_auth.audit (event, at, system_identifier, transaction_id) VALUES (''put'', now() - interval ''2 years'', 7, ''2'')'),
	('nothing', 'SELECT 1')) v(what, statement);
DROP FUNCTION put;

-- not by what was committed long ago
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT agent_auth.purge();
ROLLBACK;

-- what is purged every night is room for new rows soon
SELECT reloptions FROM pg_class WHERE oid = 'agent_auth.audit'::regclass;

-- arguments
\set VERBOSITY terse
SELECT agent_auth.purge('-1 day');
SELECT agent_auth.purge('23 hours');
SELECT agent_auth.purge('1 day', 0);
SELECT agent_auth.purge(NULL);
SELECT agent_auth.purge('1 day', NULL);
