// oauth.mjs: POST /token, /introspect and /revoke: for clients that speak OAuth

import { NO_STORE, agent, bearer, envelope, fails, failsOAuth, form, get, givesJson, keep, post, request } from '../language.mjs';

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const INVALID = { 'www-authenticate': 'Bearer realm="agent", error="invalid_token"' };
const CHALLENGE = { 'www-authenticate': 'Bearer realm="agent"' };
// A client that tried a scheme is told of it again (RFC 6749 section 5.2).
const BASIC = { 'www-authenticate': 'Basic realm="agent", Bearer realm="agent"' };

const basic = { Authorization: 'Basic $basic' };
const pair = (more = '') => givesJson(200, `{"access_token":"<jwt>","token_type":"Bearer","expires_in":<int>,"refresh_token":"<refresh>"${more}}`, { ...NO_STORE, pragma: 'no-cache' });
const next = keep(pair(), { next: 'refresh_token', token: 'access_token' });
const refresh = (token, headers) => form('/token', { grant_type: 'refresh_token', refresh_token: token }, headers);

const exchange = { grant_type: EXCHANGE, subject_token: '$agent', subject_token_type: ACCESS_TOKEN, requested_subject: 'CT--1' };
const exchanged = pair(`,"issued_token_type":"${ACCESS_TOKEN}"`);
const without = (name) => Object.fromEntries(Object.entries(exchange).filter(([one]) => one !== name));

const badRequests = [
  ['nothing', ''], ['no grant type', 'refresh_token=x'], ['no refresh token', 'grant_type=refresh_token'], ['a parameter twice', 'grant_type=refresh_token&grant_type=refresh_token&refresh_token=x'],
  ['a bad escape', 'grant_type=refresh_token&refresh_token=%zz'], ['a NUL', 'grant_type=refresh_token&refresh_token=%00'], ['no UTF-8', 'grant_type=refresh_token&refresh_token=%ff'], ['an empty refresh token', 'grant_type=refresh_token&refresh_token='],
  ['an exchange without a subject', without('subject_token')], ['without its type', without('subject_token_type')], ['without a customer', without('requested_subject')],
  ['of another type', { ...exchange, subject_token_type: 'urn:ietf:params:oauth:token-type:jwt' }], ['for another type', { ...exchange, requested_token_type: 'urn:ietf:params:oauth:token-type:saml2' }],
  ['with an actor', { ...exchange, actor_token: '$agent', actor_token_type: ACCESS_TOKEN }], ['with a long reason', { ...exchange, reason: 'x'.repeat(501) }],
  ['a bad subject', { ...exchange, subject_token: 'x' }], ['an ended subject', { ...exchange, subject_token: '$ended' }], ['a customer as the subject', { ...exchange, subject_token: '$customer' }],
].map(([name, fields]) => [`token: ${name}`, form('/token', fields), failsOAuth(400, 'invalid_request')]);

const token = [
  ['token: refresh', refresh('$newagent.refresh'), pair()],
  ['token: refresh, again and again', refresh('$newagent.refresh'), next, refresh('$next'), next, refresh('$next'), pair()],
  ['token: either way to refresh is one', refresh('$newagent.refresh'), next, post('/refresh-tokens', envelope('refresh-tokens', { refreshToken: '$next' })), { status: 201, headers: {}, body: '<any>' }],
  ['token: reuse', refresh('$newagent.refresh'), next, refresh('$next'), pair(), refresh('$newagent.refresh'), failsOAuth(400, 'invalid_grant')],
  ['token: a bad refresh token', refresh('x'), failsOAuth(400, 'invalid_grant')],
  ['token: parameters that nobody knows', form('/token', { grant_type: 'refresh_token', refresh_token: '$newagent.refresh', client_id: 'shop' }), pair()],
  ['token: who asks for a scope is told the true one', form('/token', { grant_type: 'refresh_token', refresh_token: '$newagent.refresh', scope: 'admin' }), pair(',"scope":"agent"'),
    form('/token', { ...exchange, scope: 'customer' }), pair(`,"scope":"customer_impersonation customer","issued_token_type":"${ACCESS_TOKEN}"`)],
  ['token: a bad Authorization', refresh('$newagent.refresh', bearer('x')), failsOAuth(401, 'invalid_client', INVALID), refresh('$newagent.refresh'), pair()],
  ['token: no password grant', form('/token', { grant_type: 'password', username: '$username', password: 'x' }), failsOAuth(400, 'unsupported_grant_type')],
  ['token: no other', form('/token', { grant_type: 'client_credentials' }), failsOAuth(400, 'unsupported_grant_type')],
  ['token: exchange', form('/token', exchange), exchanged],
  ['token: exchange, all parameters', form('/token', { ...exchange, requested_token_type: ACCESS_TOKEN, reason: 'Lost+parcel', ticket: 'T-1', audience: 'frontend' }), exchanged],
  ['token: exchange for another audience', form('/token', { ...exchange, audience: 'backend' }), failsOAuth(400, 'invalid_target')],
  ['token: exchange for a resource', form('/token', { ...exchange, resource: 'https://api.example.com' }), failsOAuth(400, 'invalid_target')],
  ['token: a client with a secret is told that none is known', form('/token', { grant_type: 'refresh_token', refresh_token: '$newagent.refresh' }, basic), failsOAuth(401, 'invalid_client', BASIC)],
  ['token: exchange for an unknown customer', form('/token', { ...exchange, requested_subject: 'CT--none' }), failsOAuth(400, 'invalid_grant')],
  ['token: exchange for one who may not be assisted', form('/token', { ...exchange, requested_subject: 'CT--4' }), failsOAuth(400, 'invalid_grant')],
  ...badRequests,
  ['token: JSON', request('POST', '/token', { 'Content-Type': 'application/json' }, '{}'), fails('415')],
  ['token: HTML wanted', form('/token', 'grant_type=x', { Accept: 'text/html' }), fails('406')],
];

