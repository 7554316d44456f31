// impersonation.mjs: POST /agent-customer-impersonation-access-tokens

import { NO_STORE, agent, bearer, del, envelope, fails, get, gives, keep, post } from '../language.mjs';

const TYPE = 'agent-customer-impersonation-access-tokens';
const PATH = `/${TYPE}`;
const CLAIMS = '{"aud":"frontend","jti":"<hex>","iat":<int>,"nbf":<int>,"exp":<int>,"sub":"{\\"id_company_user\\":null,\\"id_agent\\":null,\\"customer_reference\\":\\"CT--1\\",\\"id_customer\\":<int>,\\"permissions\\":null}",'
  + '"scopes":["customer_impersonation","customer"],"sid":"<uuid>","act":{"sub":"{\\"id_company_user\\":null,\\"id_agent\\":<int>,\\"customer_reference\\":null,\\"id_customer\\":null,\\"permissions\\":null}"}}';
const begins = {
  ...gives(201, `{"data":{"type":"${TYPE}","id":null,"attributes":{"tokenType":"Bearer","expiresIn":<int>,"accessToken":"<jwt>","refreshToken":"<refresh>"},"links":{"self":"$links${PATH}"}}}`, NO_STORE),
  claims: CLAIMS,
};
const act = (attributes, headers = agent('$agent')) => post(PATH, envelope(TYPE, attributes), headers);
const as = { customerReference: 'CT--1' };

const refused = [
  ['no reference', {}], ['an empty one', { customerReference: '' }], ['null', { customerReference: null }], ['a number', { customerReference: 1 }], ['a list', { customerReference: ['CT--1'] }],
  ['an unknown one', { customerReference: 'CT--none' }], ['one who may not be assisted', { customerReference: 'CT--4' }], ['a part of one', { customerReference: 'CT--' }],
  ['a wildcard', { customerReference: '%' }], ['a very long one', { customerReference: 'x'.repeat(50000) }], ['a quote', { customerReference: "' OR true --" }],
].map(([name, attributes]) => [`refused: ${name}`, act(attributes), fails('4104')]);

export const IMPERSONATION = [
  ['begins', act(as), begins],
  ['with the agent in Authorization', act(as, bearer('$agent')), begins],
  ['with a reason and a ticket', act({ ...as, reason: 'Lost parcel "x"', ticket: 'T-1' }), begins],
  ['a reason and a ticket of 500 characters', act({ ...as, reason: 'ä'.repeat(500), ticket: '😀'.repeat(500) }), begins],
  ['a reason of 501', act({ ...as, reason: 'ä'.repeat(501) }), fails('reason long')],
  ['a ticket of 501', act({ ...as, ticket: 'x'.repeat(501) }), fails('ticket long')],
  ['a reason of another kind is none', act({ ...as, reason: 1, ticket: {} }), begins],
  ['an empty reason is none', act({ ...as, reason: '' }), begins],
  ...refused,
  ['nobody', act(as, {}), fails('4103')],
  ['a customer', act(as, agent('$customer')), fails('4103')],
  ['an impersonation does not begin another', act(as, bearer('$customer')), fails('4103')],
  ['it is no agent', get('/agent-customer-search', bearer('$newcustomer')), fails('4103'), get('/agent-sessions', agent('$newcustomer')), fails('4103')],
  ['it can be ended by who holds it', del('/refresh-tokens/$newcustomer.refresh', agent('$newcustomer')), gives(204),
    del('/refresh-tokens/x', bearer('$newcustomer')), fails('001')],
  ['"mine" of an impersonation is that one', act(as, agent('$newagent')), keep(begins, { token: 'data.attributes.accessToken', refresh: 'data.attributes.refreshToken' }),
    del('/refresh-tokens/mine', bearer('$token')), gives(204), del('/refresh-tokens/mine', bearer('$token')), fails('001')],
  ['it dies with the agent\'s session', act(as, agent('$newagent')), keep(begins, { token: 'data.attributes.accessToken', refresh: 'data.attributes.refreshToken' }),
    del('/refresh-tokens/$newagent.refresh', agent('$newagent')), gives(204),
    del('/refresh-tokens/x', bearer('$token')), fails('001'),
    post('/refresh-tokens', '{"data":{"type":"refresh-tokens","attributes":{"refreshToken":"$refresh"}}}'), fails('004')],
];

// Where agent_auth.impersonation_reason_required is on
export const REASON_REQUIRED = [
  ['no reason', act(as), fails('reason missing')],
  ['an empty one', act({ ...as, reason: '' }), fails('reason blank')],
  ['one of another kind', act({ ...as, reason: 1 }), fails('reason missing')],
  ['before who it is', act(as, {}), fails('reason missing')],
  ['a reason', act({ ...as, reason: 'Lost parcel' }), begins],
];
