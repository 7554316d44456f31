-- Row-level security in earnest: who sees which rows, who wrote them, and what an agent may not write.
SELECT fresh('vera@example.com') AS vera \gset
SELECT :'vera'::jsonb ->> 'accessToken' AS vera_token \gset
SELECT agent_customer_impersonation_access_token(:'vera_token', 'DE--1') ->> 'accessToken' AS customer \gset
SELECT agent_id AS vera_id FROM agent_auth.session WHERE id = sid(:'vera') \gset
CREATE TABLE purchase (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_reference text, note text, acted_by_agent_id bigint, acted_by_session_id uuid);
INSERT INTO purchase (customer_reference, note) SELECT 'DE--' || n % 500, 'order ' || n FROM generate_series(1, 5000) n;
CREATE INDEX ON purchase (customer_reference);
ANALYZE purchase;
ALTER TABLE purchase ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON purchase USING (customer_reference = (SELECT agent_auth.current_customer_reference()));
CREATE ROLE regress_agent_auth_app;
GRANT USAGE ON SCHEMA agent_auth TO regress_agent_auth_app;
GRANT EXECUTE ON FUNCTION agent_auth.set_token, agent_auth.current_customer_reference, agent_auth.current_agent_id, agent_auth.is_impersonating, agent_auth.current_session_id TO regress_agent_auth_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON purchase TO regress_agent_auth_app;

CREATE FUNCTION plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN	-- how the value of an InitPlan is shown depends on the server's version
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		IF line !~ 'Result' THEN RETURN NEXT regexp_replace(line, '(\$0|\(InitPlan \w+\)\.col1| (1|expr_1)( \(returns \$0\))?$)', '', 'g'); END IF;
	END LOOP;
END $$;
SET ROLE regress_agent_auth_app;
SELECT count(*) AS nobodys FROM purchase;
BEGIN;
SELECT agent_auth.set_token(:'customer');
SELECT count(*), min(customer_reference), max(customer_reference) FROM purchase;
SELECT * FROM plan('SELECT note FROM purchase');
-- without the sub-select too: STABLE, and the function does not leak
RESET ROLE;
ALTER POLICY own ON purchase USING (customer_reference = agent_auth.current_customer_reference());
SET ROLE regress_agent_auth_app;
SELECT * FROM plan('SELECT note FROM purchase');
SELECT * FROM plan($$SELECT note FROM purchase WHERE note LIKE 'order 1%'$$);
-- what cannot use an index asks once all the same
RESET ROLE;
ALTER POLICY own ON purchase USING (customer_reference || '' = (SELECT agent_auth.current_customer_reference()));
SET ROLE regress_agent_auth_app;
SELECT * FROM plan('SELECT note FROM purchase');
SELECT count(*) FROM purchase;
COMMIT;
SELECT count(*) AS nobodys FROM purchase;
BEGIN;
SELECT agent_auth.set_token(:'vera_token');
SELECT count(*) AS agents_own FROM purchase;
COMMIT;
RESET ROLE;
ALTER POLICY own ON purchase USING (customer_reference = (SELECT agent_auth.current_customer_reference()));
CREATE POLICY everything ON purchase USING (current_setting('app.everything', true) = 'on');

-- stamp_actor(): in inserts and updates, and nobody makes a mark by hand
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON purchase FOR EACH ROW EXECUTE FUNCTION agent_auth.stamp_actor();
CREATE FUNCTION marks() RETURNS TABLE (note text, by_vera boolean, session boolean) LANGUAGE sql AS
	$$ SELECT note, acted_by_agent_id = current_setting('test.vera_id')::bigint, acted_by_session_id::text = current_setting('test.session') FROM purchase WHERE note LIKE 'new%' ORDER BY id $$;
SELECT set_config('test.vera_id', :'vera_id', false) <> '', set_config('test.session', claims(:'customer') ->> 'sid', false) <> '';
SET ROLE regress_agent_auth_app;
SET app.everything = on;
INSERT INTO purchase (customer_reference, note) VALUES ('DE--1', 'new, by nobody');
INSERT INTO purchase (customer_reference, note, acted_by_agent_id, acted_by_session_id) VALUES ('DE--1', 'new, forged', 7, '00000000-0000-4000-8000-000000000000');
BEGIN;
SELECT agent_auth.set_token(:'customer');
INSERT INTO purchase (customer_reference, note) VALUES ('DE--1', 'new, by an agent'), ('DE--1', 'new, by an agent too');
INSERT INTO purchase (customer_reference, note, acted_by_agent_id) VALUES ('DE--1', 'new, forged by an agent', 7);
COMMIT;
SELECT * FROM marks();
UPDATE purchase SET note = 'new, by an agent, then changed' WHERE note = 'new, by an agent';
UPDATE purchase SET acted_by_agent_id = NULL, acted_by_session_id = NULL WHERE note = 'new, by an agent too';
UPDATE purchase SET acted_by_agent_id = 7 WHERE note = 'new, by nobody';
SELECT * FROM marks();
BEGIN;
SELECT agent_auth.set_token(:'customer');
UPDATE purchase SET note = 'new, by nobody, then an agent' WHERE note = 'new, by nobody';
INSERT INTO purchase (id, customer_reference, note) OVERRIDING SYSTEM VALUE SELECT id, customer_reference, note FROM purchase WHERE note = 'new, forged' ON CONFLICT (id) DO UPDATE SET note = 'new, forged, then an agent';
COMMIT;
SELECT * FROM marks();
RESET ROLE;

