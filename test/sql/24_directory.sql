-- What an operator is told of the directory of customers: judged by the condition that searches have.
CREATE SCHEMA shop;
CREATE TABLE shop.person (id bigint PRIMARY KEY, customer_reference text, first_name text, last_name text);
CREATE TABLE shop.account (person_id bigint PRIMARY KEY, email text, active boolean);
CREATE FUNCTION advice() RETURNS SETOF text LANGUAGE sql AS
	$$ SELECT regexp_split_to_table(agent_auth.customer_directory_complaint(), '(?<=[;:.]) ') $$;
\pset format unaligned
\pset tuples_only on

-- a table: with no index, with some, with all
CREATE TABLE shop.customers (id bigint, customer_reference text, email text, first_name text, last_name text, assistable boolean, search_text text);
SET agent_auth.customer_relation = 'shop.customers';
SELECT advice();
CREATE UNIQUE INDEX customers_id ON shop.customers (id);
CREATE INDEX customers_text ON shop.customers USING gin (search_text gin_trgm_ops);
SELECT advice();
CREATE INDEX customers_reference ON shop.customers (lower(customer_reference));
SELECT count(*) FROM advice();
-- an index on something else is none
DROP INDEX shop.customers_text;
CREATE INDEX customers_other ON shop.customers USING gin (first_name gin_trgm_ops);
CREATE INDEX customers_part ON shop.customers (assistable) WHERE search_text IS NOT NULL;
SELECT advice();
DROP INDEX shop.customers_part;

-- a view on a table: what serves the table serves the view
CREATE VIEW shop.some AS SELECT * FROM shop.customers WHERE assistable;
SET agent_auth.customer_relation = 'shop.some';
SELECT advice();
CREATE INDEX customers_text ON shop.customers USING gin (search_text gin_trgm_ops);
SELECT count(*) FROM advice();

-- a view that joins two tables, each by an index, is read whole all the same
CREATE VIEW shop.joined AS SELECT p.id, p.customer_reference, a.email, p.first_name, p.last_name, a.active AS assistable
	FROM shop.person p JOIN shop.account a ON a.person_id = p.id;
INSERT INTO shop.person SELECT n, 'P-' || n, 'First' || n, 'Last' || n FROM generate_series(1, 2000) n;
INSERT INTO shop.account SELECT n, 'p' || n || '@example.com', true FROM generate_series(1, 2000) n;
ANALYZE shop.person, shop.account;
-- which of them, when both can be read first, depends on the server's version
SET agent_auth.customer_relation = 'shop.joined';
SELECT regexp_replace(advice(), '^shop.(person|account) by name', 'shop.(one of them) by name');
SELECT status, advice LIKE '%shop.person%' AS names FROM agent_auth.check_config() WHERE item = 'directory of customers';
-- where one of them has all that is searched, indexes on that one serve
ALTER TABLE shop.person ADD email text;
CREATE OR REPLACE VIEW shop.joined AS SELECT p.id, p.customer_reference, p.email, p.first_name, p.last_name, a.active AS assistable
	FROM shop.person p JOIN shop.account a ON a.person_id = p.id;
CREATE INDEX ON shop.person USING gin ((regexp_replace(lower(chr(31) || COALESCE(email, '') || chr(31) || COALESCE(first_name || ' ' || last_name, first_name, last_name, '')), E'([ .@_+''\x1f-])', E'\\1\x1e', 'g')) gin_trgm_ops);
CREATE INDEX ON shop.person (lower(customer_reference));
SELECT count(*) FROM advice();
-- but not when the other is looked through for each customer that is found
ALTER TABLE shop.account DROP CONSTRAINT account_pkey;
SELECT advice();

-- a materialized view has indexes of its own
ALTER TABLE shop.account ADD PRIMARY KEY (person_id);
CREATE MATERIALIZED VIEW shop.found AS SELECT p.id, p.customer_reference, a.email, p.first_name, p.last_name, a.active AS assistable
	FROM shop.person p JOIN shop.account a ON a.person_id = p.id;
SET agent_auth.customer_relation = 'shop.found';
SELECT advice();
SELECT replace(agent_auth.customer_directory_complaint(), 'Searches for customers read all of shop.found. Make these indexes: ', '') AS indexes \gset
:indexes
SELECT count(*) FROM advice();
REFRESH MATERIALIZED VIEW CONCURRENTLY shop.found;

-- what is on another server, nobody here can know
CREATE EXTENSION file_fdw;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE shop.abroad (id integer, customer_reference text, email text, first_name text, last_name text, assistable boolean) SERVER elsewhere OPTIONS (filename '/dev/null');
SET agent_auth.customer_relation = 'shop.abroad';
SELECT advice();

-- ids of other types, in partitions, in no table at all
CREATE TABLE shop.parts (id integer, customer_reference varchar(20), email text, first_name text, last_name text, assistable boolean, search_text text) PARTITION BY RANGE (id);
CREATE TABLE shop.part1 PARTITION OF shop.parts FOR VALUES FROM (1) TO (1000);
CREATE TABLE shop.part2 PARTITION OF shop.parts FOR VALUES FROM (1000) TO (2000);
INSERT INTO shop.parts SELECT n, n, n, n, n, true, n FROM generate_series(1, 1999) n;
SET agent_auth.customer_relation = 'shop.parts';
SELECT advice();
SELECT replace(agent_auth.customer_directory_complaint(), 'Searches for customers read all of shop.parts. Make these indexes: ', '') AS indexes \gset
:indexes
SELECT count(*) FROM advice();
CREATE VIEW shop.one AS SELECT 1 AS id, 'S-1'::text AS customer_reference, 'x'::text AS email, 'x'::text AS first_name, 'Shop'::text AS last_name, true AS assistable;
SET agent_auth.customer_relation = 'shop.one';
SELECT count(*) FROM advice();

-- a domain over an integer, found and asked for by the index as well
CREATE DOMAIN shop.number AS integer;
CREATE TABLE shop.numbered (id shop.number PRIMARY KEY, customer_reference text, email text, first_name text, last_name text, assistable boolean, search_text text);
CREATE INDEX ON shop.numbered USING gin (search_text gin_trgm_ops);
CREATE INDEX ON shop.numbered (lower(customer_reference));
INSERT INTO shop.numbered SELECT n, 'N-' || n, n, 'First', n, true, 'first ' || n FROM generate_series(1, 20) n;
SET agent_auth.customer_relation = 'shop.numbered';
SELECT count(*) FROM advice();
SELECT jsonb_path_query_array(agent_customer_search(fresh('vera@example.com') ->> 'accessToken', 'first', 3, 3), '$.customers[*].customerReference');
SELECT agent_customer_impersonation_access_token(fresh('vera@example.com') ->> 'accessToken', 'N-7') ->> 'tokenType';

SET agent_auth.customer_relation = '';
SELECT count(*) FROM advice();
\pset tuples_only off
\pset format aligned
SET client_min_messages = warning;
DROP FUNCTION advice;
DROP SCHEMA shop CASCADE;
DROP EXTENSION file_fdw CASCADE;
RESET client_min_messages;
