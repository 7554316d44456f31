// cors.mjs: OPTIONS, and what web pages of other origins are told

import { agent, fails, get, gives, login, post, request } from '../language.mjs';
import { PATHS } from './routes.mjs';

const PAGE = 'https://console.example.com';
const ASKS = { Origin: PAGE, 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'content-type, x-agent-authorization' };
const VARY = { vary: 'Origin' };
const SILENT = { 'access-control-allow-origin': null, 'access-control-allow-methods': null, 'access-control-allow-headers': null, 'access-control-allow-credentials': null };
const READABLE = { 'access-control-allow-origin': PAGE, 'access-control-expose-headers': 'ETag, Retry-After, WWW-Authenticate', 'access-control-allow-credentials': null, ...VARY };

const preflights = Object.entries(PATHS).flatMap(([path, methods]) => [
  [`preflight ${path}`, request('OPTIONS', path, ASKS), gives(204, '', {
    allow: `${methods}, OPTIONS`, 'access-control-allow-origin': PAGE, 'access-control-allow-methods': `${methods}, OPTIONS`,
    'access-control-allow-headers': 'Accept, Authorization, Content-Type, X-Agent-Authorization', 'access-control-max-age': '600', 'access-control-allow-credentials': null, ...VARY,
  })],
  [`OPTIONS ${path}, of no page`, request('OPTIONS', path), gives(204, '', { allow: `${methods}, OPTIONS`, ...SILENT, ...VARY })],
]);

const others = ['https://evil.example.com', 'null', 'http://console.example.com', 'https://console.example.com.evil.example.com', 'https://console.example.com:444', 'HTTPS://CONSOLE.EXAMPLE.COM', '*']
  .flatMap((origin) => [
    [`OPTIONS from ${origin}`, request('OPTIONS', '/agent-access-tokens', { ...ASKS, Origin: origin }), gives(204, '', { ...SILENT, ...VARY })],
    [`GET from ${origin}`, get('/agent-customer-search?page[limit]=0', { ...agent('$agent'), Origin: origin }), fails('page', { ...SILENT, ...VARY })],
  ]);

export const CORS = [
  ...preflights, ...others,
  ['an unknown path', request('OPTIONS', '/nowhere', ASKS), fails('404', READABLE)],
  ['a success', get('/.well-known/jwks.json', { Origin: PAGE }), gives(200, '{"keys":[<keys>]}', { 'content-type': 'application/jwk-set+json', ...READABLE })],
  ['a failed login', post('/agent-access-tokens', login('$random@example.com', 'wrong'), { Origin: PAGE }), fails('4101', READABLE)],
  ['a wrong method', request('PUT', '/agent-access-tokens', { Origin: PAGE }), fails('405', { allow: 'POST, OPTIONS', ...READABLE })],
  ['bad headers', get('/.well-known/jwks.json', { Origin: PAGE, Accept: 'text/html' }), fails('406', READABLE)],
  ['nothing', request('DELETE', '/refresh-tokens/x', { Origin: PAGE, ...agent('$agent') }), gives(204, '', READABLE)],
];
