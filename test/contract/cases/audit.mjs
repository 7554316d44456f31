// audit.mjs: GET /agent-impersonations, for auditors: $other is one, $agent none

import { NO_STORE, agent, bearer, del, envelope, fails, get, gives, keep, post, request } from '../language.mjs';

const PATH = '/agent-impersonations';
const TYPE = 'agent-customer-impersonation-access-tokens';
const begin = post(`/${TYPE}`, envelope(TYPE, { customerReference: 'CT--1', reason: 'Lost "parcel"', ticket: 'T-1' }), agent('$agent'));
const one = (ended) => `{"type":"agent-impersonations","id":"<uuid>","attributes":{"agent":"contract@example.com","customerReference":"CT--1","startedAt":"<time>",${ended},`
  + '"reason":"Lost \\"parcel\\"","ticket":"T-1","peer":<address>,"userAgent":<agent>},"links":{"self":"$links/agent-impersonations"}}';
const link = (name, offset, limit, others = '') => `"${name}":"$links${PATH}?${others}page[offset]=${offset}&page[limit]=${limit}"`;
const lists = (query, sessions, ...links) => gives(200, `{"data":[${sessions.join(',')}],"links":{${[`"self":"$links${PATH}${query}"`, ...links].join(',')}}}`, NO_STORE);
const any = { status: 201, headers: {}, body: '<any>' };
const began = keep(any, { token: 'data.attributes.accessToken', refresh: 'data.attributes.refreshToken' });

export const AUDIT = [
  ['the latest first, and how it ended', begin, began,
    get(`${PATH}?page[limit]=1`, agent('$other')), lists('?page[limit]=1', [one('"endedAt":null,"endReason":null')], link('first', 0, 1), link('next', 1, 1)),
    del('/refresh-tokens/$refresh', bearer('$token')), gives(204),
    get(`${PATH}?page[limit]=1`, bearer('$other')), lists('?page[limit]=1', [one('"endedAt":"<time>","endReason":"revoked"')], link('first', 0, 1), link('next', 1, 1))],
  ['another page, and what else was asked', begin, any, begin, any,
    get(`${PATH}?page%5Boffset%5D=1&page[limit]=1&x=y`, agent('$other')), lists('?page[offset]=1&page[limit]=1&x=y', [one('"endedAt":null,"endReason":null')], link('first', 0, 1, 'x=y&'), link('prev', 0, 1, 'x=y&'), link('next', 2, 1, 'x=y&'))],
  ['past the end', get(`${PATH}?page[offset]=1000000`, agent('$other')), lists('?page[offset]=1000000', [], link('first', 0, 10), link('prev', 999990, 10))],
  ['HEAD', request('HEAD', PATH, agent('$other')), gives(200, '', { 'content-type': 'application/vnd.api+json', ...NO_STORE })],
  ...['page[limit]=0', 'page[limit]=1001', 'page[offset]=-1', 'page[limit]=x', 'page[offset]=9223372036854775808', 'page[limit]=%zz']
    .map((query) => [`refused: ${query}`, get(`${PATH}?${query}`, agent('$other')), fails('page')]),
  ['an agent who is no auditor', get(PATH, agent('$agent')), fails('403'), get(PATH, bearer('$agent')), fails('403')],
  ['a customer', get(PATH, bearer('$customer')), fails('4103')],
  ['nobody', get(PATH), fails('4103')],
  ['an ended session', get(PATH, agent('$ended')), fails('4102')],
];
