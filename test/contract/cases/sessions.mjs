// sessions.mjs: GET /agent-sessions, DELETE /agent-sessions/{id}

import { NO_STORE, agent, bearer, del, envelope, fails, get, gives, keep, post, request } from '../language.mjs';

const PATH = '/agent-sessions';
// From where is what the layer knows, not what a client says.
const SPOOFED = { 'User-Agent': 'contract/1 "ä"', 'X-Forwarded-For': '198.51.100.1', 'X-Real-IP': '198.51.100.1', Forwarded: 'for=198.51.100.1', 'X-Forwarded-Proto': 'gopher' };
const one = (kind, customer, reason, id = '<uuid>') => `{"type":"agent-sessions","id":"${id}","attributes":{"kind":"${kind}","customerReference":${customer},"createdAt":"<time>","lastUsedAt":"<time>",`
  + `"expiresAt":"<time>","peer":<address>,"userAgent":"contract/1 \\"ä\\"","reason":${reason}},"links":{"self":"$links/agent-sessions/${id}"}}`;
const lists = (...sessions) => gives(200, `{"data":[${sessions.join(',')}]}`, NO_STORE);
const many = gives(200, '{"data":[<sessions>]}', NO_STORE);

export const SESSIONS = [
  ['many', get(PATH, agent('$agent')), many],
  ['with Authorization', get(PATH, bearer('$agent')), many],
  ['HEAD', request('HEAD', PATH, agent('$agent')), gives(200, '', { 'content-type': 'application/vnd.api+json', ...NO_STORE })],
  ['newest first, with what it is for', del('/refresh-tokens/mine', agent('$newother')), gives(204),
    post('/agent-access-tokens', envelope('agent-access-tokens', { username: '$otherUsername', password: '$password' }), SPOOFED),
    keep({ status: 201, headers: {}, body: '<any>' }, { token: 'data.attributes.accessToken' }),
    post('/agent-customer-impersonation-access-tokens', envelope('agent-customer-impersonation-access-tokens', { customerReference: 'CT--1', reason: 'Lost parcel' }), { ...SPOOFED, ...agent('$token') }),
    { status: 201, headers: {}, body: '<any>' },
    get(PATH, agent('$token')), keep(lists(one('impersonation', '"CT--1"', '"Lost parcel"'), one('agent', 'null', 'null')), { acting: 'data.0.id', own: 'data.1.id' }),
    del(`${PATH}/$acting`, agent('$token')), gives(204),
    get(PATH, agent('$token')), lists(one('agent', 'null', 'null', '$own')),
    del(`${PATH}/$own`, agent('$token')), gives(204),
    get(PATH, agent('$token')), fails('4102')],
  ['ended twice', del(`${PATH}/$newagent.sid`, agent('$agent')), gives(204), del(`${PATH}/$newagent.sid`, agent('$agent')), fails('404')],
  ['another\'s', del(`${PATH}/$agent.sid`, bearer('$newother')), fails('404'), get(`${PATH}?x`, agent('$agent')), many],
  ['an unknown one', del(`${PATH}/00000000-0000-4000-8000-000000000000`, agent('$agent')), fails('404')],
  ['no UUID', del(`${PATH}/x`, agent('$agent')), fails('404')],
  ['no id', del(PATH, agent('$agent')), fails('id'), del(PATH, agent('x')), fails('4102')],
  ['nobody', get(PATH), fails('4103'), del(`${PATH}/x`), fails('4103')],
  ['a customer', get(PATH, agent('$customer')), fails('4103'), del(`${PATH}/x`, bearer('$customer')), fails('4103')],
];
