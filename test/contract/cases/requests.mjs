// requests.mjs: what is refused of a request before anybody looks at who sends
// it, and in which order; and which header names whom.

import { NO_STORE, agent, bearer, del, envelope, fails, get, gives, login, post, request } from '../language.mjs';
import { PATHS } from './routes.mjs';

const JSON_API_ROUTES = {
  '/agent-access-tokens': ['agent-access-tokens', '4101'],
  '/agent-customer-impersonation-access-tokens': ['agent-customer-impersonation-access-tokens', '4103'],
  '/refresh-tokens': ['refresh-tokens', 'refreshToken missing'],
};

const accept = [
  ['absent', {}, true], ['*/*', '*/*', true], ['application/*', 'application/*', true], ['application/json', 'application/json', true],
  ['application/vnd.api+json', 'application/vnd.api+json', true], ['another case', 'APPLICATION/JSON', true],
  ['a browser\'s list', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', true],
  ['a parameter', 'application/vnd.api+json; ext="https://example.com/"', true], ['text/html', 'text/html', false],
  ['image/*', 'image/*', false], ['weight zero', 'application/json;q=0', false], ['nonsense', 'x', false],
].map(([name, value, good]) => [
  `Accept: ${name}`,
  post('/agent-access-tokens', login('$random@example.com', 'wrong'), typeof value === 'string' ? { Accept: value } : {}),
  fails(good ? '4101' : '406'),
]);

const contentType = [
  ['absent', null, true], ['application/json', 'application/json', true], ['with a charset', 'application/vnd.api+json; charset=utf-8', true],
  ['another case', 'Application/Vnd.API+JSON', true], ['text/plain', 'text/plain', false], ['a form', 'application/x-www-form-urlencoded', false],
  ['JSON of another kind', 'application/ld+json', false], ['two', 'application/json, text/plain', false], ['nonsense', 'json', false],
].map(([name, value, good]) => [
  `Content-Type: ${name}`,
  request('POST', '/agent-access-tokens', value === null ? {} : { 'Content-Type': value }, login('$random@example.com', 'wrong')),
  fails(good ? '4101' : '415'),
]);

// For all of them: what logs nobody in, and is ignored elsewhere
const NOBODY = { username: '$random@example.com', password: 'x' };

const deep = (levels) => '{"a":'.repeat(levels) + '1' + '}'.repeat(levels);
const padded = (size) => {
  const body = login('$random', 'x');
  return body + ' '.repeat(size - body.replace('$random', 'x'.repeat(16)).length);
};

// name, body with the type of the route in it, what comes of it (null: as an empty set of attributes would)
const bodies = [
  ['nothing', () => '', 'body'], ['no JSON', () => 'x', 'body'], ['an array', () => '[]', 'body'], ['null', () => 'null', 'body'],
  ['no data', () => '{}', 'body'], ['no type', () => '{"data":{"attributes":{}}}', 'body'], ['no attributes', (type) => `{"data":{"type":"${type}"}}`, 'body'],
  ['attributes of another kind', (type) => `{"data":{"type":"${type}","attributes":[]}}`, 'body'], ['a type of another kind', () => '{"data":{"type":1,"attributes":{}}}', 'body'],
  ['another type', () => '{"data":{"type":"agents","attributes":{}}}', 'type'], ['an empty type', () => '{"data":{"type":"","attributes":{}}}', 'type'],
  ['trailing bytes', (type) => `${envelope(type, {})} x`, 'body'], ['two documents', (type) => envelope(type, {}).repeat(2), 'body'],
  ['single quotes', (type) => envelope(type, {}).replaceAll('"', "'"), 'body'], ['a comment', (type) => `/**/${envelope(type, {})}`, 'body'],
  ['NaN', (type) => `{"data":{"type":"${type}","attributes":{"x":NaN}}}`, 'body'], ['duplicate members', (type) => `{"data":{"type":"${type}","type":"${type}","attributes":{}}}`, 'body'],
  ['duplicate members, escaped', (type) => `{"data":{"type":"${type}","attributes":{"a":1,"\\u0061":2}}}`, 'body'],
  ['a NUL, escaped', (type) => `{"data":{"type":"${type}","attributes":{"x":"\\u0000"}}}`, 'body'], ['a NUL', (type) => `{"data":{"type":"${type}","attributes":{"x":"\0"}}}`, 'body'],
  ['a lone surrogate', (type) => `{"data":{"type":"${type}","attributes":{"x":"\\ud800"}}}`, 'body'], ['a control character', (type) => `{"data":{"type":"${type}","attributes":{"x":"\n"}}}`, 'body'],
  ['33 levels', (type) => `{"data":{"type":"${type}","attributes":{"x":${deep(30)}}}}`, 'body'], ['32 levels', (type) => `{"data":{"type":"${type}","attributes":{"username":"$random@example.com","x":${deep(29)}}}}`, null],
  ['no UTF-8', (type) => Buffer.from(`{"data":{"type":"${type}","attributes":{"x":"\xff"}}}`, 'latin1'), 'body'],
  ['a byte order mark', (type) => `\ufeff${envelope(type, {})}`, 'body'],
  ['blanks around', (type) => ` \r\n\t${envelope(type, NOBODY)}\n`, null], ['an id of its own, and members that nobody knows', (type) => `{"meta":{},"data":{"id":"7","type":"${type}","attributes":{"username":"$random@example.com","x":[1,{"y":null}]},"relationships":{}}}`, null],
].flatMap(([name, body, error]) => Object.entries(JSON_API_ROUTES).map(([path, [type, empty]]) =>
  [`${path}: ${name}`, post(path, body(type)), fails(error ?? empty)]));

const sizes = [
  ['65,536 bytes', post('/agent-access-tokens', padded(65536)), fails('4101')],
  ['65,537 bytes', post('/agent-access-tokens', padded(65537)), fails('413')],
  ['a megabyte', post('/refresh-tokens', 'x'.repeat(1000000)), fails('413')],
];

// Each request breaks a rule and all that come after it.
const order = [
  ['404 before all', post('/nowhere', 'x', { Accept: 'text/html', 'Content-Type': 'text/plain', ...agent('x') }), fails('404')],
  ['405 before the headers', request('PUT', '/agent-access-tokens', { Accept: 'text/html', 'Content-Type': 'text/plain', ...agent('x') }, 'x'), fails('405', { allow: 'POST, OPTIONS' })],
  ['406 before 415', post('/agent-access-tokens', 'x', { Accept: 'text/html', 'Content-Type': 'text/plain', ...agent('x') }), fails('406')],
  ['415 before the body', post('/agent-access-tokens', 'x', { 'Content-Type': 'text/plain', ...agent('x') }), fails('415')],
  ['the body before the tokens', post('/agent-access-tokens', 'x', { ...agent('x'), ...bearer('x') }), fails('body')],
  ['the agent header before Authorization', post('/agent-access-tokens', login('$random@example.com', ''), { ...agent('x'), ...bearer('x') }), fails('4102')],
  ['Authorization before the attributes', post('/refresh-tokens', envelope('refresh-tokens', {}), bearer('x')), fails('001')],
  ['attributes before who it is', post('/agent-customer-impersonation-access-tokens', envelope('agent-customer-impersonation-access-tokens', { reason: 'x'.repeat(501) })), fails('reason long')],
  ['who it is before the customer', post('/agent-customer-impersonation-access-tokens', envelope('agent-customer-impersonation-access-tokens', { customerReference: 'nobody' })), fails('4103')],
];

// Whose token: on an endpoint that is for agents.  null: it works.
const ANY = '/agent-customer-search?q=CT--1';
const headers = [
  ['none', {}, '4103'], ['an empty Authorization', { Authorization: '' }, '4103'],
  ['the agent header', agent('$agent'), null], ['Authorization', bearer('$agent'), null], ['both, of one agent', { ...agent('$agent'), ...bearer('$agent') }, null],
  ['another case of Bearer', { 'X-Agent-Authorization': 'bEARER $agent' }, null], ['blanks after Bearer', { Authorization: 'Bearer   $agent' }, null],
  ['a bad agent header', agent('x'), '4102'], ['a bad Authorization', bearer('x'), '001'],
  ['an ended session in the agent header', agent('$ended'), '4102'], ['an ended session in Authorization', bearer('$ended'), '001'],
  ['an altered token in the agent header', agent('$agent-x'), '4102'], ['a refresh token', bearer('$agent.refresh'), '001'],
  ['another scheme in the agent header', { 'X-Agent-Authorization': 'Basic eDp5' }, '4103'], ['Bearer alone in the agent header', { 'X-Agent-Authorization': 'Bearer' }, '4103'],
  ['a bare token in the agent header', { 'X-Agent-Authorization': '$agent' }, '4103'],
  ['another scheme in Authorization', { Authorization: 'Basic eDp5' }, '001 scheme'], ['Bearer alone in Authorization', { Authorization: 'Bearer' }, '001 scheme'],
  ['a customer in the agent header', agent('$customer'), '4103'], ['a customer in Authorization', bearer('$customer'), '4103'],
  ['an agent, and a customer in Authorization', { ...agent('$agent'), ...bearer('$customer') }, null],
  ['a customer in the agent header, an agent in Authorization', { ...agent('$customer'), ...bearer('$agent') }, '4103'],
  ['an agent, and a bad Authorization', { ...agent('$agent'), ...bearer('x') }, '001'], ['a bad agent header, and an agent', { ...agent('x'), ...bearer('$agent') }, '4102'],
  ['another scheme in the agent header, and an agent', { 'X-Agent-Authorization': 'Basic eDp5', ...bearer('$agent') }, '4103'],
  ['the agent header twice: the last counts', { 'X-Agent-Authorization': ['Bearer x', 'Bearer $agent'] }, null],
  ['the agent header twice, the last bad', { 'X-Agent-Authorization': ['Bearer $agent', 'Bearer x'] }, '4102'],
].map(([name, given, error]) => [`who: ${name}`, get(ANY, given), error === null
  ? gives(200, '{"data":[{"type":"agent-customer-search","id":null,"attributes":{"customers":[{"customerReference":"CT--1","email":"anna@contract.example.com","firstName":"Anna","lastName":"Example"}]},'
    + '"links":{"self":"$links/agent-customer-search?q=CT--1"}}],"links":{"self":"$links/agent-customer-search?q=CT--1","last":"$links/agent-customer-search?q=CT--1&page[offset]=0&page[limit]=10",'
    + '"first":"$links/agent-customer-search?q=CT--1&page[offset]=0&page[limit]=10"},"meta":{"total":1,"exact":true}}', NO_STORE)
  : fails(error)]);

// On every path: what is asked for, sent, and how much of it
const JSON_API_PATHS = Object.keys(JSON_API_ROUTES);
const FORM_PATHS = ['/token', '/introspect', '/revoke'];
const everyPath = Object.entries(PATHS).flatMap(([path, methods]) => methods.split(', ').filter((method) => method !== 'HEAD').flatMap((method) => [
  [`${method} ${path}: HTML wanted`, request(method, path, { Accept: 'text/html' }), fails('406')],
  [`${method} ${path}: a body of 65,537 bytes`, request(method, path, FORM_PATHS.includes(path) ? { 'Content-Type': 'application/x-www-form-urlencoded' } : {}, 'x'.repeat(65537)), fails('413')],
]));
const everyType = [...JSON_API_PATHS, ...FORM_PATHS].map((path) => [`POST ${path}: text`, request('POST', path, { 'Content-Type': 'text/plain' }, 'x'), fails('415')]);

// A bad agent token is an error wherever it is sent.
const everywhere = [
  post('/agent-access-tokens', login('$username', '$password'), agent('x')), get('/agent-customer-search', agent('x')),
  post('/agent-customer-impersonation-access-tokens', envelope('agent-customer-impersonation-access-tokens', { customerReference: 'CT--1' }), agent('x')),
  get('/agent-impersonations', agent('x')), get('/agent-sessions', agent('x')), del('/agent-sessions/00000000-0000-4000-8000-000000000000', agent('x')),
  post('/refresh-tokens', envelope('refresh-tokens', { refreshToken: '$newagent.refresh' }), agent('x')), del('/refresh-tokens/mine', agent('x')),
  get('/.well-known/jwks.json', agent('x')), get('/.well-known/oauth-authorization-server', agent('x')),
].map((one) => [`a bad agent token: ${one.method} ${one.target}`, one, fails('4102')]);

export const REQUESTS = [...accept, ...contentType, ...bodies, ...sizes, ...order, ...headers, ...everyPath, ...everyType, ...everywhere];
