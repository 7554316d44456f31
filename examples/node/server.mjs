// server.mjs: agent_auth over HTTP, in about thirty lines of Node: moves bytes
// between clients and one SQL function.  The database is found by PGHOST, PGUSER, ...

import fs from 'node:fs';
import http from 'node:http';
import pg from 'pg';

const { HOST = '127.0.0.1', PORT = '8080', PORT_FILE } = process.env;
const pool = new pg.Pool({ max: 8, connectionTimeoutMillis: 5000, query_timeout: 15000 });
const CALL = 'SELECT status, headers, body FROM agent_auth.http($1, $2, $3, $4, $5)';
const BODY_MAX = 65536;

pool.on('error', () => {}); // an idle connection was lost: the next request opens another

async function ask(request, peer) {
  const headers = {};
  const chunks = [];
  let size = 0;

  for (let i = 0; i < request.rawHeaders.length; i += 2) { // the last of duplicates wins
    headers[request.rawHeaders[i].toLowerCase()] = Buffer.from(request.rawHeaders[i + 1], 'latin1').toString();
  }
  headers['x-forwarded-proto'] = 'http'; // what this layer knows, not what a client says
  for await (const chunk of request) {
    if (size <= BODY_MAX) chunks.push(chunk.subarray(0, BODY_MAX + 1 - size)); // a byte too many: 413
    size += chunk.length;
  }
  const values = [request.method, request.url, JSON.stringify(headers), Buffer.concat(chunks), peer];
  return (await pool.query({ name: 'http', text: CALL, values })).rows[0];
}

// Nothing of the database's own words, which may quote anything.  A connection
// that cannot be had, or is lost, is no error of the database's, or one of these.
function failure(error) {
  const away = !(error instanceof pg.DatabaseError) || /^(08|57P|53300|57014|25006)/.test(error.code);
  const [status, detail] = away ? [503, 'Service Unavailable'] : [500, 'Internal Server Error'];
  const headers = { 'Content-Type': 'application/vnd.api+json', 'X-Content-Type-Options': 'nosniff', ...(away ? { 'Retry-After': '5' } : {}) };

  console.error(`${status} ${error.code ?? ''}`);
  return { status, headers, body: JSON.stringify({ errors: [{ status, detail }] }) };
}

const server = http.createServer(async (request, response) => {
  const peer = request.socket.remoteAddress?.replace(/%.*/, ''); // asked now: a client that has gone has none
  if (peer === undefined) return request.destroy();
  const { status, headers, body } = await ask(request, peer).catch(failure);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.statusCode = status;
  return response.end(body);
});

server.listen(Number(PORT), HOST, () => PORT_FILE && fs.writeFileSync(PORT_FILE, String(server.address().port)));
