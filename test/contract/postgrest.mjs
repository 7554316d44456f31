// postgrest.mjs: stands in for PostgREST where there is none: the same SQL, in
// the same transaction, and the same answer; and it checks what the proxy sends.
//
//   node postgrest.mjs --port-file FILE [--schema api]
//
// The database is found by PGHOST, PGPORT, PGDATABASE and PGUSER.  What the proxy
// must never send is written to standard error and answered with 500.  A path
// other than the front door's is answered with what has arrived.  Faults of the
// database are answered in PostgREST's shape, with the database's own words.

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import { parseArgs } from 'node:util';
import pg from 'pg';

const { values: options } = parseArgs({ options: { 'port-file': { type: 'string' }, schema: { type: 'string', default: 'api' } } });
const pool = new pg.Pool({ max: 4 });

pool.on('error', () => {});
pool.on('connect', (client) => client.on('error', () => {}));

// Of these exactly one each, with this value or one like it
const REQUIRED = {
  host: /^[\w.:[\]-]+$/, 'content-type': /^application\/octet-stream$/, accept: /^application\/json$/,
  'x-original-method': /^[A-Z-]+$/, 'x-original-uri': /^[^\s]+$/, 'x-real-ip': /^127\.0\.0\.1$/, 'x-forwarded-proto': /^https?$/,
};
const ONCE = ['x-original-content-type', 'x-original-accept', 'x-original-authorization', 'content-length'];
const FORBIDDEN = ['authorization', 'prefer', 'range', 'content-profile', 'accept-profile', 'accept-encoding', 'transfer-encoding', 'expect', 'upgrade', 'te'];

// The client's digest of what it sent, where it sends one, by what has arrived
function digest(headers, body) {
  const parts = ['x-original-method', 'x-original-uri', 'x-original-content-type', 'x-original-accept', 'x-original-authorization'].map((name) => headers[name]?.[0] ?? '');

  return createHash('sha256').update(parts.join('\n')).update('\n').update(body).digest('hex');
}

function violations({ method, url }, headers, body) {
  const found = [];

  if (method !== 'POST' || url !== '/rpc/agent_http') found.push(`${method} ${url}`);
  for (const [name, form] of Object.entries(REQUIRED)) if (headers[name]?.length !== 1 || !form.test(headers[name][0])) found.push(`${name}: ${headers[name]}`);
  for (const name of ONCE) if (headers[name]?.length > 1) found.push(`${name} twice`);
  for (const name of FORBIDDEN) if (name in headers) found.push(`${name}: ${headers[name]}`);
  if ('x-contract-digest' in headers && headers['x-contract-digest'][0] !== digest(headers, body)) found.push('something was altered on its way');
  return found;
}

// name to all its values
function headersOf({ rawHeaders }) {
  const headers = Object.create(null);

  for (let i = 0; i < rawHeaders.length; i += 2) {
    (headers[rawHeaders[i].toLowerCase()] ??= []).push(Buffer.from(rawHeaders[i + 1], 'latin1').toString());
  }
  return headers;
}

const CALL = `WITH pgrst_source AS (SELECT pgrst_call.pgrst_scalar FROM (SELECT $1::bytea AS body) b,
    LATERAL (SELECT "${options.schema}"."agent_http"(b.body) pgrst_scalar) pgrst_call)
  SELECT coalesce(json_agg(s.pgrst_scalar)->0, 'null')::text AS body, nullif(current_setting('response.headers', true), '') AS headers,
    nullif(current_setting('response.status', true), '') AS status FROM (SELECT * FROM pgrst_source) s`;

async function transaction(headers, body) {
  const client = await pool.connect();
  const last = Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'cookie').map(([name, all]) => [name, all.at(-1)]));

  try {
    await client.query('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE');
    await client.query(`SELECT set_config('search_path', '"${options.schema}"', true), set_config('role', 'web_anon', true),
      set_config('request.jwt.claims', '{"role":"web_anon"}', true), set_config('request.method', 'POST', true),
      set_config('request.path', '/rpc/agent_http', true), set_config('request.headers', $1, true)`, [JSON.stringify(last)]);
    const { rows } = await client.query(CALL, [body]);
    await client.query('COMMIT');
    client.release();
    return rows[0];
  } catch (error) {
    client.release(error); // closed, which rolls back
    throw error;
  }
}

// Anything but an array of objects with one text each is a fault of ours.
function responseHeaders(text) {
  const headers = { 'Content-Type': 'application/json; charset=utf-8' };

  for (const one of JSON.parse(text ?? '[]')) {
    const [[name, value], ...others] = Object.entries(one);

    if (others.length > 0 || typeof value !== 'string') throw new Error(`response.headers is ${text}`);
    headers[name] = value;
  }
  return headers;
}

async function frontDoor(request, headers, body, response) {
  const found = violations(request, headers, body);

  if (found.length > 0) {
    console.error(`the proxy sent ${found.join(', ')}`);
    response.writeHead(500).end();
    return;
  }
  const answer = await transaction(headers, body);
  const status = Number(answer.status ?? 200);

  response.writeHead(status, { ...responseHeaders(answer.headers), 'Content-Length': status === 304 ? 0 : Buffer.byteLength(answer.body) });
  response.end([204, 304].includes(status) ? undefined : answer.body);
}

function fault(error, response) {
  const raised = /^[0-9A-Z]{5}$/.test(error.code) && !error.code.startsWith('57P');
  const code = raised ? error.code : 'PGRST000';

  response.writeHead(raised ? 500 : 503, { 'Content-Type': 'application/json; charset=utf-8', 'Proxy-Status': `PostgREST; error=${code}` });
  response.end(JSON.stringify({ code, details: error.message, hint: null, message: raised ? error.message : 'Database connection error. Retrying the connection.' }));
}

const server = http.createServer(async (request, response) => {
  const chunks = [];

  for await (const chunk of request) chunks.push(chunk);
  const headers = headersOf(request);

  try {
    if (request.url.startsWith('/rpc')) await frontDoor(request, headers, Buffer.concat(chunks), response);
    else response.end(JSON.stringify({ method: request.method, url: request.url, headers }));
  } catch (error) {
    fault(error, response);
  }
});

server.listen(0, '127.0.0.1', () => {
  fs.writeFileSync(`${options['port-file']}.new`, String(server.address().port));
  fs.renameSync(`${options['port-file']}.new`, options['port-file']);
});
