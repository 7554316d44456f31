// client.mjs: one request over a socket, with its target and its headers as
// they are given, and its answer.

import { createHash } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';

const agents = {
  'http:': new http.Agent({ keepAlive: true, maxSockets: 4 }),
  'https:': new https.Agent({ keepAlive: true, maxSockets: 4, rejectUnauthorized: false }),
};
const TIMEOUT_MILLISECONDS = 300000;

// Of all that must arrive unaltered, wherever it passes through
function digest({ method, target, headers, body }) {
  const last = (name) => headers.findLast(([one]) => one.toLowerCase() === name)?.[1] ?? '';

  return createHash('sha256').update([method, target, last('content-type'), last('accept'), last('authorization')].join('\n'))
    .update('\n').update(body ?? '').digest('hex');
}

// headers: pairs of name and value.  Resolves to { status, headers, body },
// with names in lower case and the body as text.
export function send(base, { method, target, headers, body }) {
  const url = new URL(base);
  const { request } = url.protocol === 'https:' ? https : http;
  const lines = headers.flat();

  if (!headers.some(([name]) => name.toLowerCase() === 'host')) lines.push('Host', url.host);
  lines.push('X-Contract-Digest', digest({ method, target, headers, body }));
  if (body !== undefined) lines.push('Content-Length', String(Buffer.byteLength(body)));
  return new Promise((resolve, reject) => {
    const outgoing = request({
      agent: agents[url.protocol], hostname: url.hostname, port: url.port, method, path: url.pathname.replace(/\/$/, '') + target,
      headers: lines, setHost: false, timeout: TIMEOUT_MILLISECONDS,
    }, (incoming) => {
      const chunks = [];

      incoming.on('data', (chunk) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => resolve({
        status: incoming.statusCode, headers: incoming.headers, body: Buffer.concat(chunks).toString(),
      }));
    });

    outgoing.on('error', reject);
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer to ${method} ${target}`)));
    outgoing.end(body);
  });
}
