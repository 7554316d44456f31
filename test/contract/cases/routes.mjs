// routes.mjs: which paths there are, and which methods each takes.

import { fails, login, post, request } from '../language.mjs';

// path: its methods, as Allow lists them
export const PATHS = {
  '/agent-access-tokens': 'POST',
  '/agent-customer-search': 'GET, HEAD',
  '/agent-customer-impersonation-access-tokens': 'POST',
  '/agent-impersonations': 'GET, HEAD',
  '/agent-sessions': 'GET, HEAD, DELETE',
  '/agent-sessions/00000000-0000-4000-8000-000000000000': 'DELETE',
  '/refresh-tokens': 'POST, DELETE',
  '/refresh-tokens/mine': 'DELETE',
  '/token': 'POST',
  '/introspect': 'POST',
  '/revoke': 'POST',
  '/.well-known/jwks.json': 'GET, HEAD',
  '/.well-known/oauth-authorization-server': 'GET, HEAD',
};

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

// Nothing is created under an id: POST with one is no route at all.
const isResource = (path) => /^\/[a-z-]+\/./.test(path) && !path.startsWith('/.well-known');

const without = (expected, method) => (method === 'HEAD' ? { ...expected, body: '' } : expected);

const methods = Object.entries(PATHS).flatMap(([path, allow]) => METHODS
  .filter((method) => !allow.split(', ').includes(method))
  .map((method) => [
    `${method} ${path}`, request(method, path),
    without(isResource(path) && method === 'POST' ? fails('404') : fails('405', { allow: `${allow}, OPTIONS` }), method),
  ]));

const unknown = [
  '/', '/agents', '/agent-access-tokens/1', '/agent-access-token', '/Agent-Access-Tokens', '//agent-access-tokens',
  '/agent-access-tokens//', '/agent-sessions//', '/refresh-tokens//', '/agent-access-tokens%2F1', '/agent-access-tokens;x', '/.well-known/jwks', '/.well-known/',
  '/rpc/agent_http', '/rpc/agent_access_token', '/token/1', '/agent-sessions/a/b',
  '/agent-access-tokens%20', '/%C3%BC',
].flatMap((path) => ['GET', 'POST', 'DELETE', 'PURGE']
  .map((method) => [`${method} ${path}`, request(method, path), fails('404')]));

const spellings = ['/agent-access-tokens/', '/agent-access-tokens?x=1&page[limit]=2', '/agent%2Daccess%2dtokens', '/agent-access-tokens?q=%zz']
  .map((path) => [`POST ${path}`, post(path, login('$random@example.com', 'wrong')), fails('4101')]);

export const ROUTES = [...methods, ...unknown, ...spellings];
