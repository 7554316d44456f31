-- What check_config() finds of the database itself: triggers, policies of applications, case, copies.
CREATE FUNCTION finding(wanted text) RETURNS text LANGUAGE sql AS
	$$ SELECT status || coalesce(': ' || advice, '') FROM agent_auth.check_config() WHERE item = wanted $$;
\pset format unaligned
\pset tuples_only on
\set VERBOSITY terse

-- each trigger of the extension, disabled and dropped: those that are not missed
CREATE FUNCTION unmissed(how text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	t record;
	found text;
BEGIN
	FOR t IN SELECT tgname AS name, tgrelid::regclass AS relation FROM pg_trigger
		WHERE tgrelid::regclass::text LIKE 'agent\_auth.%' AND NOT tgisinternal
	LOOP
		BEGIN
			EXECUTE format(how, t.relation, t.name);
			found := finding('liveness triggers');
			RAISE SQLSTATE 'UNDO0';
		EXCEPTION WHEN SQLSTATE 'UNDO0' THEN NULL;
		END;
		IF found NOT LIKE 'error: %' || t.name || '%' THEN RETURN NEXT t.name; END IF;
	END LOOP;
END $$;
SELECT finding('liveness triggers');
SELECT unmissed('ALTER TABLE %s DISABLE TRIGGER %I');
SELECT unmissed('ALTER TABLE %s ENABLE REPLICA TRIGGER %I');
SELECT unmissed('DROP TRIGGER %2$I ON %1$s');
SELECT unmissed('DROP TRIGGER %2$I ON %1$s; CREATE FUNCTION pg_temp.nothing() RETURNS trigger LANGUAGE plpgsql AS ''BEGIN RETURN NULL; END''; CREATE TRIGGER %2$I AFTER DELETE ON %1$s EXECUTE FUNCTION pg_temp.nothing()');
BEGIN;
ALTER TABLE agent_auth.session DISABLE TRIGGER session_dies;
DROP TRIGGER audit_is_append_only ON agent_auth.audit;
ALTER TABLE agent_auth.audit DISABLE TRIGGER audit_is_sealed;
SELECT finding('liveness triggers');
ROLLBACK;

-- policies that ask who acts, and who need not obey them
CREATE SCHEMA shop;
CREATE ROLE regress_agent_auth_owner;
CREATE ROLE regress_agent_auth_app LOGIN IN ROLE regress_agent_auth_owner;
CREATE ROLE "regress_agent_auth Odd" BYPASSRLS;
CREATE TABLE shop.orders (customer_reference text);
CREATE TABLE shop."Odd Orders" (customer_reference text);
CREATE TABLE shop.others (customer_reference text);
CREATE POLICY own ON shop.others USING (customer_reference = current_user);
SELECT finding('row security');
CREATE POLICY own ON shop.orders USING (customer_reference = agent_auth.current_customer_reference());
CREATE POLICY own ON shop."Odd Orders" USING (true) WITH CHECK (NOT agent_auth.is_impersonating());
CREATE POLICY also ON shop."Odd Orders" USING (agent_auth.current_agent_id() IS NOT NULL);
SELECT finding('row security');
ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE shop."Odd Orders" ENABLE ROW LEVEL SECURITY;
ALTER TABLE shop."Odd Orders" FORCE ROW LEVEL SECURITY;
SELECT finding('row security');
ALTER TABLE shop.orders FORCE ROW LEVEL SECURITY;
SELECT finding('row security');
GRANT INSERT ON shop.orders TO "regress_agent_auth Odd";
SELECT finding('row security');
REVOKE INSERT ON shop.orders FROM "regress_agent_auth Odd";
ALTER TABLE shop.orders OWNER TO "regress_agent_auth Odd";
SELECT finding('row security');
ALTER TABLE shop.orders OWNER TO regress_agent_auth_owner;
SELECT finding('row security');

-- the owner of a table with FORCE sees what the policy shows, and without it everything
INSERT INTO shop.orders VALUES ('DE--1'), ('DE--2');
GRANT USAGE ON SCHEMA shop, agent_auth TO regress_agent_auth_owner;
GRANT EXECUTE ON FUNCTION agent_auth.current_customer_reference TO regress_agent_auth_owner;
SET ROLE regress_agent_auth_owner;
SELECT count(*) FROM shop.orders;
RESET ROLE;
ALTER TABLE shop.orders NO FORCE ROW LEVEL SECURITY;
SET ROLE regress_agent_auth_owner;
SELECT count(*) FROM shop.orders;
RESET ROLE;
SELECT finding('row security');
ALTER ROLE regress_agent_auth_app NOLOGIN;
SELECT left(finding('row security'), 7) AS who_cannot_log_in;
-- by way of functions, where their bodies are known
DROP POLICY own ON shop.orders;
CREATE FUNCTION shop.customer() RETURNS text LANGUAGE sql RETURN agent_auth.current_customer_reference();
CREATE FUNCTION shop.is_own(reference text) RETURNS boolean LANGUAGE sql RETURN reference = shop.customer();
SELECT finding('row security');
CREATE POLICY own ON shop.orders USING (shop.is_own(customer_reference));
SELECT finding('row security');

-- without ICU, in locale C, only A to Z have a case
SELECT finding('case of user names');
SET allow_system_table_mods = on;
BEGIN;
DELETE FROM pg_collation WHERE collname = 'und-x-icu';
DISCARD PLANS;	-- from 18 on they outlive the statement, with what is immutable in them
SELECT finding('case of user names');
ROLLBACK;
RESET allow_system_table_mods;

-- a database that another was copied to, with its keys
SELECT finding('copied database');
BEGIN;
DELETE FROM agent_auth.installation;
INSERT INTO agent_auth.installation VALUES (1);
SELECT finding('copied database');
SAVEPOINT with_keys;
SELECT agent_auth.rotate_signing_key() <> '' AS one_more;
SELECT agent_auth.rotate_refresh_key();
SELECT left(finding('copied database'), 6) AS still;
ROLLBACK TO with_keys;
DELETE FROM agent_auth.signing_key;
SELECT left(finding('copied database'), 6) AS still;
DELETE FROM agent_auth.refresh_key;
SELECT finding('copied database');
SELECT agent_auth.rotate_signing_key() <> '' AS the_first;
SELECT finding('copied database');
ROLLBACK;

\pset tuples_only off
\pset format aligned
SET client_min_messages = warning;
DROP FUNCTION unmissed, finding;
DROP SCHEMA shop CASCADE;
DROP OWNED BY regress_agent_auth_owner, "regress_agent_auth Odd";
DROP ROLE regress_agent_auth_app, regress_agent_auth_owner, "regress_agent_auth Odd";
RESET client_min_messages;
