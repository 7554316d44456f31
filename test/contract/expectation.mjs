// expectation.mjs: what an answer has to be, and in what it is not.

const FORMS = {
  jwt: 'eyJ[A-Za-z0-9_-]+\\.eyJ[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]{40,}',
  refresh: 'aart_[A-Za-z0-9_-]{40,}',
  uuid: '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}',
  time: '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z',
  int: '\\d+',
  bool: '(?:true|false)',
  members: '"[^{}]*',
  hex: '[0-9a-f]{80}',
  name: '[A-Za-z0-9_-]+',
  sentence: '[A-Za-z][^"\\\\]*\\.',
  tag: '"[0-9a-f]{16}"',
  any: '.*',
  address: '"(?:127\\.\\d+\\.\\d+\\.\\d+|::1)"',
  sessions: '(?:\\{"type":"agent-sessions".*\\})',
  keys: '\\{"[^\\]]*\\}',
};

const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

// "<jwt>" and its like stand for their forms, all else for itself.
function pattern(template) {
  const source = template.split(/<(\w+)>/).map((part, i) => {
    if (i % 2 === 0) return escape(part);
    if (!(part in FORMS)) throw new Error(`no form is called <${part}>`);
    return FORMS[part];
  }).join('');

  return new RegExp(`^${source}$`, 's');
}

const shown = (text) => (text === undefined ? 'none' : JSON.stringify(text.length > 600 ? `${text.slice(0, 600)}...` : text));

// The rules for every answer, whatever the endpoint.
const RULES = [
  ['says nosniff', ({ headers }) => headers['x-content-type-options'] === 'nosniff'],
  ['challenges with 401, and only then', ({ status, headers }) => (status === 401) === ('www-authenticate' in headers)],
  ['says when to come back with 429 and 503, and only then', ({ status, headers }) =>
    ([429, 503].includes(status) ? /^[1-9]\d*$/.test(headers['retry-after']) : !('retry-after' in headers))],
  ['has no body with 204 and 304, nor says of which type or length', ({ status, headers, body }) =>
    ![204, 304].includes(status) || (body === '' && !('content-type' in headers) && ['0', undefined].includes(headers['content-length']))],
  ['forbids storing what has a token', ({ headers, body }) => !/eyJ|aart_/.test(body) || headers['cache-control'] === 'no-store'],
  ['names the allowed methods with 405', ({ status, headers }) => status !== 405 || 'allow' in headers],
  ['repeats the status in the errors', ({ status, body }) => !body.startsWith('{"errors"') || JSON.parse(body).errors.at(-1).status === status],
  ['tells nothing of what is underneath', ({ headers, body }) => !/postg|pgrst|sql|relation/i.test(body.replace(/(?:eyJ|aart_)[^"]*/g, '')) && !('proxy-status' in headers)],
];

export const payload = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));

// What belongs together, and to now; seconds that have passed since are forgiven.
const RELATIONS = [
  ['minutes are what is left, rounded up', (answer) => {
    const [, minutes] = /Please wait (\d+) minutes/.exec(answer.body) ?? [];

    return minutes === undefined || Number(minutes) === Math.ceil(answer.headers['retry-after'] / 60);
  }],
  ['a token lives from now for as long as is said', (answer) => {
    const [, token] = /"(?:accessToken|access_token)":"([^"]*)"/.exec(answer.body) ?? [];
    const [, lifetime] = /"(?:expiresIn|expires_in)":(\d+)/.exec(answer.body) ?? [];

    if (token === undefined) return true;
    const { iat, nbf, exp } = payload(token);
    return exp - iat === Number(lifetime) && nbf <= iat && Math.abs(iat - Date.now() / 1000) < 60 && lifetime > 28700 && lifetime <= 28800;
  }],
  ['times are of today, in their order', (answer) => [...answer.body.matchAll(/"(?:createdAt|startedAt)":"([^"]*)","(?:lastUsedAt|endedAt)":(?:null|"([^"]*)")/g)]
    .every(([, first, second]) => Math.abs(Date.parse(first) - Date.now()) < 86400000 && (second === undefined || Date.parse(second) >= Date.parse(first)))],
];

// Returns a list of sentences: empty when all is as expected.
export function differences(expected, answer, fill) {
  const found = [];

  if (answer.status !== expected.status) found.push(`status ${answer.status}, expected ${expected.status}`);
  for (const [name, value] of Object.entries(expected.headers)) {
    const actual = answer.headers[name];

    if (value === null ? actual !== undefined : actual === undefined || !pattern(fill(value)).test(actual)) {
      found.push(`header ${name} ${shown(actual)}, expected ${value === null ? 'none' : fill(value)}`);
    }
  }
  if (!pattern(fill(expected.body)).test(answer.body)) {
    found.push(`body ${shown(answer.body)}, expected ${shown(fill(expected.body))}`);
  }
  for (const [rule, holds] of RULES) if (!holds(answer)) found.push(`an answer ${rule}: ${shown(JSON.stringify(answer))}`);
  for (const [rule, holds] of RELATIONS) if (!holds(answer)) found.push(`${rule}: ${shown(JSON.stringify(answer))}`);
  if (expected.claims) found.push(...claimDifferences(expected.claims, answer, fill));
  return found;
}

function claimDifferences(template, answer, fill) {
  const token = /eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/.exec(answer.body);
  const claims = token === null ? undefined : Buffer.from(token[0].split('.')[1], 'base64url').toString();

  return claims !== undefined && pattern(fill(template)).test(claims) ? [] : [`claims ${shown(claims)}, expected ${shown(fill(template))}`];
}
