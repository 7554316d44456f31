-- The trail: every event with who, as whom, by which session, from where; and that nobody has changed it since.
SELECT fresh('vera@example.com') AS vera \gset
SELECT :'vera'::jsonb ->> 'accessToken' AS vera_token \gset
SELECT agent_customer_impersonation_access_token(:'vera_token', 'DE--1', 'A reason', 'T-1') AS first \gset
SELECT agent_customer_impersonation_access_token(:'vera_token', 'DE--2') AS second \gset
SELECT agent_customer_impersonation_access_token(:'vera_token', 'DE--4') #>> '{errors,0,code}' AS refused;
SELECT agent_revoke_token(:'first'::jsonb ->> 'accessToken');
SELECT agent_auth.end_session(sid(:'second'));
SELECT agent_auth.end_session(sid(:'vera'));
SELECT event, username, customer_reference, session_id = sid(:'vera') AS agents, session_id IN (sid(:'first'), sid(:'second')) AS customers, detail - '{session_user,parent_session,expires_at,role}'::text[] AS detail
FROM (SELECT * FROM agent_auth.audit ORDER BY id DESC LIMIT 9) a ORDER BY id;

-- who acted as whom, when, how long, why, from where
SELECT fresh('vera@example.com') AS vera \gset
SELECT set_config('request.headers', '{"x-real-ip":"2001:db8::9","user-agent":"Console/1"}', false) <> '', set_config('agent_auth.peer_header', 'x-real-ip', false);
SELECT agent_customer_impersonation_access_token(:'vera'::jsonb ->> 'accessToken', 'DE--3', 'Still at it') AS third \gset
RESET request.headers;
RESET agent_auth.peer_header;
SELECT agent_customer_impersonation_access_token(:'vera'::jsonb ->> 'accessToken', 'DE--5', 'Too long') AS fourth \gset
UPDATE agent_auth.session SET expires_at = clock_timestamp() WHERE id = sid(:'fourth');
SELECT username, customer_reference, reason, ticket, ended_at IS NULL AS goes_on, end_reason, duration BETWEEN '0' AND '1 minute' AS short, peer, user_agent
FROM agent_auth.impersonations WHERE session_id IN (sid(:'first'), sid(:'second'), sid(:'third'), sid(:'fourth')) ORDER BY began_at;
SELECT agent_auth.end_sessions('vera@example.com') >= 2 AS ended;
SELECT customer_reference, end_reason FROM agent_auth.impersonations WHERE session_id IN (sid(:'third'), sid(:'fourth')) ORDER BY began_at;
-- also when their sessions have been purged
BEGIN;
DELETE FROM agent_auth.session;
SELECT customer_reference, ended_at IS NULL AS goes_on, end_reason, duration < '1 minute' AS short FROM agent_auth.impersonations WHERE session_id IN (sid(:'first'), sid(:'second'), sid(:'third')) ORDER BY began_at;
ROLLBACK;

