-- customers.sql: who the console finds; nobody of these exists

INSERT INTO agent_auth.customer (customer_reference, email, first_name, last_name)
SELECT 'DE--' || row_number() OVER (ORDER BY l.n, f.n),
	lower(f.name) || '.' || lower(l.name) || '@example.com', f.name, l.name
FROM unnest(ARRAY['Example', 'Sample', 'Specimen']) WITH ORDINALITY AS l(name, n),
	unnest(ARRAY['Anna', 'Ben', 'Clara', 'David', 'Elena', 'Felix', 'Greta', 'Hugo', 'Ines', 'Jonas', 'Klara', 'Leon']) WITH ORDINALITY AS f(name, n);

-- found, but nobody can act as this one
INSERT INTO agent_auth.customer (customer_reference, email, first_name, last_name, assistable)
VALUES ('NO--1', 'nora.closed@example.com', 'Nora', 'Closed', false);

-- a name that would like to be a script
INSERT INTO agent_auth.customer (customer_reference, email, first_name, last_name)
VALUES ('<b>X--1</b>', 'javascript:alert(3)', '<img src=x onerror=alert(1)>', '"></td><script>alert(2)</script>');