const ask = (one, headers = basic) => form('/introspect', { token: one }, headers);
const dead = givesJson(200, '{"active":false}', NO_STORE);
const alive = (scope, claims) => givesJson(200, `{"active":true,"scope":"${scope}","token_type":"Bearer",${claims}}`, NO_STORE);

const introspect = [
  ['introspect: by a resource server', ask('$agent'), alive('agent', '<any>')],
  ['introspect: by an agent', ask('$agent', bearer('$agent')), alive('agent', '<any>')], ['introspect: by an agent, in its header', ask('$agent', agent('$agent')), alive('agent', '<any>')],
  ['introspect: who acts is named', ask('$customer'), alive('customer_impersonation customer', '<any>"act": {"sub": "{<any>}"}<any>'.replaceAll(': ', ':'))],
  ['introspect: an ended session', ask('$ended'), dead], ['introspect: nonsense', ask('x'), dead], ['introspect: a refresh token', ask('$agent.refresh'), dead],
  ['introspect: a hint', form('/introspect', { token: '$agent', token_type_hint: 'access_token' }, basic), alive('agent', '<any>')],
  ['introspect: no token', form('/introspect', '', basic), failsOAuth(400, 'invalid_request')], ['introspect: twice', form('/introspect', 'token=a&token=b', basic), failsOAuth(400, 'invalid_request')],
  ['introspect: nobody', ask('$agent', {}), failsOAuth(401, 'invalid_client', CHALLENGE)], ['introspect: a wrong secret', ask('$agent', { Authorization: 'Basic Y29udHJhY3Qtc2VydmVyOng=' }), failsOAuth(401, 'invalid_client', BASIC)],
  ['introspect: a bad token of the caller', ask('$agent', bearer('x')), failsOAuth(401, 'invalid_client', INVALID)], ['introspect: a customer', ask('$agent', bearer('$customer')), failsOAuth(401, 'invalid_client', CHALLENGE)],
  ['introspect: JSON', request('POST', '/introspect', { 'Content-Type': 'application/json', ...basic }, '{}'), fails('415')],
];

const revoke = (one, headers) => form('/revoke', { token: one }, headers);
const revoked = givesJson(200, '{}', NO_STORE);

const revocation = [
  ['revoke: a refresh token', revoke('$newagent.refresh'), revoked, ask('$newagent'), dead, refresh('$newagent.refresh'), failsOAuth(400, 'invalid_grant')],
  ['revoke: an access token', revoke('$newagent'), revoked, ask('$newagent'), dead, refresh('$newagent.refresh'), failsOAuth(400, 'invalid_grant')],
  ['revoke: a customer\'s', revoke('$newcustomer'), revoked, ask('$newcustomer'), dead, get('/agent-customer-search?page[limit]=0', bearer('$newagent')), fails('page')],
  ['revoke: an agent\'s, and all under it', revoke('$newagent', bearer('$newcustomer')), revoked, ask('$newcustomer'), dead],
  ['revoke: twice', revoke('$newagent'), revoked, revoke('$newagent'), revoked], ['revoke: nonsense', revoke('x'), revoked],
  ['revoke: a hint', form('/revoke', { token: '$newagent', token_type_hint: 'x' }), revoked],
  ['revoke: no token', form('/revoke', ''), failsOAuth(400, 'invalid_request')], ['revoke: a bad Authorization', revoke('$newagent', bearer('x')), failsOAuth(401, 'invalid_client', INVALID), ask('$newagent'), alive('agent', '<any>')],
  ['revoke: JSON', request('POST', '/revoke', { 'Content-Type': 'application/json' }, '{}'), fails('415')],
];

// A bad agent token is an error wherever it is sent, and before anything else.
const badAgent = [['/token', { grant_type: 'x' }], ['/token', ''], ['/introspect', { token: '$agent' }, basic], ['/introspect', '', basic], ['/revoke', ''], ['/revoke', { token: '$newagent' }]]
  .map(([path, fields, more]) => [`${path}: a bad agent token, with ${JSON.stringify(fields)}`, form(path, fields, { ...agent('x'), ...more }), failsOAuth(401, 'invalid_client', INVALID)]);

export const OAUTH = [...badAgent, ...token, ...introspect, ...revocation];
