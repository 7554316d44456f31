// refresh.mjs: POST and DELETE /refresh-tokens

import { NO_STORE, agent, bearer, del, envelope, fails, get, gives, keep, post } from '../language.mjs';
import { AGENT_CLAIMS } from './login.mjs';

const PATH = '/refresh-tokens';
const renews = gives(201, '{"data":{"type":"refresh-tokens","id":null,"attributes":{"tokenType":"Bearer","expiresIn":<int>,"accessToken":"<jwt>","refreshToken":"<refresh>"},"links":{"self":"$links/refresh-tokens"}}}', NO_STORE);
const renew = (refreshToken, headers) => post(PATH, envelope('refresh-tokens', { refreshToken }), headers);
const next = keep(renews, { next: 'data.attributes.refreshToken', token: 'data.attributes.accessToken' });

const blank = [['empty', ''], ['null', null], ['a number', 1], ['an object', {}], ['a list', ['x']]]
  .map(([name, value]) => [`blank: ${name}`, renew(value), fails('refreshToken blank')]);
const bad = [
  ['nonsense', 'x'], ['only the prefix', 'aart_'], ['an access token', '$agent'], ['an altered one', '$agent.refreshx'], ['of an ended session', '$ended.refresh'],
  ['a blank before', ' $newagent.refresh'], ['very long', `aart_${'A'.repeat(60000)}`],
].map(([name, token]) => [`refused: ${name}`, renew(token), fails('004')]);

export const REFRESH = [
  ['an agent\'s', renew('$newagent.refresh'), { ...next, claims: AGENT_CLAIMS }, get('/agent-customer-search?q=ct--none', bearer('$token')), gives(200,
    '{"data":[{"type":"agent-customer-search","id":null,"attributes":{"customers":[]},"links":{"self":"$links/agent-customer-search?q=ct--none"}}],"links":{"self":"$links/agent-customer-search?q=ct--none"},"meta":{"total":0,"exact":true}}')],
  ['a customer\'s', renew('$newcustomer.refresh'), renews],
  ['again and again', renew('$newagent.refresh'), next, renew('$next'), next, renew('$next'), next, renew('$next'), renews],
  ['a lost answer is no logout', renew('$newagent.refresh'), next, renew('$newagent.refresh'), next, renew('$next'), renews],
  ['reuse ends the session', renew('$newagent.refresh'), next, renew('$next'), next, renew('$newagent.refresh'), fails('004'),
    renew('$next'), fails('004'), del(`${PATH}/x`, bearer('$token')), fails('001')],
  ['an access token of the session does no harm', renew('$newagent.refresh', agent('$newagent')), renews],
  ['a bad one does', renew('$newagent.refresh', bearer('x')), fails('001'), renew('$newagent.refresh'), renews],
  ['missing', post(PATH, envelope('refresh-tokens', {})), fails('refreshToken missing')],
  ...blank, ...bad,

  ['ended by its agent', del(`${PATH}/$newagent.refresh`, agent('$newagent')), gives(204), del(`${PATH}/x`, agent('$newagent')), fails('4102'), renew('$newagent.refresh'), fails('004')],
  ['ended with Authorization', del(`${PATH}/$newagent.refresh`, bearer('$newagent')), gives(204), del(`${PATH}/x`, bearer('$newagent')), fails('001')],
  ['ended, escaped', del(`${PATH}/aar%74_x`, bearer('$newagent')), gives(204)],
  ['nothing revoked', del(`${PATH}/x`, bearer('$agent')), gives(204), get('/agent-customer-search?page[limit]=0', bearer('$agent')), fails('page')],
  ['another\'s is not', del(`${PATH}/$newagent.refresh`, bearer('$other')), gives(204), renew('$newagent.refresh'), renews],
  ['a customer\'s token ends neither its agent\'s session', del(`${PATH}/$newagent.refresh`, bearer('$newcustomer')), gives(204), renew('$newagent.refresh'), renews],
  ['nor another of the same customer', del(`${PATH}/$newcustomer.refresh`, bearer('$customer')), gives(204), renew('$newcustomer.refresh'), renews],
  ['a bad token before no id', del(PATH, agent('x')), fails('4102'), del(PATH, bearer('x')), fails('001')],
  ['mine: all of the caller\'s', renew('$other.refresh'), next, del(`${PATH}/mine`, bearer('$token')), gives(204), del(`${PATH}/mine`, bearer('$token')), fails('001'), renew('$next'), fails('004')],
  ['no id', del(PATH, bearer('$agent')), fails('id')], ['no id, and nobody', del(`${PATH}/`), fails('id')],
  ['no token', del(`${PATH}/x`), fails('002')], ['no token, mine', del(`${PATH}/mine`), fails('002')],
  ['an agent header of another scheme is none', del(`${PATH}/mine`, { 'X-Agent-Authorization': 'Basic eDp5' }), fails('002')],
];
