// proxy.mjs: what the proxy may send to the front door, and nothing else.

import { createHash } from 'node:crypto';

// Of these exactly one each, with this value or one like it
const REQUIRED = {
  host: /^[\w.:[\]-]+$/, 'content-type': /^application\/octet-stream$/, accept: /^application\/json$/,
  'x-original-method': /^[A-Z-]+$/, 'x-original-uri': /^[^\s]+$/, 'x-real-ip': /^127\.0\.0\.1$/, 'x-forwarded-proto': /^https?$/,
};

// Of these one each, where a client has sent it.  One to which PostgREST would do
// something by itself is not among them, nor one that nobody has named.
const KNOWN = ['x-original-content-type', 'x-original-accept', 'x-original-authorization', 'x-original-origin', 'x-agent-authorization', 'x-mfa-code',
  'if-match', 'if-none-match', 'user-agent', 'content-length', 'connection', 'x-contract-digest'];

// The client's digest of what it sent, by what has arrived
function digest(values, body) {
  const parts = ['x-original-method', 'x-original-uri', 'x-original-content-type', 'x-original-accept', 'x-original-authorization'].map((name) => values[name]?.[0] ?? '');

  return createHash('sha256').update(parts.join('\n')).update('\n').update(body).digest('hex');
}

export function violations({ method, url, headers, body }, digests) {
  const found = [];
  const values = Object.create(null);

  for (const [name, value] of headers) (values[name] ??= []).push(value.toString());
  if (method !== 'POST' || url !== '/rpc/agent_http') found.push(`${method} ${url}`);
  for (const [name, form] of Object.entries(REQUIRED)) if (values[name]?.length !== 1 || !form.test(values[name][0])) found.push(`${name}: ${values[name]}`);
  for (const [name, all] of Object.entries(values)) {
    if (all.length > 1) found.push(`${name} twice`);
    if (!(name in REQUIRED) && !KNOWN.includes(name)) found.push(`${name}: ${all}`);
  }
  if (digests && values['x-contract-digest']?.[0] !== digest(values, body)) found.push('something was altered on its way');
  return found;
}
