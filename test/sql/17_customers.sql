-- The directory of customers: our own table, or whatever a setting names.
SELECT agent_auth.create_agent('vera@example.com', 'correct horse battery') > 0 AS created;
SELECT fresh('vera@example.com') ->> 'accessToken' AS vera \gset
INSERT INTO agent_auth.customer (customer_reference, email, first_name, last_name, assistable) VALUES
	('DE--1', 'sonia@example.com', 'Sonia', 'Wagner', true), ('DE--2', 'a_b%c@example.com', 'Anna-Maria', 'O''Brien', true),
	('DE--3', NULL, NULL, 'Smith', true), ('DE--4', 'spencor@example.org', 'Spencor', NULL, false), ('DE--5', NULL, NULL, NULL, true);
CREATE FUNCTION found(term text) RETURNS text LANGUAGE sql AS
	$$ SELECT coalesce(r #>> '{errors,0,detail}', (r ->> 'total') || ' ' || jsonb_path_query_array(r, '$.customers[*].customerReference')::text)
	   FROM agent_customer_search(current_setting('test.token'), term) r $$;
SELECT set_config('test.token', :'vera', false) <> '' AS set;
SELECT found('smith'), found('');
SELECT agent_auth.customer_directory_complaint();

-- checked when it is set: what is there, and of which type
CREATE SCHEMA "Odd ""Schema";
CREATE TABLE "Odd ""Schema"."My.Customers" (customer_reference varchar(30), id integer, email text COLLATE "C", last_name name, extra int, assistable boolean, first_name character(10));
INSERT INTO "Odd ""Schema"."My.Customers" VALUES ('XX-1', 7, 'ODD@example.com', 'Last', 0, true, 'First'), ('XX-2', 6, NULL, NULL, 0, NULL, 'Only');
CREATE VIEW good_view AS SELECT id::smallint, customer_reference, email, first_name, last_name, assistable, lower(email) AS search_text FROM "Odd ""Schema"."My.Customers";
CREATE TABLE no_email (id int, customer_reference text, first_name text, last_name text, assistable boolean);
CREATE TABLE bad_id (id text, customer_reference text, email text, first_name text, last_name text, assistable boolean);
CREATE TABLE bad_reference (id int, customer_reference int, email text, first_name text, last_name text, assistable boolean);
CREATE TABLE bad_assistable (id int, customer_reference text, email text, first_name text, last_name text, assistable int);
CREATE TABLE bad_search_text (id int, customer_reference text, email text, first_name text, last_name text, assistable boolean, search_text tsvector);
CREATE INDEX an_index ON no_email (id);
SET agent_auth.customer_relation = 'public.nowhere';
SET agent_auth.customer_relation = 'nowhere.customers';
SET agent_auth.customer_relation = 'no_email';
SET agent_auth.customer_relation = 'a.b.c';
SET agent_auth.customer_relation = 'public."';
SET agent_auth.customer_relation = 'public.customers; DROP TABLE no_email';
SET agent_auth.customer_relation = 'public.an_index';
SET agent_auth.customer_relation = 'public.no_email';
SET agent_auth.customer_relation = 'public.bad_id';
SET agent_auth.customer_relation = 'public.bad_reference';
SET agent_auth.customer_relation = 'public.bad_assistable';
SET agent_auth.customer_relation = 'public.bad_search_text';
ALTER DATABASE contrib_regression SET agent_auth.customer_relation = 'public.no_email';
ALTER DATABASE contrib_regression SET agent_auth.customer_relation = 'elsewhere.customers';
ALTER DATABASE contrib_regression RESET agent_auth.customer_relation;
SHOW agent_auth.customer_relation;

-- names that need quotes, other types, other collations
SET agent_auth.customer_relation = '"Odd ""Schema"."My.Customers"';
SELECT found('odd@'), found('FIRST LAST'), found('xx-1'), found('smith'), found('on');
SELECT agent_customer_search(:'vera', 'first');
SELECT agent_auth.customer_directory_complaint() AS advice \gset
\pset format unaligned
SELECT :'advice';
\pset format aligned
-- the indexes that it advises are the ones that it needs
SELECT replace(replace(substr(:'advice', position('CREATE' IN :'advice')), 'pg_catalog.text', 'text'), ';', E';\n') AS indexes \gset
:indexes
SELECT agent_auth.customer_directory_complaint();
SELECT found('odd@'), found('xx-1'), found('');
SET agent_auth.customer_relation = 'public.good_view';
SELECT found('odd@'), found('xx-2'), found(''), found('od'), found('dd'), found('ex');

-- what becomes of it later is an error of the server's, and an operator is told
ALTER VIEW good_view RENAME COLUMN email TO mail;
\set VERBOSITY terse
SELECT found('odd');
SELECT agent_customer_impersonation_access_token(:'vera', 'XX-1');
\set VERBOSITY default
SELECT item, status, advice FROM agent_auth.check_config() WHERE item = 'directory of customers';
ALTER VIEW good_view RENAME COLUMN mail TO email;
SELECT found('odd');
CREATE OR REPLACE VIEW good_view AS SELECT (id + 100)::smallint AS id, customer_reference, email, first_name, last_name, assistable, lower(email) AS search_text FROM "Odd ""Schema"."My.Customers";
SELECT claims(agent_customer_impersonation_access_token(:'vera', 'XX-1') ->> 'accessToken') ->> 'sub' AS sub;

-- nobody is acted for who is not there once, or may not be assisted
INSERT INTO "Odd ""Schema"."My.Customers" VALUES ('XX-3', 8, NULL, NULL, 0, true, 'Twin'), ('XX-3', 9, NULL, NULL, 0, true, 'Twin'), ('xx-1', 10, NULL, NULL, 0, false, 'Other');
SELECT reference, agent_customer_impersonation_access_token(:'vera', reference) #>> '{errors,0,code}' AS code FROM unnest(ARRAY['XX-1', 'xx-1', 'XX-2', 'XX-3', 'XX-4', '%', '']) reference;

-- the caller needs no right, the extension's owner does, and what the directory runs, it runs as its own owner
CREATE ROLE regress_agent_auth_support;
SELECT agent_auth.grant_client('regress_agent_auth_support');
CREATE ROLE regress_agent_auth_shop;
CREATE SCHEMA shop AUTHORIZATION regress_agent_auth_shop;
SET ROLE regress_agent_auth_shop;
CREATE TABLE shop.asked (by_role name);
CREATE FUNCTION shop.spy() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN INSERT INTO shop.asked VALUES (current_user); RETURN true; END $$;
CREATE FUNCTION shop.who() RETURNS text LANGUAGE sql AS $$ SELECT current_user::text $$;
CREATE VIEW shop.customers AS SELECT 1 AS id, 'S-1'::text AS customer_reference, shop.who() AS email, current_setting('is_superuser') AS first_name, 'Shop'::text AS last_name, true AS assistable;
RESET ROLE;
SET agent_auth.customer_relation = 'shop.customers';
SET ROLE regress_agent_auth_support;
SELECT * FROM shop.customers;
SELECT agent_customer_search(:'vera', 'shop');
SET agent_auth.customer_relation = '';
RESET ROLE;
SET ROLE regress_agent_auth_shop;
CREATE OR REPLACE VIEW shop.customers AS SELECT 1 AS id, 'S-1'::text AS customer_reference, shop.who() AS email, 'x' AS first_name, 'Shop'::text AS last_name, shop.spy() AS assistable;
RESET ROLE;
\set VERBOSITY terse
SELECT agent_customer_impersonation_access_token(:'vera', 'S-1') ->> 'tokenType' AS type;
\set VERBOSITY default
SELECT * FROM shop.asked;
-- nor do the functions of its indexes, which the planner runs
SET ROLE regress_agent_auth_shop;
CREATE FUNCTION shop.note(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE NOTICE 'as %', current_user; RETURN 1; END $$;
CREATE TABLE shop.indexed (id int, customer_reference text, email text, first_name text, last_name text, assistable boolean);
SET client_min_messages = warning;
CREATE INDEX ON shop.indexed ((shop.note(1)));
INSERT INTO shop.indexed VALUES (1, 'S-2', 'x', 'x', 'x', true), (1, 'S-3', 'x', 'x', 'x', true), (1, 'S-4', 'x', 'x', 'x', true);
RESET ROLE;
\c -
SELECT set_config('test.token', :'vera', false) <> '' AS set;
SET client_min_messages = notice;
SET agent_auth.customer_relation = 'shop.indexed';
SELECT agent_customer_search(:'vera', 'S-2', 0, 1) -> 'total' AS found;
-- more rows than a page are not given where ids are not unique
SET client_min_messages = warning;
SELECT jsonb_array_length(agent_customer_search(:'vera', '', 0, 2) -> 'customers') AS page;
-- a function in the directory changes nobody who acts
CREATE FUNCTION shop.take_over() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM agent_auth.set_token(current_setting('test.token')); RETURN true; END $$;
CREATE VIEW shop.taken AS SELECT 1 AS id, 'T-1' AS customer_reference, 'x' AS email, 'x' AS first_name, 'x' AS last_name, shop.take_over() AS assistable;
SET agent_auth.customer_relation = 'shop.taken';
BEGIN;
\set VERBOSITY terse
SELECT agent_customer_impersonation_access_token(:'vera', 'T-1');
\set VERBOSITY default
ROLLBACK;
SET agent_auth.customer_relation = 'shop.indexed';
ALTER TABLE shop.indexed ENABLE ROW LEVEL SECURITY;
ALTER TABLE shop.indexed FORCE ROW LEVEL SECURITY;
SELECT agent_auth.customer_directory_complaint();
ALTER TABLE shop.indexed OWNER TO CURRENT_USER;
REVOKE ALL ON SCHEMA shop FROM regress_agent_auth_shop;
SELECT left(agent_auth.customer_directory_complaint(), 60) AS complaint;
RESET client_min_messages;
SET agent_auth.customer_relation = '';
SET client_min_messages = warning;
DROP SCHEMA shop CASCADE;
DROP OWNED BY regress_agent_auth_support;
DROP ROLE regress_agent_auth_shop, regress_agent_auth_support;
DROP VIEW good_view;
DROP TABLE no_email, bad_id, bad_reference, bad_assistable, bad_search_text;
DROP SCHEMA "Odd ""Schema" CASCADE;
RESET client_min_messages;
SELECT found('smith');