-- found by agent, by customer and by time without reading all of it
INSERT INTO agent_auth.audit (event, agent_id, customer_reference, at) SELECT 'test', 1000000 + n % 500, 'T--' || n % 700, now() + n * interval '1 minute' FROM generate_series(1, 20000) n;
VACUUM ANALYZE agent_auth.audit;
CREATE FUNCTION index_of(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		IF line ~ 'Index Scan|Seq Scan' THEN RETURN NEXT substring(line FROM '(audit\w*_idx|audit_pkey|Seq Scan)'); END IF;
	END LOOP;
END $$;
SELECT what, index_of(query) FROM (VALUES ('agent', 'SELECT * FROM agent_auth.audit WHERE agent_id = 1000007 ORDER BY id DESC LIMIT 50'), ('customer', 'SELECT * FROM agent_auth.audit WHERE customer_reference = ''T--7'' ORDER BY id DESC LIMIT 50'),
	('time', 'SELECT * FROM agent_auth.audit WHERE at BETWEEN now() - interval ''1 hour'' AND now()')) v(what, query);

-- append-only, for the owner too
\set VERBOSITY terse
UPDATE agent_auth.audit SET username = 'x';
DELETE FROM agent_auth.audit WHERE false;
TRUNCATE agent_auth.audit;
DELETE FROM agent_auth.audit_key;
UPDATE agent_auth.audit_seal SET row_count = 0;
DELETE FROM agent_auth.audit_seal;
TRUNCATE agent_auth.audit_seal;
\set VERBOSITY default

-- sealed as it goes, and whatever is changed is found
CALL seal_all();
SELECT intact, complaint, seals > 2 AS seals, sealed_rows > 20000 AS rows, unsealed_rows, length(head) FROM agent_auth.audit_verify();
SELECT head AS head FROM agent_auth.audit_verify() \gset
SELECT max(row_count) >= 20000 AS one_transaction_is_one_batch FROM agent_auth.audit_seal;
CREATE FUNCTION tamper(what text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE verdict record;
BEGIN
	BEGIN
		ALTER TABLE agent_auth.audit DISABLE TRIGGER ALL;
		ALTER TABLE agent_auth.audit_seal DISABLE TRIGGER ALL;
		ALTER TABLE agent_auth.audit_key DISABLE TRIGGER ALL;
		EXECUTE statement;
		SELECT * INTO verdict FROM agent_auth.audit_verify();
		RAISE EXCEPTION USING ERRCODE = 'R0000', MESSAGE = format('%s: %s', what, coalesce(regexp_replace(regexp_replace(verdict.complaint, '\d{4}-\d\d-\d\d [0-9:.]+([-+]\d\d| [A-Z]+)', 'TIME', 'g'), '\d+', 'N', 'g'), 'not found'));
	EXCEPTION WHEN SQLSTATE 'R0000' THEN RETURN SQLERRM;
		WHEN data_corrupted THEN RETURN what || ': error: ' || SQLERRM;
	END;
END $$;
SELECT tamper(what, statement) FROM (VALUES
	('another name', 'UPDATE agent_auth.audit SET username = ''x'' WHERE id = (SELECT max(id) - 100 FROM agent_auth.audit)'),
	('another name, twice the same length', 'UPDATE agent_auth.audit SET event = ''tset'' WHERE id = (SELECT max(id) - 100 FROM agent_auth.audit)'),
	('another time', 'UPDATE agent_auth.audit SET at = at + ''1 microsecond'' WHERE id = (SELECT max(id) - 100 FROM agent_auth.audit)'),
	('null for empty', 'UPDATE agent_auth.audit SET user_agent = '''' WHERE id = (SELECT max(id) - 100 FROM agent_auth.audit)'),
	('two columns exchanged', 'UPDATE agent_auth.audit SET customer_reference = username, username = customer_reference WHERE id = (SELECT max(id) - 100 FROM agent_auth.audit)'),
	('detail', 'UPDATE agent_auth.audit SET detail = ''{}'' WHERE id = (SELECT max(id) - 100 FROM agent_auth.audit)'),
	('a row less', 'DELETE FROM agent_auth.audit WHERE id = (SELECT max(id) - 100 FROM agent_auth.audit)'),
	('a row more', 'INSERT INTO agent_auth.audit (event, transaction_id) SELECT ''x'', max(transaction_id::text::bigint)::text::xid8 FROM agent_auth.audit WHERE event = ''test'''),
	('one for another', 'UPDATE agent_auth.audit SET id = DEFAULT WHERE id = (SELECT max(id) - 100 FROM agent_auth.audit)'),
	('moved to where nothing is sealed', 'UPDATE agent_auth.audit SET transaction_id = ''18446744073709551615'' WHERE id = (SELECT max(id) - 100 FROM agent_auth.audit)'),
	('as if by another server', 'UPDATE agent_auth.audit SET system_identifier = 1 WHERE id = (SELECT max(id) - 100 FROM agent_auth.audit)'),
	('all of it', 'DELETE FROM agent_auth.audit'),
	('a seal less', 'DELETE FROM agent_auth.audit_seal WHERE number = (SELECT max(number) - 1 FROM agent_auth.audit_seal)'),
	('the first seal', 'DELETE FROM agent_auth.audit_seal WHERE number = (SELECT min(number) FROM agent_auth.audit_seal)'),
	('a seal less and numbers close up', 'DELETE FROM agent_auth.audit_seal WHERE number = (SELECT max(number) - 1 FROM agent_auth.audit_seal); UPDATE agent_auth.audit_seal SET number = number - 1 WHERE number = (SELECT max(number) FROM agent_auth.audit_seal)'),
	('a seal''s count', 'UPDATE agent_auth.audit_seal SET row_count = row_count + 1 WHERE number = (SELECT max(number) FROM agent_auth.audit_seal)'),
	('a seal''s time', 'UPDATE agent_auth.audit_seal SET last_at = last_at - ''1 year''::interval WHERE number = (SELECT max(number) FROM agent_auth.audit_seal)'),
	('a seal''s MAC', 'UPDATE agent_auth.audit_seal SET mac = set_bit(mac, 5, 1 - get_bit(mac, 5)) WHERE number = (SELECT max(number) FROM agent_auth.audit_seal)'),
	('a seal''s range', 'UPDATE agent_auth.audit_seal SET until_transaction = (until_transaction::text::bigint - 1)::text::xid8 WHERE number = (SELECT max(number) FROM agent_auth.audit_seal)'),
	('purged, it says', 'DELETE FROM agent_auth.audit WHERE event = ''test''; UPDATE agent_auth.audit_seal SET purged_mac = mac WHERE row_count >= 20000'),
	('all but the last seal, purged, it says', 'DELETE FROM agent_auth.audit_seal WHERE number < (SELECT max(number) FROM agent_auth.audit_seal); UPDATE agent_auth.audit_seal SET purged_mac = mac'),
	('null in JSON for null', 'UPDATE agent_auth.audit SET detail = ''null'' WHERE id = (SELECT max(id) - 100 FROM agent_auth.audit)'),
	('the key', 'DELETE FROM agent_auth.audit_key; UPDATE agent_auth.audit SET username = ''x'''),
	('another key', 'UPDATE agent_auth.audit_key SET sealed_key = set_byte(sealed_key, 5, 1)'),
	('all seals', 'DELETE FROM agent_auth.audit_seal'),
	('a row put among them', 'INSERT INTO agent_auth.audit (event, transaction_id) SELECT ''x'', (max(until_transaction::text::bigint) - 1)::text::xid8 FROM agent_auth.audit_seal'),
	('what a seal says of the rows', 'UPDATE agent_auth.audit_seal SET rows_digest = sha256(rows_digest) WHERE number = (SELECT max(number) FROM agent_auth.audit_seal)'),
	('what a seal left out', 'UPDATE agent_auth.audit_seal SET left_out = left_out || ''1''::xid8 WHERE number = (SELECT max(number) FROM agent_auth.audit_seal)'),
	('which is next', 'UPDATE agent_auth.audit_seal SET next_transaction = ''1'' WHERE number = (SELECT max(number) FROM agent_auth.audit_seal)'),
	('as if of 0.1.0', 'UPDATE agent_auth.audit_seal SET left_out = NULL, next_transaction = NULL, rows_digest = NULL WHERE number = (SELECT max(number) FROM agent_auth.audit_seal)'),
	('a row that is not sealed, and older than the last seal', 'INSERT INTO agent_auth.audit (event, at) VALUES (''x'', now() - interval ''1 hour'')'),
	('a row of a transaction to come', 'INSERT INTO agent_auth.audit (event, transaction_id) VALUES (''x'', ''4611686018427387904'')'),
	('rows of a server that is none', 'INSERT INTO agent_auth.audit (event, at, system_identifier) VALUES (''x'', now() - interval ''1 year'', 1)'),
	('and somebody seals', 'INSERT INTO agent_auth.audit (event, at, system_identifier, transaction_id) VALUES (''x'', now() - interval ''1 year'', 1, ''1''); SELECT agent_auth.audit_seal()'),
	('nothing', 'SELECT 1')) v(what, statement);
SELECT intact FROM agent_auth.audit_verify();

-- the end of the chain can be cut off: a head that was noted elsewhere shows that
SELECT count(fresh('olga@example.com')) FROM generate_series(1, 2);
CALL seal_all();
SELECT intact, complaint, head <> :'head' AS grown FROM agent_auth.audit_verify(:'head');
SELECT intact, complaint FROM agent_auth.audit_verify(repeat('0', 64));
SELECT tamper('cut off, nobody noted the head', 'DELETE FROM agent_auth.audit_seal WHERE number = (SELECT max(number) FROM agent_auth.audit_seal)');
SELECT replace(pg_get_functiondef('tamper'::regproc), 'audit_verify()', format('audit_verify(%L)', head)) AS definition FROM agent_auth.audit_verify() \gset
:definition;
SELECT tamper('cut off', 'DELETE FROM agent_auth.audit_seal WHERE number = (SELECT max(number) FROM agent_auth.audit_seal)');

-- a key that is gone is not made anew while there are seals; without a key, nothing was ever sealed
SELECT count(fresh('olga@example.com')) FROM generate_series(1, 2);
BEGIN;
ALTER TABLE agent_auth.audit_key DISABLE TRIGGER ALL;
DELETE FROM agent_auth.audit_key;
SELECT count(fresh('olga@example.com')) AS go_on FROM generate_series(1, 300);
SAVEPOINT s;
SELECT agent_auth.audit_seal();
ROLLBACK TO s;
ALTER TABLE agent_auth.audit_seal DISABLE TRIGGER ALL;
DELETE FROM agent_auth.audit_seal;
SELECT intact, complaint, seals, unsealed_rows > 0 AS unsealed FROM agent_auth.audit_verify();
ALTER TABLE agent_auth.audit DISABLE TRIGGER ALL;
DELETE FROM agent_auth.audit;
SELECT agent_auth.audit_seal(), count(*) AS keys FROM agent_auth.audit_key;
SELECT intact, complaint, seals FROM agent_auth.audit_verify();
ROLLBACK;

-- rows that a dump brought from another server are sealed as they are, once somebody says so, which the trail tells
BEGIN;
ALTER TABLE agent_auth.audit DISABLE TRIGGER ALL;
ALTER TABLE agent_auth.audit_seal DISABLE TRIGGER ALL;
DELETE FROM agent_auth.audit_seal;
INSERT INTO agent_auth.audit (event, system_identifier, transaction_id) SELECT 'brought', 7 - n % 2, n::text::xid8 FROM generate_series(100, 104) n;
SELECT agent_auth.audit_seal() > 20000 AS sealed;
SELECT intact, complaint, unsealed_rows FROM agent_auth.audit_verify();
SELECT agent_auth.audit_adopt(7);
SELECT intact, complaint, unsealed_rows FROM agent_auth.audit_verify();
SELECT agent_auth.audit_adopt(6), agent_auth.audit_adopt(6) AS again, agent_auth.audit_adopt(8) AS of_none;
SELECT event, detail - 'session_user' - 'role' AS detail FROM agent_auth.audit WHERE event = 'rows_adopted' ORDER BY id DESC LIMIT 2;
SELECT row_count, system_identifier, from_transaction, until_transaction FROM agent_auth.audit_seal WHERE system_identifier IN (6, 7) ORDER BY number;
SELECT intact, unsealed_rows, count(*) FILTER (WHERE event = 'brought') AS brought FROM agent_auth.audit_verify(), agent_auth.audit GROUP BY 1, 2;
ROLLBACK;

-- what is not over is not sealed; and nothing is written where nothing can be
BEGIN;
SELECT fresh('olga@example.com') IS NOT NULL AS logged_in;
SELECT agent_auth.audit_seal(), unsealed_rows FROM agent_auth.audit_verify();
ROLLBACK;
BEGIN READ ONLY;
SELECT intact FROM agent_auth.audit_verify();
SELECT agent_auth.audit_seal();
ROLLBACK;
SELECT item, status FROM agent_auth.check_config() WHERE item = 'seals on the audit trail';
\set VERBOSITY sqlstate
SELECT agent_auth.audit_adopt(agent_auth.system_identifier()) IS NULL AS own;
\set VERBOSITY default
-- how long the oldest row waits
CALL seal_all();
SELECT agent_auth.audit_unsealed_since() IS NULL AS all_sealed;
SELECT fresh('olga@example.com') IS NOT NULL AS logged_in;
SELECT agent_auth.audit_unsealed_since() = at AS since FROM agent_auth.audit ORDER BY id DESC LIMIT 1;
DROP FUNCTION tamper, index_of;
