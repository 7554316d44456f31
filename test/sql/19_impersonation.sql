-- An agent acts as a customer: for a reason, named in every token, and no longer than the agent's session.
SELECT fresh('vera@example.com') AS vera \gset
SELECT :'vera'::jsonb ->> 'accessToken' AS vera_token \gset
SELECT set_config('test.token', :'vera_token', false) <> '' AS set;
CREATE FUNCTION begin(reference text, reason text = NULL, ticket text = NULL) RETURNS jsonb LANGUAGE sql AS
	$$ SELECT agent_customer_impersonation_access_token(current_setting('test.token'), reference, reason, ticket) $$;

-- the token: a customer's, and the agent's name in it
SELECT begin('DE--1', 'Cannot find her order', 'T-17') AS one \gset
SELECT key, CASE WHEN key LIKE '%Token' THEN '...' ELSE value::text END AS value FROM jsonb_each(:'one') ORDER BY key;
\pset format unaligned
SELECT string_agg(key, ' ') AS claims FROM json_object_keys(claims(:'one'::jsonb ->> 'accessToken')) key;
SELECT key, regexp_replace(value::text, 'id_agent\\":\d+', 'id_agent\\":N') AS value FROM json_each(claims(:'one'::jsonb ->> 'accessToken')) WHERE key IN ('aud', 'scopes', 'sub', 'act');
SELECT kind, parent_id = sid(:'vera') AS under_agents, customer_reference, reason, ticket, expires_at - created_at AS lasts FROM agent_auth.session WHERE id = sid(:'one');
SELECT event, username, customer_reference, session_id = sid(:'one') AS session, peer, detail - 'parent_session' - 'expires_at' AS detail, (detail ->> 'parent_session')::uuid = sid(:'vera') AS parent FROM agent_auth.audit ORDER BY id DESC LIMIT 1;
SET agent_auth.subject_format = 'urn';
SET agent_auth.customer_role = 'shop_customer';
INSERT INTO agent_auth.customer (customer_reference, last_name) VALUES ('Ä/5 %', 'Odd');
SELECT string_agg(key, ' ') AS claims FROM json_object_keys(claims(begin('DE--1') ->> 'accessToken')) key;
SELECT c ->> 'sub' AS sub, c ->> 'role' AS role, regexp_replace(c #>> '{act,sub}', '\d+', 'N') AS actor FROM claims(begin('Ä/5 %') ->> 'accessToken') c;
RESET agent_auth.subject_format;
RESET agent_auth.customer_role;

-- who acts
BEGIN;
SELECT agent_auth.set_token(:'one'::jsonb ->> 'accessToken');
SELECT agent_auth.current_customer_reference(), agent_auth.is_impersonating(), agent_auth.current_session_id() = sid(:'one') AS session, username FROM agent_auth.agent WHERE id = agent_auth.current_agent_id();
COMMIT;
SELECT agent_token_introspection(:'vera_token', :'one'::jsonb ->> 'accessToken') - '{exp,iat,nbf,jti,sid,act,sub}'::text[] AS introspected, agent_token_introspection(:'vera_token', :'one'::jsonb ->> 'accessToken') ? 'act' AS names_actor;

-- the next pair is the same customer's, by the same agent
SELECT agent_refresh_access_token(:'one'::jsonb ->> 'refreshToken') AS two \gset
SELECT c1 ->> 'sub' = c2 ->> 'sub' AS same_customer, c1 #>> '{act,sub}' = c2 #>> '{act,sub}' AS same_agent, c1 ->> 'sid' = c2 ->> 'sid' AS same_session FROM claims(:'one'::jsonb ->> 'accessToken') c1, claims(:'two'::jsonb ->> 'accessToken') c2;

-- no impersonation from an impersonation, and none without an agent
SELECT what, agent_customer_impersonation_access_token(token, 'DE--1') #>> '{errors,0,code}' AS code FROM (VALUES ('impersonation', :'two'::jsonb ->> 'accessToken'), ('nobody', NULL), ('empty', ''), ('bad', 'x'), ('refresh token', :'vera'::jsonb ->> 'refreshToken')) v(what, token);

-- refused: unknown, not assistable, missing; and the trail tells
SELECT reference, begin(reference) AS answer FROM unnest(ARRAY['DE--4', 'DE--999', 'de--1', '', NULL, ' DE--1']) reference;
SELECT begin(repeat('x', 400)) #>> '{errors,0,code}' AS long;
SELECT event, username, left(customer_reference, 10) AS reference, length(customer_reference), session_id = sid(:'vera') AS session FROM agent_auth.audit WHERE event = 'impersonation_failed' ORDER BY id DESC LIMIT 7;

-- a reason, where one is asked for; and how long it may be
SET agent_auth.impersonation_reason_required = on;
SELECT reason, begin('DE--1', reason) #>> '{errors,0,detail}' AS detail FROM unnest(ARRAY[NULL, '', '  ', 'because']) reason;
SELECT begin('DE--999') #>> '{errors,0,detail}' AS reason_comes_first;
SELECT agent_customer_impersonation_access_token(:'two'::jsonb ->> 'accessToken', 'DE--1') #>> '{errors,0,detail}' AS before_who, agent_customer_impersonation_access_token('x', 'DE--1') #>> '{errors,0,detail}' AS but_not_before_a_bad_token;
RESET agent_auth.impersonation_reason_required;
SELECT n, begin('DE--1', repeat('ü', n)) #>> '{errors,0,detail}' AS reason, begin('DE--1', NULL, repeat('ü', n)) #>> '{errors,0,detail}' AS ticket FROM unnest(ARRAY[500, 501]) n;

-- no longer than the agent's session, nor than its own time, whatever is refreshed
SET agent_auth.impersonation_ttl = 100;
SELECT begin('DE--1') AS short \gset
SELECT :'short'::jsonb ->> 'expiresIn' AS expires_in, agent_refresh_access_token(:'short'::jsonb ->> 'refreshToken') ->> 'expiresIn' AS refreshed;
RESET agent_auth.impersonation_ttl;
UPDATE agent_auth.session SET expires_at = now() + interval '50 seconds' WHERE id = sid(:'vera');
SELECT (begin('DE--1') ->> 'expiresIn')::int BETWEEN 48 AND 50 AS capped;
SELECT c.expires_at = p.expires_at AS ends_with_agents FROM agent_auth.session c JOIN agent_auth.session p ON p.id = c.parent_id ORDER BY c.created_at DESC LIMIT 1;
UPDATE agent_auth.session SET expires_at = now() - interval '1 hour' WHERE id = sid(:'short');
SELECT good(:'short') AS expired, refresh(:'short'::jsonb ->> 'refreshToken');

-- a customer who may not be assisted any more is not acted for any longer
SELECT begin('DE--2') AS two_b \gset
UPDATE agent_auth.customer SET assistable = false WHERE customer_reference = 'DE--2';
SELECT refresh(:'two_b'::jsonb ->> 'refreshToken'), good(:'two_b') AS alive;
SELECT end_reason FROM agent_auth.session WHERE id = sid(:'two_b');
SELECT event, customer_reference FROM agent_auth.audit ORDER BY id DESC LIMIT 1;
UPDATE agent_auth.customer SET assistable = true WHERE customer_reference = 'DE--2';

-- it ends with the agent's session, in the next statement
SELECT begin('DE--2') AS last \gset
SELECT good(:'last') AS warm, good(:'two') AS other;
SELECT agent_auth.end_session(sid(:'vera'));
SELECT good(:'last') AS last, good(:'two') AS other, refresh(:'last'::jsonb ->> 'refreshToken');
SELECT begin('DE--2') #>> '{errors,0,code}' AS again;
SELECT fresh('vera@example.com') AS vera \gset
SELECT set_config('test.token', :'vera'::jsonb ->> 'accessToken', false) <> '' AS set;
SELECT begin('DE--2') AS last \gset
SELECT good(:'last') AS warm;
SELECT agent_auth.disable_agent('vera@example.com');
SELECT good(:'last') AS disabled;
SELECT agent_auth.enable_agent('vera@example.com');
SELECT good(:'last') AS still_dead;

-- POST /agent-customer-impersonation-access-tokens
SELECT fresh('vera@example.com') AS vera \gset
SELECT :'vera'::jsonb ->> 'accessToken' AS vera_token \gset
SELECT set_config('test.token', :'vera_token', false) <> '' AS set;
SELECT begin('DE--1') AS customer \gset
CREATE FUNCTION post(attributes jsonb, headers jsonb = NULL) RETURNS text LANGUAGE sql AS
	$$ SELECT status || coalesce(' ' || (h ->> 'Cache-Control'), '') || ' ' || regexp_replace(convert_from(b, 'UTF8'), '"(accessToken|refreshToken)":"[^"]*"', '"\1":"..."', 'g')
	   FROM agent_auth.http('POST', '/agent-customer-impersonation-access-tokens', coalesce(headers, jsonb_build_object('x-agent-authorization', 'Bearer ' || current_setting('test.token'), 'host', 'shop.example.com')),
		convert_to(jsonb_build_object('data', jsonb_build_object('type', 'agent-customer-impersonation-access-tokens', 'attributes', attributes))::text, 'UTF8'), '2001:db8::7') AS r(status, h, b) $$;
SELECT post('{"customerReference":"DE--1","reason":"over HTTP","ticket":"T-18","unknown":1}');
SELECT reason, ticket, peer FROM agent_auth.session ORDER BY created_at DESC LIMIT 1;
SELECT attributes, post(attributes) FROM unnest(ARRAY['{}', '{"customerReference":null}', '{"customerReference":""}', '{"customerReference":1}', '{"customerReference":["DE--1"]}', '{"customerReference":"DE--4"}', '{"customerReference":"DE--999"}', '{"customerReference":"DE--1","reason":7}']::jsonb[]) attributes;
SELECT post(jsonb_build_object('customerReference', 'DE--1', 'reason', repeat('x', 501))) AS long;
SET agent_auth.impersonation_reason_required = on;
SELECT attributes, post(attributes) FROM unnest(ARRAY['{"customerReference":"DE--1"}', '{"customerReference":"DE--1","reason":1}', '{"customerReference":"DE--1","reason":" "}', '{"customerReference":"DE--999"}']::jsonb[]) attributes;
SELECT what, post('{"customerReference":"DE--1"}', h) FROM (VALUES ('nobody', '{}'::jsonb), ('bad', '{"authorization":"Bearer x"}'), ('bad agent', '{"x-agent-authorization":"Bearer x"}')) v(what, h);
RESET agent_auth.impersonation_reason_required;
SELECT what, post('{"customerReference":"DE--1"}', h) FROM (VALUES ('nobody', '{}'::jsonb), ('another scheme', '{"x-agent-authorization":"Basic x"}'), ('bad', '{"authorization":"Bearer x"}'), ('bad agent', '{"x-agent-authorization":"Bearer x"}'),
	('a customer', jsonb_build_object('authorization', 'Bearer ' || (:'customer'::jsonb ->> 'accessToken'))), ('a customer in the agent header', jsonb_build_object('x-agent-authorization', 'Bearer ' || (:'customer'::jsonb ->> 'accessToken'))),
	('an agent in Authorization', jsonb_build_object('authorization', 'Bearer ' || :'vera_token')),
	('the agent beside a customer', jsonb_build_object('x-agent-authorization', 'Bearer ' || :'vera_token', 'authorization', 'Bearer ' || (:'customer'::jsonb ->> 'accessToken')))) v(what, h);
SELECT status FROM agent_auth.http('POST', '/agent-customer-impersonation-access-tokens/7', '{}', '{}', NULL);
SELECT status, headers ->> 'Allow' AS allow FROM agent_auth.http('GET', '/agent-customer-impersonation-access-tokens', '{}', NULL, NULL);
BEGIN READ ONLY;
SELECT left(post('{"customerReference":"DE--1"}'), 3) AS read_only;
ROLLBACK;

-- POST /token, RFC 8693
CREATE FUNCTION exchange(parameters text, headers jsonb = '{}') RETURNS text LANGUAGE sql AS
	$$ SELECT regexp_replace(ask(headers, 'grant_type=urn:ietf:params:oauth:grant-type:token-exchange' || parameters, '/token'), '"(access_token|refresh_token)":"[^"]*"', '"\1":"..."', 'g') $$;
SELECT '&subject_token=' || :'vera_token' || '&subject_token_type=urn:ietf:params:oauth:token-type:access_token' AS subject, '&subject_token=' || (:'customer'::jsonb ->> 'accessToken') || '&subject_token_type=urn:ietf:params:oauth:token-type:access_token' AS customer_subject \gset
SELECT exchange(:'subject' || '&requested_subject=DE--1&reason=over+OAuth&ticket=T%2D19');
SELECT customer_reference, reason, ticket FROM agent_auth.session ORDER BY created_at DESC LIMIT 1;
SELECT what, exchange(parameters) FROM (VALUES ('nothing', ''), ('no subject', '&requested_subject=DE--1'), ('no type', '&requested_subject=DE--1&subject_token=x'), ('another type', '&requested_subject=DE--1&subject_token=x&subject_token_type=urn:ietf:params:oauth:token-type:id_token'),
	('bad token', '&requested_subject=DE--1&subject_token=x&subject_token_type=urn:ietf:params:oauth:token-type:access_token'), ('a customer''s', :'customer_subject' || '&requested_subject=DE--1'),
	('nobody requested', :'subject'), ('unknown', :'subject' || '&requested_subject=DE--999'), ('not assistable', :'subject' || '&requested_subject=DE--4'),
	('an actor token', :'subject' || '&requested_subject=DE--1&actor_token=x'), ('another token wanted', :'subject' || '&requested_subject=DE--1&requested_token_type=urn:ietf:params:oauth:token-type:refresh_token'),
	('the type named', :'subject' || '&requested_subject=DE--1&requested_token_type=urn:ietf:params:oauth:token-type:access_token'), ('a long reason', :'subject' || '&requested_subject=DE--1&reason=' || repeat('x', 501))) v(what, parameters);
SELECT exchange(:'subject' || '&requested_subject=DE--1', '{"authorization":"Bearer x"}') AS bad_authorization;
SET agent_auth.impersonation_reason_required = on;
SELECT exchange(:'subject' || '&requested_subject=DE--1') AS no_reason, left(exchange(:'subject' || '&requested_subject=DE--1&reason=x'), 3) AS reason;
RESET agent_auth.impersonation_reason_required;

-- a customer's token ends its own session by its own refresh token, and no other of the same agent
SELECT fresh('vera@example.com') AS agent \gset
SELECT set_config('test.token', :'agent'::jsonb ->> 'accessToken', false) <> '' AS set;
SELECT begin('DE--1') AS one \gset
SELECT begin('DE--2') AS two \gset
CREATE FUNCTION end_by(refresh jsonb, access jsonb) RETURNS text LANGUAGE sql AS
	$$ SELECT remove('/refresh-tokens/' || (refresh ->> 'refreshToken'), jsonb_build_object('authorization', 'Bearer ' || (access ->> 'accessToken'))) $$;
SELECT end_by(:'two', :'one') AS another_customer_s, end_by(:'agent', :'one') AS the_agent_s;
SELECT good(:'one') AS one, good(:'two') AS two, good(:'agent') AS agent;
SELECT end_by(:'one', :'one') AS its_own;
SELECT good(:'one') AS one, good(:'two') AS two, good(:'agent') AS agent, end_reason FROM agent_auth.session WHERE id = sid(:'one');
SELECT remove('/refresh-tokens/mine', jsonb_build_object('authorization', 'Bearer ' || (:'two'::jsonb ->> 'accessToken'))) AS mine;
SELECT good(:'two') AS two, good(:'agent') AS agent;
DROP FUNCTION end_by;

-- no longer than the agent's own tokens: those of a session that nobody refreshes end with time
SELECT fresh('vera@example.com') AS idle \gset
SELECT set_config('test.token', :'idle'::jsonb ->> 'accessToken', false) <> '' AS set;
SELECT begin('DE--1') AS one \gset
SELECT begin('DE--1') AS two \gset
UPDATE agent_auth.session SET refreshed_at = now() - interval '100 s' WHERE id = sid(:'idle');
SELECT good(:'one') AS within_its_time;
SET agent_auth.refresh_token_ttl = 50;
SELECT good(:'one') AS access_tokens_live_longer;
SET agent_auth.access_token_ttl = 50;
SELECT good(:'one') AS remembered, good(:'two') AS not_remembered, refresh(:'one'::jsonb ->> 'refreshToken');
RESET agent_auth.refresh_token_ttl;
RESET agent_auth.access_token_ttl;
BEGIN;
SELECT agent_auth.set_token(:'one'::jsonb ->> 'accessToken');
SELECT agent_auth.current_customer_reference();
SET LOCAL agent_auth.refresh_token_ttl = 50;
SET LOCAL agent_auth.access_token_ttl = 50;
SELECT agent_auth.current_customer_reference();
ROLLBACK;
SELECT good(:'one') AS again, refresh(:'one'::jsonb ->> 'refreshToken');
UPDATE agent_auth.session SET refreshed_at = now() - interval '31 days' WHERE id = sid(:'idle');
SELECT good(:'two') AS idle, refresh(:'two'::jsonb ->> 'refreshToken');
\pset format aligned
DROP FUNCTION begin, post, exchange;
