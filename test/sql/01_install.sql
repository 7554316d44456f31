-- What CREATE EXTENSION makes, and what of it anybody may use: nothing.

-- an encoding that passwords and names are not safe in
CREATE DATABASE regress_agent_auth_latin1
	ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
\c regress_agent_auth_latin1
\set VERBOSITY terse
CREATE EXTENSION agent_auth CASCADE;
\c contrib_regression
DROP DATABASE regress_agent_auth_latin1;

-- the client functions have a schema of their own
SET client_min_messages = warning;
CREATE EXTENSION agent_auth SCHEMA agent_auth CASCADE;
CREATE SCHEMA api;
CREATE EXTENSION pgcrypto;
CREATE EXTENSION pg_trgm;
CREATE EXTENSION agent_auth SCHEMA api;
SELECT p.oid::regprocedure AS client_function FROM pg_proc p
	WHERE pronamespace = 'api'::regnamespace ORDER BY p.oid::regprocedure::text COLLATE "C";
DROP EXTENSION agent_auth;

-- whoever may create in the client schema has no operator of his own in what is made there
CREATE FUNCTION api.taken(bigint, int) RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint';
CREATE FUNCTION api.taken(jsonb, jsonb) RETURNS text LANGUAGE sql AS $$ SELECT 'taken' $$;
CREATE FUNCTION api.taken(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR api.% (FUNCTION = api.taken, LEFTARG = bigint, RIGHTARG = int);
CREATE OPERATOR api.->> (FUNCTION = api.taken, LEFTARG = jsonb, RIGHTARG = jsonb);
CREATE OPERATOR api.= (FUNCTION = api.taken, LEFTARG = text, RIGHTARG = text);
CREATE EXTENSION agent_auth SCHEMA api;
SELECT DISTINCT pg_describe_object(classid, objid, objsubid) AS object, pg_describe_object(refclassid, refobjid, refobjsubid) AS uses
FROM pg_depend WHERE refclassid IN ('pg_operator'::regclass, 'pg_proc'::regclass) AND deptype = 'n' AND classid NOT IN ('pg_operator'::regclass)
	AND pg_describe_object(refclassid, refobjid, refobjsubid) LIKE '%api.%';
DROP EXTENSION agent_auth;
DROP OPERATOR api.% (bigint, int), api.->> (jsonb, jsonb), api.= (text, text);
DROP FUNCTION api.taken(bigint, int), api.taken(jsonb, jsonb), api.taken(text, text);
SELECT nspname FROM pg_namespace WHERE nspname = 'agent_auth';
DROP SCHEMA api;

-- or share the current one
CREATE EXTENSION agent_auth CASCADE;
SELECT extversion, extnamespace::regnamespace, extrelocatable FROM pg_extension WHERE extname = 'agent_auth';
SELECT p.oid::regprocedure AS function, pg_get_function_result(p.oid) AS result,
	CASE provolatile WHEN 'v' THEN 'volatile' WHEN 's' THEN 'stable' ELSE 'immutable' END AS volatility,
	CASE proparallel WHEN 'u' THEN 'unsafe' WHEN 'r' THEN 'restricted' ELSE 'safe' END AS parallel,
	proisstrict AS strict, prosecdef AS definer, proconfig AS config
FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid
WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
	AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'agent_auth')
ORDER BY p.oid::regprocedure::text COLLATE "C";

-- PUBLIC may execute and read nothing, and every object says what it is for
SELECT pg_describe_object(d.classid, d.objid, 0) AS for_public
FROM pg_depend d
LEFT JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
LEFT JOIN pg_namespace n ON d.classid = 'pg_namespace'::regclass AND n.oid = d.objid,
LATERAL aclexplode(CASE WHEN p.oid IS NOT NULL THEN coalesce(proacl, acldefault('f', proowner))
	ELSE coalesce(relacl, nspacl) END) a
WHERE d.deptype = 'e' AND a.grantee = 0
	AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'agent_auth');
SELECT pg_describe_object(d.classid, d.objid, 0) AS uncommented
FROM pg_depend d
WHERE d.deptype = 'e' AND d.classid IN ('pg_proc'::regclass, 'pg_class'::regclass, 'pg_namespace'::regclass)
	AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'agent_auth')
	AND obj_description(d.objid, d.classid::regclass::text) IS NULL
	AND NOT EXISTS (SELECT 1 FROM pg_class WHERE oid = d.objid AND relkind = 'S');

-- all that users put in is theirs, for pg_dump
SELECT c::regclass AS dumped FROM pg_extension, unnest(extconfig) c
WHERE extname = 'agent_auth' ORDER BY c::regclass::text COLLATE "C";

-- settings are not for clients
CREATE ROLE regress_agent_auth_client;
SET ROLE regress_agent_auth_client;
SET agent_auth.bcrypt_cost = 4;
SET agent_auth.peer_header = 'x-forged';
\set VERBOSITY sqlstate
SHOW agent_auth.master_key_file;
\set VERBOSITY terse
RESET ROLE;
SET agent_auth.base_url = 'shop.example.com';
SET agent_auth.base_url = 'https://shop.example.com/';
SET agent_auth.peer_header = 'X-Real-IP';
SET agent_auth.bcrypt_cost = 3;
SELECT name, setting, unit, context FROM pg_settings
WHERE name LIKE 'agent\_auth.%' ORDER BY name COLLATE "C";
