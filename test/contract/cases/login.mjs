// login.mjs: POST /agent-access-tokens

import { NO_STORE, agent, bearer, envelope, fails, gives, keep, login, post } from '../language.mjs';

const PATH = '/agent-access-tokens';
const TOKENS = '{"data":{"type":"agent-access-tokens","id":null,"attributes":{"tokenType":"Bearer","expiresIn":28800,"accessToken":"<jwt>","refreshToken":"<refresh>"},"links":{"self":"$links/agent-access-tokens"}}}';
export const AGENT_CLAIMS = '{"aud":"frontend","jti":"<hex>","iat":<int>,"nbf":<int>,"exp":<int>,"sub":"{\\"id_company_user\\":null,\\"id_agent\\":<int>,\\"customer_reference\\":null,\\"id_customer\\":null,\\"permissions\\":null}","scopes":["agent"],"sid":"<uuid>"}';

const logsIn = { ...gives(201, TOKENS, NO_STORE), claims: AGENT_CLAIMS };
const attempt = (username, password = 'wrong') => post(PATH, login(username, password));
const times = (n, ...steps) => Array.from({ length: n }, () => steps).flat();

const failures = [
  ['a wrong password', login('$username', 'wrong')], ['an unknown name', login('nobody@example.com', '$password')],
  ['a disabled agent', login('disabled@example.com', '$password')], ['an empty password', login('$username', '')], ['an empty name', login('', '$password')],
  ['no password', envelope('agent-access-tokens', { username: '$username' })], ['no name', envelope('agent-access-tokens', { password: '$password' })],
  ['nothing', envelope('agent-access-tokens', {})], ['a name that is a number', envelope('agent-access-tokens', { username: 1, password: '$password' })],
  ['a password that is an array', envelope('agent-access-tokens', { username: '$username', password: ['$password'] })], ['null', envelope('agent-access-tokens', { username: null, password: null })],
  ['a password over 72 bytes', login('$username', '$password' + ' '.repeat(100))], ['a password of 60,000 bytes', login('$username', 'x'.repeat(60000))],
  ['a name of 60,000 bytes', login('x'.repeat(60000), '$password')], ['another case of the password', login('$username', 'CORRECT HORSE BATTERY')],
  ['a quote', login("' OR true --", "' OR true --")], ['letters of the whole world', login('日本語ж😀', '日本語ж😀')],
].map(([name, body]) => [name, post(PATH, body), fails('4101')]);

export const LOGIN = [
  ['logs in', post(PATH, login('$username', '$password')), logsIn],
  ['a name in another case', post(PATH, login('CONTRACT@Example.COM', '$password')), logsIn],
  ['application/json', post(PATH, login('$username', '$password'), { 'Content-Type': 'application/json' }), logsIn],
  ['a good agent token does no harm', post(PATH, login('$username', '$password'), agent('$agent')), logsIn],
  ['a good customer token does no harm', post(PATH, login('$username', '$password'), bearer('$customer')), logsIn],
  ['a bad one fails', post(PATH, login('$username', '$password'), bearer('x')), fails('001')],
  ['the link repeats the target, decoded', post(`${PATH}?a=%C3%BC&b=%22`, login('$username', '$password')), { ...logsIn, body: TOKENS.replace('access-tokens"}}}', 'access-tokens?a=ü&b=\\""}}}') }],
  ['and only once', post(`${PATH}?a=%2525`, login('$username', '$password')), { ...logsIn, body: TOKENS.replace('access-tokens"}}}', 'access-tokens?a=%25"}}}') }],
  ['the scheme is the layer\'s to say', post(PATH, login('$username', '$password'), { 'X-Forwarded-Proto': 'gopher', 'X-Forwarded-Host': 'evil.example.com' }), logsIn],
  ...failures,
  ['nine failures lock, and the right password does not open', ...times(9, attempt('$random@example.com'), fails('4101')),
    attempt('$random@example.com'), fails('4401', { 'retry-after': '<int>' }), attempt('$random@example.com', '$password'), fails('4401')],
  ['one name in all its forms is one account',
    ...['ä-$random@example.com', 'Ä-$random@EXAMPLE.com', 'a\u0308-$random@example.com'].flatMap((name) => times(3, attempt(name), fails('4101'))), attempt('ä-$random@example.com'), fails('4401')],
  ['locked out comes before a bad token', ...times(9, attempt('$random@example.com'), fails('4101')), post(PATH, login('$random@example.com', 'wrong'), agent('x')), fails('4401')],
  ['a success forgets the failures', ...times(8, attempt('$otherUsername'), fails('4101')), attempt('$otherUsername', '$password'), logsIn,
    ...times(8, attempt('$otherUsername'), fails('4101')), attempt('$otherUsername', '$password'), logsIn],
  ['what a refused request names is not counted', ...times(12, post(PATH, login('$random@example.com', 'wrong'), { Accept: 'text/html' }), fails('406')), attempt('$random@example.com'), fails('4101')],
  ['each login is a session of its own', post(PATH, login('$username', '$password')), keep(logsIn, { one: 'data.attributes.accessToken' }),
    post(PATH, login('$username', '$password')), keep(logsIn, { two: 'data.attributes.accessToken' })],
];
