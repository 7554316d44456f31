// server.mjs: agent_auth over HTTP, in thirty lines of Node: moves bytes between
// clients and one SQL function.  The database is found by PGHOST, PGUSER, ...

import fs from 'node:fs';
import http from 'node:http';
import pg from 'pg';

const { LISTEN = '127.0.0.1:8080', PORT_FILE } = process.env;
const pool = new pg.Pool({ max: 8 });
const CALL = 'SELECT status, headers, body FROM agent_auth.http($1, $2, $3, $4, $5)';
const BODY_MAX = 65536;

pool.on('error', () => {}); // an idle connection was lost: the next request opens another

async function answer(request) {
  const headers = {};
  const chunks = [];
  let size = 0;

  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    headers[request.rawHeaders[i].toLowerCase()] = Buffer.from(request.rawHeaders[i + 1], 'latin1').toString();
  }
  headers['x-forwarded-proto'] = 'http'; // what this layer vouches for, not what a client wrote
  for await (const chunk of request) {
    if (size <= BODY_MAX) chunks.push(chunk.subarray(0, BODY_MAX + 1 - size)); // one byte more than allowed: 413
    size += chunk.length;
  }
  const parameters = [request.method, request.url, JSON.stringify(headers), Buffer.concat(chunks), request.socket.remoteAddress];
  return (await pool.query({ name: 'http', text: CALL, values: parameters })).rows[0];
}

const server = http.createServer((request, response) => answer(request).then(
  ({ status, headers, body }) => response.writeHead(status, headers).end(body),
  (error) => { // nothing of the database's own words: they may quote anything
    console.error(`error ${error.code}`);
    response.writeHead(500, { 'Content-Type': 'application/vnd.api+json', 'X-Content-Type-Options': 'nosniff' })
      .end('{"errors":[{"status":500,"detail":"Internal Server Error"}]}');
  },
));

const [host, port] = LISTEN.split(':');
server.listen(port, host, () => PORT_FILE && fs.writeFileSync(PORT_FILE, String(server.address().port)));
