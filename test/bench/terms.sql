-- What agents type, by kind: psql -v n=100 prints kind, term, offset of n searches each.
CREATE TEMPORARY TABLE chosen AS
	SELECT c.* FROM generate_series(1, :n) s(n), LATERAL (SELECT setseed(0.001 * :n)) x,
		LATERAL (SELECT * FROM agent_auth.customer WHERE id >= 1 + floor(random() * (SELECT max(id) FROM agent_auth.customer) + 0 * s.n)::bigint AND email IS NOT NULL AND first_name IS NOT NULL ORDER BY id LIMIT 1) c;
SELECT kind, term, page_offset FROM (
	SELECT 1 AS k, 'exact reference' AS kind, lower(customer_reference) AS term, 0 AS page_offset FROM chosen
	UNION ALL SELECT 2, 'full e-mail', email, 0 FROM chosen
	-- a part of a name, three letters or more: what is common is typed often
	UNION ALL SELECT 3, 'common substring', left(CASE WHEN id % 2 = 0 THEN first_name ELSE last_name END, 3 + (id % 4)::int), 0 FROM chosen WHERE length(first_name) > 2 AND length(last_name) > 2
	UNION ALL SELECT 4, 'whole name', first_name || ' ' || last_name, 0 FROM chosen
	UNION ALL SELECT 5, 'rare substring', substring(email FROM '[a-z]{2}\d+@'), 0 FROM chosen
	UNION ALL SELECT 6, 'one letter', left(last_name, 1), 0 FROM chosen
	UNION ALL SELECT 7, 'two letters', left(first_name, 2), 0 FROM chosen
	UNION ALL SELECT 8, 'no match', translate(md5(id::text), '0123456789abcdef', 'qwxzjvkpghbfmdtc'), 0 FROM chosen
	UNION ALL SELECT 9, 'deep page', CASE WHEN id % 2 = 0 THEN '' ELSE 'example' END, 9000 + id % 1000 FROM chosen
) t ORDER BY k, md5(term);
