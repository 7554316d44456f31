-- Web pages of other origins: OPTIONS, and what a browser needs to let a page read an answer.
CREATE FUNCTION options(method text, target text, headers jsonb) RETURNS text LANGUAGE sql AS
	$$ SELECT status || coalesce((SELECT string_agg(E'\n  ' || key || ': ' || value, '' ORDER BY key) FROM jsonb_each_text(h) WHERE key ~ '^(Access|Vary|Allow$)'), '') || CASE WHEN b IS NULL THEN '' ELSE E'\n  and a body' END
	   FROM agent_auth.http(method, target, headers, NULL, NULL) AS r(status, h, b) $$;
\pset format unaligned
\pset tuples_only on
-- nothing is configured
SELECT options('OPTIONS', '/agent-access-tokens', '{}');
SELECT options('OPTIONS', '/agent-access-tokens', '{"origin":"https://shop.example.com","access-control-request-method":"POST"}');
SELECT options('GET', '/.well-known/jwks.json', '{"origin":"https://shop.example.com"}');
SELECT options('OPTIONS', target, '{}') FROM unnest(ARRAY['/', '/nowhere', '*', '/agent-sessions', '/agent-sessions/7', '/refresh-tokens', '/refresh-tokens/x', '/token', '/.well-known/jwks.json', '/agent-customer-search?q=x']) target;
-- two origins
SET agent_auth.cors_origins = 'https://shop.example.com, http://127.0.0.1:3000';
SELECT options('OPTIONS', '/agent-access-tokens', jsonb_build_object('origin', origin, 'access-control-request-method', 'POST', 'access-control-request-headers', 'x-agent-authorization'))
FROM unnest(ARRAY['https://shop.example.com', 'http://127.0.0.1:3000', 'http://shop.example.com', 'https://shop.example.com:443', 'https://evil.example.com', 'https://shop.example.com.example.net', 'https://shop.example', 'null', '', ',', 'https://shop.example.com,']) origin;
SELECT options(method, target, '{"origin":"https://shop.example.com"}') FROM (VALUES ('GET', '/.well-known/jwks.json'), ('GET', '/agent-sessions'), ('POST', '/agent-access-tokens'), ('GET', '/nowhere'), ('PUT', '/token')) v(method, target);
SELECT options('GET', '/.well-known/jwks.json', '{"origin":"https://evil.example.com"}');
SELECT options('GET', '/.well-known/jwks.json', '{}');
-- any
SET agent_auth.cors_origins = '*';
SELECT options('OPTIONS', '/token', '{"origin":"https://evil.example.com"}');
SELECT options('GET', '/.well-known/jwks.json', '{"origin":"null"}');
SELECT options('GET', '/.well-known/jwks.json', '{}');
BEGIN READ ONLY;
SELECT options('OPTIONS', '/agent-sessions', '{"origin":"https://shop.example.com"}');
ROLLBACK;
-- what is no origin
SET agent_auth.cors_origins = 'shop.example.com';
SET agent_auth.cors_origins = 'https://shop.example.com/';
SET agent_auth.cors_origins = 'https://shop.example.com,,https://x.example.com';
SET agent_auth.cors_origins = 'https://';
SET agent_auth.cors_origins = 'https://me@shop.example.com';
SET agent_auth.cors_origins = '';
SHOW agent_auth.cors_origins;
RESET agent_auth.cors_origins;
\pset tuples_only off
\pset format aligned
DROP FUNCTION options;
