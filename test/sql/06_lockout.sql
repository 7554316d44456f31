-- Lockout: three counters, and what neither rollback nor another spelling escapes.
CREATE FUNCTION try(username text, password text, peer inet) RETURNS text LANGUAGE sql AS
	$$ SELECT status || coalesce(' ' || (convert_from(body, 'UTF8')::json #>> '{errors,0,code}'), '')
	   FROM agent_auth.http('POST', '/agent-access-tokens', '{}', login(username, password), peer) $$;
SELECT agent_auth.create_agent('lock@example.com', 'correct horse battery') > 0 AS created;

-- nine failures that the caller rolls back; the tenth try is locked, whatever it says
BEGIN;
SELECT n, try('lock@example.com', 'wrong', '192.0.2.1') FROM generate_series(1, 9) n;
ROLLBACK;
SELECT try('lock@example.com', 'wrong', '192.0.2.1');
SELECT try('lock@example.com', 'correct horse battery', '192.0.2.1');
-- in subtransactions too
DO $$
BEGIN
	FOR i IN 1..9 LOOP
		BEGIN
			PERFORM try('sub@example.com', 'wrong', '192.0.2.1');
			RAISE division_by_zero;
		EXCEPTION WHEN division_by_zero THEN NULL;
		END;
	END LOOP;
END
$$;
SELECT try('sub@example.com', 'wrong', '192.0.2.1');

-- by any spelling of the name; not another account, and not another address
SELECT name, try(name, 'wrong', '192.0.2.1') FROM (VALUES ('LOCK@example.com'), (E'\tlock@EXAMPLE.com '), ('lock2@example.com')) v(name);
SELECT try('lock@example.com', 'correct horse battery', '192.0.2.2');

-- what is told: minutes left, rounded up, and the same in seconds
SELECT h.status, regexp_replace(h.headers::text, '"(35\d|360)"', '"N"') AS headers, convert_from(h.body, 'UTF8') AS body
FROM agent_auth.http('POST', '/agent-access-tokens', '{}', login('lock@example.com', 'x'), '192.0.2.1') h;
-- the lock comes before a bad token, and after a bad body
SELECT status FROM agent_auth.http('POST', '/agent-access-tokens', '{"authorization":"Bearer x"}', login('lock@example.com', 'x'), '192.0.2.1');
SELECT status FROM agent_auth.http('POST', '/agent-access-tokens', '{}', '{}', '192.0.2.1');

-- a locked try writes nothing; the lock itself one row
SELECT count(*) AS before FROM agent_auth.audit \gset
SELECT pg_current_xact_id_if_assigned() AS xid, try('lock@example.com', 'wrong', '192.0.2.1'), pg_current_xact_id_if_assigned() AS still_no_xid;
SELECT count(*) - :before AS added FROM agent_auth.audit;
SELECT n, try('row@example.com', 'wrong', '192.0.2.3') FROM generate_series(1, 10) n;
SELECT event, count(*) FROM agent_auth.audit WHERE peer = '192.0.2.3' GROUP BY 1 ORDER BY 1;

-- a success forgives the pair
SELECT try('lock@example.com', 'wrong', '192.0.2.2') FROM generate_series(1, 8);
SELECT try('lock@example.com', 'correct horse battery', '192.0.2.2');
SELECT try('lock@example.com', 'wrong', '192.0.2.2') FROM generate_series(1, 8);
SELECT try('lock@example.com', 'correct horse battery', '192.0.2.2');

-- an IPv6 address counts as its /64
SELECT count(*) FILTER (WHERE try('six@example.com', 'wrong', ('2001:db8::' || to_hex(n))::inet) = '401 4101') FROM generate_series(1, 9) n;
SELECT try('six@example.com', 'wrong', '2001:db8:0:0:ffff::1') AS same_net, try('six@example.com', 'wrong', '2001:db8:0:1::1') AS another;
-- and a mapped IPv4 address as that
SELECT count(*) FILTER (WHERE try('mapped@example.com', 'wrong', '::ffff:198.51.100.7') = '401 4101') FROM generate_series(1, 9) n;
SELECT try('mapped@example.com', 'wrong', '198.51.100.7');

-- one address over all accounts: 50
SELECT count(*) FILTER (WHERE try('spray' || n || '@example.com', 'Summer2026', '203.0.113.9') = '401 4101') FROM generate_series(1, 60) n;
SELECT try('lock@example.com', 'correct horse battery', '203.0.113.9');
-- one account over all addresses: 100, for everybody
SELECT count(*) FILTER (WHERE try('target@example.com', 'wrong', ('198.18.0.' || n)::inet) = '401 4101') FROM generate_series(1, 110) n;
SELECT try('target@example.com', 'wrong', '198.18.1.1');
-- an unknown address has no counter of its own
SELECT count(*) FILTER (WHERE try('anonymous' || n || '@example.com', 'wrong', NULL) = '401 4101') FROM generate_series(1, 60) n;

-- unlocking frees the account at once, from everywhere
SELECT agent_auth.unlock_agent('LOCK@example.com');
SELECT try('lock@example.com', 'correct horse battery', '192.0.2.1');
SELECT agent_auth.unlock_agent('nobody@example.com');

-- numbers are settings
SET agent_auth.lockout_failures = 2;
SELECT try('lock@example.com', 'wrong', '192.0.2.77') FROM generate_series(1, 3);
RESET agent_auth.lockout_failures;
SET agent_auth.lockout_duration = 4;
SELECT count(*) FILTER (WHERE try('short@example.com', 'wrong', '192.0.2.78') = '401 4101') FROM generate_series(1, 9) n;
SELECT try('short@example.com', 'wrong', '192.0.2.78');
SELECT pg_sleep(4.2);
SELECT try('short@example.com', 'wrong', '192.0.2.78');
RESET agent_auth.lockout_duration;
