-- Searching for customers: what matches, in which order, how many, a page at a time.
SELECT fresh('vera@example.com') ->> 'accessToken' AS vera \gset
SELECT set_config('test.token', :'vera', false) <> '' AS set;
INSERT INTO agent_auth.customer (id, customer_reference, email, first_name, last_name) VALUES
	(9070, 'DE--70', 'lee@example.com', 'Lee', 'Ann'), (9060, 'X%_\1', 'under_score@example.com', 'Back\slash', 'Per%cent'),
	(9050, 'de--70x', 'mail@lee.example.com', 'Jo', 'Lee-Smith');

-- contained in the e-mail address, the first, the last or the whole name, or the reference itself
SELECT term, found(term) FROM unnest(ARRAY['lee', 'LEE', 'lee ann', 'ann lee', 'lee  ann', 'ee@', 'e.e', 'de--70', 'DE--70X', 'de--7', 'x%_\1', '%', '_', '\', '%cent', 'r_s', 'k\s', '____', '%%%', '.com', '''', '''; DROP TABLE x; --',
	'"', '{customers}', '$1', '(', '[a', '^a', 'a|b', 'a.c', E'\x1f', E'le\x1fe', E'a\nb']) term;
-- a letter or two are the beginning of a word
SELECT term, found(term) FROM unnest(ARRAY['l', 'le', 'ee', 'sm', 'mi', 'e', 'ma', 'ri', 'jo', 'o', 'br', 'o''', 'sc', 'b%', ' ', '  ', '@', '@e', '.', '\', '(', '((', '*', 'x%', '_c']) term;
SELECT agent_customer_search(:'vera', 'le', NULL), agent_customer_search(:'vera', NULL) ->> 'total' AS all;

-- the two ways to find agree with what the contract says, whichever is taken
CREATE FUNCTION matches(term text) RETURNS SETOF bigint LANGUAGE sql AS $$
	SELECT id FROM agent_auth.customer, lower(coalesce(email, '')) e, lower(coalesce(first_name || ' ' || last_name, first_name, last_name, '')) n
	WHERE lower(customer_reference) = lower(term) OR
		CASE WHEN length(term) BETWEEN 1 AND 2 THEN e ~ ('(^|[ .@_+''-])' || regexp_replace(lower(term), '([^a-z0-9])', '\\\1', 'g')) OR n ~ ('(^|[ .@_+''-])' || regexp_replace(lower(term), '([^a-z0-9])', '\\\1', 'g'))
		ELSE strpos(e, lower(term)) > 0 OR strpos(n, lower(term)) > 0 END ORDER BY id $$;
INSERT INTO agent_auth.customer (customer_reference, email, first_name, last_name)
SELECT 'N' || n, CASE WHEN n % 7 > 0 THEN (ARRAY['anna', 'ben', 'cleo', 'dora', 'emil'])[1 + n % 5] || '.' || (ARRAY['smith', 'jones', 'o''neill'])[1 + n % 3] || n || '@example.' || (ARRAY['com', 'org'])[1 + n % 2] END,
	CASE WHEN n % 11 > 0 THEN (ARRAY['Anna', 'Ben', 'Cleo', 'Dora', 'Emil'])[1 + n % 5] END, (ARRAY['Smith', 'Jones', 'O''Neill'])[1 + n % 3] || CASE WHEN n % 500 = 0 THEN ' Quince' ELSE '' END
FROM generate_series(1, 3000) n;
ANALYZE agent_auth.customer;
CREATE TABLE term AS SELECT unnest(ARRAY['', 'anna', 'smith', 'a.s', 'quince', 'jones quince', 'exam', 'le.com', 'nobody', 'n17', 'N3000', 'a', 'o', 'qu', 'q', 'on', '''n', 'o''neill', 'Anna Smith', 'anna.smith15@example.org', '@', '@ex', 'a b', '1', '12', '99']) AS term;
ALTER TABLE term ADD ids bigint[];
UPDATE term SET ids = ARRAY(SELECT matches(term));
CREATE FUNCTION agrees(term text, ids bigint[], page_offset int, page_limit int) RETURNS boolean LANGUAGE sql AS $$
	SELECT (r -> 'customers') = coalesce((SELECT jsonb_agg(jsonb_build_object('customerReference', customer_reference, 'email', email, 'firstName', first_name, 'lastName', last_name) ORDER BY id)
			FROM agent_auth.customer WHERE id = ANY (ids[page_offset + 1 : page_offset + page_limit])), '[]')
		AND (r ->> 'total')::int = least(cardinality(ids), current_setting('agent_auth.search_count_limit')::int)
		AND (r ->> 'exact')::boolean = (cardinality(ids) <= current_setting('agent_auth.search_count_limit')::int)
	FROM agent_customer_search(current_setting('test.token'), term, page_offset, page_limit) r $$;
SELECT search_count_limit, count(*), count(*) FILTER (WHERE agrees(term, ids, page_offset, page_limit)) AS agree
FROM (VALUES (1), (10), (200), (3000), (10000)) l(search_count_limit), LATERAL set_config('agent_auth.search_count_limit', search_count_limit::text, false),
	term, (VALUES (0, 10), (5, 3), (190, 20), (600, 1000), (2995, 10), (99999, 10)) p(page_offset, page_limit)
GROUP BY 1 ORDER BY 1;
RESET agent_auth.search_count_limit;

-- paging over HTTP, with links
CREATE FUNCTION search_http(query text, headers jsonb = NULL) RETURNS text LANGUAGE sql AS
	$$ SELECT status || coalesce(' ' || (h ->> 'Cache-Control'), '') || ' ' || replace(convert_from(b, 'UTF8'), 'http://shop.example.com/agent-customer-search', '...')
	   FROM agent_auth.http('GET', '/agent-customer-search' || query, coalesce(headers, jsonb_build_object('authorization', 'Bearer ' || current_setting('test.token'), 'host', 'shop.example.com')), NULL, '192.0.2.1') AS r(status, h, b) $$;
\pset format unaligned
SELECT search_http('?q=ann+lee');
SELECT search_http('?q=LEE');
SELECT (regexp_match(search_http(query), '"links":{"self":"[^"]*"}}],("links".*)}'))[1] FROM unnest(ARRAY['?q=quince&page[limit]=2', '?q=quince&page[limit]=2&page[offset]=2', '?q=quince&page[limit]=2&page[offset]=4', '?q=quince&page[limit]=4&page[offset]=2',
	'?page%5Blimit%5D=3&include=a%26b&q=quince&&x', '?page[offset]=4&q=qu', '?q=quince&page[offset]=40', '?q=nobody&page[offset]=3', '?q=%C3%BC&page[limit]=2', '?q=a%26b', '?q=x&q=quince&page[limit]=9&page[limit]=6']) query;
SET agent_auth.search_count_limit = 5;
SELECT (regexp_match(search_http(query), '"links":{"self":"[^"]*"}}],("links".*)}'))[1] FROM unnest(ARRAY['?q=quince&page[limit]=2', '?q=quince&page[limit]=2&page[offset]=4', '?q=quince&page[limit]=2&page[offset]=6']) query;
RESET agent_auth.search_count_limit;
SELECT query, search_http(query) FROM unnest(ARRAY['?page[limit]=0', '?page[limit]=-1', '?page[limit]=1001', '?page[offset]=-1', '?page[limit]=x', '?page[limit]=1.0', '?page[limit]=', '?page[limit]=%201', '?page[limit]=%2B1', '?page[offset]=1e3', '?page[offset]=9223372036854775808',
	'?page[limit]=99999999999999999999', '?page[limit]=%zz', '?q=%zz', '?q=%00', '?q=%ff', '?q=%c3']) query;
SELECT query, search_http(query) ~ '^200 no-store {"data":\[{"type":"agent-customer-search","id":null,"attributes":{"customers":\[\]}' AS empty FROM unnest(ARRAY['?page[offset]=9223372036854775807', '?page[offset]=2147483648&page[limit]=1000', '?q=nobody']) query;
SELECT query, left(search_http(query), 120) FROM unnest(ARRAY['', '?', '?q', '?q=', '?page[limit]=1000', '?page[offset]=-0', '?page[limit]=01', '?other=%zz&%zz=1&page=2&page[size]=3']) query;
-- who may ask
SELECT what, search_http('?page[limit]=0', h) FROM (VALUES ('nobody', '{}'::jsonb), ('a bad token', '{"authorization":"Bearer x"}'), ('a bad agent token', '{"x-agent-authorization":"Bearer x"}'),
	('a customer', jsonb_build_object('authorization', 'Bearer ' || (agent_customer_impersonation_access_token(:'vera', 'DE--70') ->> 'accessToken')))) v(what, h);
SELECT agent_customer_search(NULL, 'lee'), agent_customer_search('x', 'lee'), agent_customer_search(:'vera', 'lee', 0, 0), agent_customer_search(:'vera', 'lee', -1), agent_customer_search(:'vera', 'lee', 0, 1001), agent_customer_search(:'vera', 'lee', 0, NULL);
SELECT method, status, headers ->> 'Allow' AS allow FROM unnest(ARRAY['POST', 'DELETE', 'HEAD']) method, LATERAL agent_auth.http(method, '/agent-customer-search', jsonb_build_object('authorization', 'Bearer ' || :'vera'), NULL, NULL);
SELECT status FROM agent_auth.http('GET', '/agent-customer-search/7', '{}', NULL, NULL);
\pset format aligned

-- the trail: who searched, and how much was found; what for, only where it is asked for
SELECT search_http('?q=smith') IS NOT NULL AS over_http;
SET agent_auth.audit_search_terms = on;
SELECT search_http('?q=Smith') IS NOT NULL AS with_term;
RESET agent_auth.audit_search_terms;
SELECT event, username, customer_reference, session_id = (claims(:'vera') ->> 'sid')::uuid AS session, peer, detail FROM agent_auth.audit ORDER BY id DESC LIMIT 2;
SELECT count(*) AS rows FROM agent_auth.audit \gset
BEGIN READ ONLY;
SELECT left(search_http('?q=lee'), 4) AS http, left(search_http('?q=lee', '{"authorization":"Bearer x"}'), 4) AS bad_token;
SELECT found('quince');
ROLLBACK;
SELECT count(*) - :rows AS written FROM agent_auth.audit;

-- ids as far apart as they can be
INSERT INTO agent_auth.customer (id, customer_reference, last_name) VALUES (-9223372036854775808, 'first', 'Extreme'), (9223372036854775807, 'last', 'Extreme'), (9223372036854775800, 'last but one', 'Extreme'), (0, 'middle', 'Extreme');
SELECT found('extreme'), found('last');
SET agent_auth.search_count_limit = 1;
SELECT found('extreme'), left(found(''), 50);
DELETE FROM agent_auth.customer WHERE id < 9000000000000000000;
SELECT found('extreme');
RESET agent_auth.search_count_limit;
DELETE FROM agent_auth.customer;
SELECT found('extreme'), found('');
INSERT INTO agent_auth.customer (id, customer_reference, email, first_name, last_name, assistable) VALUES
	(1, 'DE--1', 'sonia@example.com', 'Sonia', 'Wagner', true), (2, 'DE--2', 'a_b%c@example.com', 'Anna-Maria', 'O''Brien', true),
	(3, 'DE--3', NULL, NULL, 'Smith', true), (4, 'DE--4', 'spencor@example.org', 'Spencor', NULL, false), (5, 'DE--5', NULL, NULL, NULL, true);

-- nothing of how it searches stays in the session
SELECT name, setting FROM pg_settings WHERE name IN ('enable_seqscan', 'enable_bitmapscan', 'enable_indexscan', 'enable_sort', 'jit', 'plan_cache_mode') AND source = 'session';
DROP TABLE term;
DROP FUNCTION agrees, matches, search_http;