-- tables that have one of the columns, another type, or none; triggers made otherwise
CREATE TABLE one (n int, acted_by_agent_id bigint);
CREATE TABLE bad (n int, acted_by_agent_id text);
CREATE TABLE none (n int);
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON one FOR EACH ROW EXECUTE FUNCTION agent_auth.stamp_actor();
CREATE TRIGGER stamp BEFORE INSERT ON bad FOR EACH ROW EXECUTE FUNCTION agent_auth.stamp_actor();
CREATE TRIGGER stamp BEFORE INSERT ON none FOR EACH ROW EXECUTE FUNCTION agent_auth.stamp_actor();
BEGIN;
SELECT agent_auth.set_token(:'vera_token');
INSERT INTO one VALUES (1, 7) RETURNING n, acted_by_agent_id = :vera_id AS by_vera;
COMMIT;
INSERT INTO bad VALUES (1);
INSERT INTO none VALUES (1);
CREATE TRIGGER after AFTER INSERT ON one FOR EACH ROW EXECUTE FUNCTION agent_auth.stamp_actor();
INSERT INTO one VALUES (2);
DROP TRIGGER after ON one;
CREATE TRIGGER statement BEFORE INSERT ON one EXECUTE FUNCTION agent_auth.stamp_actor();
INSERT INTO one VALUES (2);
DROP TRIGGER statement ON one;
CREATE TRIGGER gone BEFORE DELETE ON one FOR EACH ROW EXECUTE FUNCTION agent_auth.stamp_actor();
DELETE FROM one;
DROP TRIGGER gone ON one;
SELECT agent_auth.stamp_actor();
SELECT agent_auth.forbid_impersonated();

-- forbid_impersonated(): the customer's own, in every kind of trigger
CREATE TRIGGER own BEFORE UPDATE OF note ON purchase FOR EACH ROW EXECUTE FUNCTION agent_auth.forbid_impersonated();
CREATE TRIGGER never BEFORE INSERT OR DELETE OR TRUNCATE ON none EXECUTE FUNCTION agent_auth.forbid_impersonated();
DROP TRIGGER stamp ON none;
SELECT agent_auth.set_token(:'customer') \; UPDATE purchase SET note = 'x' WHERE id = 1;
\echo :LAST_ERROR_SQLSTATE
SELECT agent_auth.set_token(:'customer') \; UPDATE purchase SET customer_reference = 'DE--2' WHERE id = 1 RETURNING note, acted_by_agent_id = :vera_id AS by_vera;
SELECT agent_auth.set_token(:'customer') \; INSERT INTO none VALUES (1);
SELECT agent_auth.set_token(:'customer') \; TRUNCATE none;
SELECT agent_auth.set_token(:'vera_token') \; INSERT INTO none VALUES (1) RETURNING n AS an_agent_as_such;
INSERT INTO none VALUES (2) RETURNING n AS nobody;
UPDATE purchase SET note = 'changed' WHERE id = 1 RETURNING note AS nobody;
CREATE TRIGGER late AFTER INSERT ON none EXECUTE FUNCTION agent_auth.forbid_impersonated();
INSERT INTO none VALUES (3);

-- the claims that PostgREST has verified count as well, where that is allowed
SET agent_auth.trust_request_claims = on;
SELECT set_config('request.jwt.claims', claims(:'customer')::text, false) <> '' AS set;
UPDATE purchase SET note = 'x' WHERE id = 1;
UPDATE one SET n = 5 RETURNING n, acted_by_agent_id = :vera_id AS by_vera;
RESET agent_auth.trust_request_claims;
UPDATE purchase SET note = 'x' WHERE id = 1 RETURNING note;
DROP TABLE purchase, one, bad, none;
DROP FUNCTION marks, plan;
DROP OWNED BY regress_agent_auth_app;
DROP ROLE regress_agent_auth_app;
