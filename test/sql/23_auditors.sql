-- Who may read over HTTP who acted as whom, and that reading it is in the trail.
SELECT agent_auth.create_agent('ada@example.com', 'correct horse battery') > 0 AS ok, agent_auth.create_agent('ben@example.com', 'correct horse battery') > 0 AS ok;
INSERT INTO agent_auth.customer (customer_reference, email) VALUES ('AU--1', 'au1@example.com');
SELECT agent_auth.set_auditor('Ada@Example.com', true);
SELECT agent_auth.set_auditor('nobody@example.com', true);
SELECT agent_auth.set_auditor('ada@example.com', NULL);
SELECT agent_auth.set_auditor(NULL, true);
SELECT fresh('ada@example.com') ->> 'accessToken' AS ada, fresh('ben@example.com') ->> 'accessToken' AS ben \gset
SELECT agent_customer_impersonation_access_token(:'ben', 'AU--1', 'lost parcel') ->> 'accessToken' AS acting \gset

CREATE FUNCTION trail(token text, query text = '') RETURNS text LANGUAGE sql AS
	$$ SELECT status || ' ' || regexp_replace(regexp_replace(convert_from(b, 'UTF8'), '[0-9a-f]{8}-[0-9a-f-]{27}', '...', 'g'), '\d{4}-\d\d-\d\dT[0-9:.]*Z', '...', 'g')
	   FROM agent_auth.http('GET', '/agent-impersonations' || query, jsonb_build_object('authorization', 'Bearer ' || token, 'user-agent', 'test'), NULL, '192.0.2.1') AS r(status, h, b) $$;
\pset format unaligned
SELECT trail(:'ada', '?page[limit]=1');
SELECT trail(:'ben');
SELECT trail(:'acting');
SELECT trail(:'ada', '?page[limit]=0');
SELECT left(trail(:'ada', '?page[limit]=' || most), 14) FROM unnest(ARRAY[1000, 1001]) most;
SELECT trail(:'ada', '?page[offset]=999999999999');
-- the latest first, and no page twice
SELECT agent_customer_impersonation_access_token(:'ben', 'AU--1', 'reason ' || n) IS NOT NULL AS ok FROM generate_series(1, 3) n;
SELECT offset_, trail(:'ada', format('?page[limit]=1&page[offset]=%s', offset_))::text ~ format('"reason":"reason %s"', 3 - offset_) AS this_one FROM generate_series(0, 2) offset_;
-- how one ended
SELECT agent_auth.end_session((agent_auth.verify(:'acting') ->> 'sid')::uuid);
SELECT substring(trail(:'ada', '?page[offset]=3&page[limit]=1') from '"endedAt.*"lost parcel"');
-- no longer
SELECT agent_auth.set_auditor('ada@example.com', false);
SELECT trail(:'ada');
-- what is written of it; in a read-only transaction nothing is read
SELECT event, username, customer_reference IS NULL AS no_customer, CASE WHEN user_agent IS NOT NULL THEN peer END AS peer, user_agent, count(*) FROM agent_auth.audit WHERE event ~ '^(impersonations|auditor)_' GROUP BY 1, 2, 3, 4, 5 ORDER BY min(id);
BEGIN READ ONLY;
SELECT trail(:'ada');
ROLLBACK;
