-- Whence failed logins come: an address, as far as somebody vouches for it, or the role that logged in to the database.
SELECT agent_auth.create_agent('origin@example.com', 'correct horse battery') > 0 AS created;
CREATE FUNCTION by_name(username text, password text) RETURNS text LANGUAGE sql AS
	$$ SELECT coalesce(agent_access_token(username, password) #>> '{errors,0,code}', 'in') $$;
CREATE ROLE regress_agent_auth_one LOGIN SUPERUSER;
CREATE ROLE regress_agent_auth_two LOGIN SUPERUSER;
CREATE ROLE regress_agent_auth_layer LOGIN SUPERUSER;
\set admin :USER

-- a good login forgives its pair; neither the address, whence its owner may try other accounts for ever ...
SELECT try('lock@example.com', 'wrong', '203.0.113.49');
SELECT count(*) FILTER (WHERE try('one' || n || '@example.com', 'wrong', '203.0.113.49') = '401 4101') FROM generate_series(1, 48) n;
SELECT try('origin@example.com', 'correct horse battery', '203.0.113.49');
SELECT try('one50@example.com', 'wrong', '203.0.113.49');
SELECT try('origin@example.com', 'correct horse battery', '203.0.113.49');
-- ... nor the account, where its owner logs in while others guess
SELECT count(*) FILTER (WHERE try('origin@example.com', 'wrong', ('198.18.2.' || n)::inet) = '401 4101') FROM generate_series(1, 99) n;
SELECT try('origin@example.com', 'correct horse battery', '203.0.113.50');
SELECT try('origin@example.com', 'wrong', '203.0.113.51');
SELECT try('origin@example.com', 'correct horse battery', '203.0.113.50');
-- an account is locked for as long as failures count, an address for less
SELECT (headers ->> 'Retry-After')::int > 360 AS longer FROM agent_auth.http('POST', '/agent-access-tokens', '{}', login('origin@example.com', 'x'), '203.0.113.50');
SELECT (headers ->> 'Retry-After')::int > 360 AS longer FROM agent_auth.http('POST', '/agent-access-tokens', '{}', login('one1@example.com', 'x'), '203.0.113.49');
-- to unlock it unlocks no address, and no other account
SELECT agent_auth.unlock_agent('origin@example.com'), agent_auth.unlock_agent('lock@example.com');
SELECT try('origin@example.com', 'wrong', '203.0.113.50'), try('origin@example.com', 'wrong', '203.0.113.49') AS address, try('target@example.com', 'wrong', '203.0.113.50') AS other;
SELECT agent_auth.unlock_agent('origin@example.com');

-- by name and without an address: a role has the counters of an address
SET SESSION AUTHORIZATION regress_agent_auth_one;
SELECT n, by_name('origin@example.com', 'wrong') FROM generate_series(1, 10) n;
SELECT count(*) FILTER (WHERE by_name('two' || n || '@example.com', 'wrong') = '4101') FROM generate_series(1, 60) n;
SELECT by_name('lock@example.com', 'correct horse battery');
-- whatever role it takes on
SET ROLE regress_agent_auth_two;
SELECT by_name('lock@example.com', 'correct horse battery');
RESET ROLE;
-- and whatever address it claims
SET request.headers = '{"x-real-ip":"192.0.2.99"}';
SELECT by_name('lock@example.com', 'correct horse battery');
RESET request.headers;
-- another role is another one
SET SESSION AUTHORIZATION regress_agent_auth_two;
SELECT by_name('lock@example.com', 'correct horse battery'), by_name('origin@example.com', 'correct horse battery');
-- and the doors know nothing of roles
SET SESSION AUTHORIZATION regress_agent_auth_one;
SELECT try('lock@example.com', 'correct horse battery', NULL);
SET request.headers = '{"x-original-method":"POST","x-original-uri":"/agent-access-tokens"}';
SELECT agent_http(login('lock@example.com', 'correct horse battery'))::jsonb ? 'data' AS logged_in;
SELECT count(*) FILTER (WHERE agent_http(login('three' || n || '@example.com', 'wrong')) #>> '{errors,0,code}' = '4101') FROM generate_series(1, 60) n;
RESET request.headers;
RESET SESSION AUTHORIZATION;

-- a header names the address where that is set for the role that logged in
CREATE FUNCTION seen(headers text) RETURNS inet LANGUAGE sql AS $$
	SELECT set_config('request.headers', headers, true);
	SELECT by_name('origin@example.com', 'wrong');
	SELECT peer FROM agent_auth.audit ORDER BY id DESC LIMIT 1 $$;
CREATE VIEW believed AS
	SELECT current_setting('agent_auth.peer_header') AS peer_header, session_user, seen('{"x-real-ip":"192.0.2.50","x-forwarded-for":"192.0.2.51"}');
CREATE VIEW found AS
	SELECT status, advice FROM agent_auth.check_config() WHERE item = 'agent_auth.peer_header';
ALTER DATABASE :"DBNAME" SET agent_auth.peer_header = 'x-real-ip';
\c - regress_agent_auth_layer
TABLE believed;
TABLE found;
ALTER ROLE ALL SET agent_auth.peer_header = 'x-real-ip';
ALTER DATABASE :"DBNAME" RESET agent_auth.peer_header;
\c -
TABLE believed;
ALTER ROLE regress_agent_auth_layer SET agent_auth.peer_header = 'x-forwarded-for';
\c -
TABLE believed;
TABLE found;
ALTER ROLE regress_agent_auth_layer IN DATABASE :"DBNAME" SET agent_auth.peer_header = 'x-real-ip';
\c -
TABLE believed;
-- not by a role that is switched to; a superuser may say so for a session
\c - regress_agent_auth_two
SET ROLE regress_agent_auth_layer;
TABLE believed;
RESET ROLE;
SET agent_auth.peer_header = 'x-real-ip';
TABLE believed;
BEGIN;
RESET agent_auth.peer_header;
TABLE believed;
ROLLBACK;
TABLE believed;
RESET agent_auth.peer_header;
TABLE believed;
\c - :admin
ALTER ROLE ALL RESET agent_auth.peer_header;
ALTER ROLE regress_agent_auth_layer RESET agent_auth.peer_header;
ALTER ROLE regress_agent_auth_layer IN DATABASE :"DBNAME" RESET agent_auth.peer_header;
DROP VIEW believed, found;
DROP FUNCTION seen, by_name;
DROP OWNED BY regress_agent_auth_one, regress_agent_auth_two, regress_agent_auth_layer;
DROP ROLE regress_agent_auth_one, regress_agent_auth_two, regress_agent_auth_layer;
SELECT agent_auth.unlock_agent('origin@example.com');
