// language.mjs: the words that the tables of cases are written in.
//
// A case is [name, request, expectation, request, expectation, ...].  In a
// request, $name stands for a value of the run (values.mjs); in an expected
// text, <name> for a form (expectation.mjs).

const JSON_API = 'application/vnd.api+json';

export const request = (method, target, headers = {}, body) => ({
  method, target, body,
  headers: Object.entries(headers).flatMap(([name, value]) => [value].flat().map((one) => [name, one])),
});
export const get = (target, headers) => request('GET', target, headers);
export const del = (target, headers) => request('DELETE', target, headers);
export const post = (target, body, headers) => request('POST', target, { 'Content-Type': JSON_API, ...headers }, body);
export const form = (target, fields, headers) => request('POST', target,
  { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
  typeof fields === 'string' ? fields : Object.entries(fields).map(([name, value]) => `${name}=${value}`).join('&'));

export const agent = (token) => ({ 'X-Agent-Authorization': `Bearer ${token}` });
export const bearer = (token) => ({ Authorization: `Bearer ${token}` });

export const envelope = (type, attributes) => JSON.stringify({ data: { type, attributes } });
export const login = (username, password) => envelope('agent-access-tokens', { username, password });

// What is expected: a status, headers (a text, a form, or null where there must
// be none), and the body, byte for byte but for its forms.
export const gives = (status, body = '', headers = {}) => ({
  status, body,
  headers: { ...(body === '' ? {} : { 'content-type': JSON_API }), ...headers },
});
export const givesJson = (status, body, headers) => gives(status, body, { 'content-type': 'application/json', ...headers });

// Takes a value out of the answer: $name in what follows.
export const keep = (expectation, values) => ({ ...expectation, keep: values });

export const NO_STORE = { 'cache-control': 'no-store' };
const CHALLENGE = { 'www-authenticate': 'Bearer realm="agent"' };
const CHALLENGE_INVALID = { 'www-authenticate': 'Bearer realm="agent", error="invalid_token"' };

// The table of errors: name, HTTP status, code, sentence, headers.
const ERRORS = new Map([
  ['4101', 401, '4101', 'Failed to authenticate an agent.', CHALLENGE],
  ['4102', 401, '4102', 'Agent access token is invalid.', CHALLENGE_INVALID],
  ['4103', 401, '4103', 'Action is available to agent user only.', CHALLENGE],
  ['4104', 401, '4104', 'Failed to impersonate a customer.', CHALLENGE],
  ['001', 401, '001', 'Invalid access token.', CHALLENGE_INVALID],
  ['001 scheme', 401, '001', 'Invalid access token.', CHALLENGE],
  ['002', 403, '002', 'Missing access token.'],
  ['403', 403, null, 'Forbidden'],
  ['004', 401, '004', 'Failed to refresh token.', CHALLENGE],
  ['4401', 429, '4401', 'Too many log in attempts from your address. Please wait <int> minutes before trying again.', { 'retry-after': '<int>' }],
  ['refreshToken missing', 422, '901', 'refreshToken => This field is missing.'],
  ['refreshToken blank', 422, '901', 'refreshToken => This value should not be blank.'],
  ['reason missing', 422, '901', 'reason => This field is missing.'],
  ['reason blank', 422, '901', 'reason => This value should not be blank.'],
  ['reason long', 422, '901', 'reason => This value is too long. It should have 500 characters or less.'],
  ['ticket long', 422, '901', 'ticket => This value is too long. It should have 500 characters or less.'],
  ['body', 400, null, 'Post data is invalid.'],
  ['type', 400, null, 'Invalid type.'],
  ['id', 400, null, 'Resource id is not specified.'],
  ['page', 400, null, 'Pagination parameters are invalid.'],
  ['query', 400, null, 'Query parameters are invalid.'],
  ['404', 404, null, 'Not Found'],
  ['405', 405, null, 'Method Not Allowed'],
  ['406', 406, null, 'Not acceptable.'],
  ['413', 413, null, 'Payload too large.'],
  ['415', 415, null, 'Unsupported media type.'],
].map(([name, ...error]) => [name, error]));

export function fails(name, more = {}) {
  const [status, code, detail, headers] = ERRORS.get(name);
  const error = code === null ? { status, detail } : { code, status, detail };

  return gives(status, JSON.stringify({ errors: [error] }), { ...headers, ...more });
}

// OAuth's errors (RFC 6749 section 5.2)
export const failsOAuth = (status, error, headers = {}) =>
  givesJson(status, `{"error":"${error}","error_description":"<sentence>"}`, { ...NO_STORE, ...headers });
