// postgrest.mjs: stands in for PostgREST where there is none: the same SQL, in
// the same transactions, the same answers, and the same faults; it is never kinder
// than PostgREST 14 is.  And it checks what the proxy sends.
//
//   node postgrest.mjs CONFIGURATION --port-file FILE [--echo] [--digest]
//
// CONFIGURATION is PostgREST's own file; what is not known here is ignored, and a
// free port is taken.  What the proxy must never send is written to standard error
// and answered with 500.  --echo: a path other than the front door's is answered
// with what has arrived.  --digest: every client sends a digest of its request.

import fs from 'node:fs';
import http from 'node:http';
import { parseArgs } from 'node:util';

import { readConfiguration } from './postgrest/configuration.mjs';
import { addCors, answerPreflight } from './postgrest/cors.mjs';
import { Database } from './postgrest/database.mjs';
import { Failure, shapeOf } from './postgrest/failures.mjs';
import { callFrontDoor } from './postgrest/front_door.mjs';
import { violations } from './postgrest/proxy.mjs';
import { answerTable } from './postgrest/tables.mjs';
import { Tokens } from './postgrest/tokens.mjs';

const { values: options, positionals: [file] } = parseArgs({
  allowPositionals: true,
  options: { 'port-file': { type: 'string' }, echo: { type: 'boolean' }, digest: { type: 'boolean' } },
});
const configuration = readConfiguration(file);
const database = new Database(configuration);
const tokens = new Tokens(configuration, database);

const last = (headers, name) => headers.filter(([one]) => one === name).at(-1)?.[1].toString('latin1');

// As PostgREST takes the first token and hands the last header to the functions
const first = (headers, name) => headers.find(([one]) => one === name)?.[1].toString('latin1');

async function answer({ method, url }, headers, body) {
  const [path, query] = url.split(/\?(.*)/s);
  const request = { method, path, query: query ?? '', headers, body, last: (name) => last(headers, name) };

  if (options.echo && !path.startsWith('/rpc')) return { status: 200, headers: [], body: echo(method, url, headers) };
  if (path.startsWith('/rpc')) {
    const found = violations({ method, url, headers, body }, options.digest);

    if (found.length > 0) {
      console.error(`the proxy sent ${found.join(', ')}`);
      return { status: 500, headers: [], body: '' };
    }
  }
  request.claims = tokens.claims(first(headers, 'authorization'));
  if (path === '/rpc/agent_http') return callFrontDoor(database, request);
  if (path === '/') return describe();
  return answerTable(database, request);
}

function echo(method, url, headers) {
  const all = {};

  for (const [name, value] of headers) (all[name] ??= []).push(value.toString());
  return JSON.stringify({ method, url, headers: all });
}

async function describe() {
  if (configuration['openapi-mode'] === 'disabled') throw new Failure(404, 'PGRST126', 'Root endpoint metadata is disabled');
  const names = await database.functions();

  return {
    status: 200, headers: [['Content-Type', 'application/openapi+json; charset=utf-8']],
    body: JSON.stringify({ swagger: '2.0', paths: Object.fromEntries(names.map((name) => [`/rpc/${name}`, {}])) }),
  };
}

const server = http.createServer(async (incoming, response) => {
  const headers = [];
  const chunks = [];

  for (let i = 0; i < incoming.rawHeaders.length; i += 2) {
    headers.push([incoming.rawHeaders[i].toLowerCase(), Buffer.from(incoming.rawHeaders[i + 1], 'latin1')]);
  }
  for await (const chunk of incoming) chunks.push(chunk);
  const given = answerPreflight(configuration, incoming.method, headers)
    ?? addCors(configuration, headers, await answer(incoming, headers, Buffer.concat(chunks)).catch(shapeOf));

  // PostgREST names the length of a body that it then does not send.
  response.writeHead(given.status, [['Server', 'postgrest/14'], ...given.headers].flat());
  response.end([204, 304].includes(given.status) || incoming.method === 'HEAD' ? undefined : given.body);
});

await tokens.start();
server.listen(0, '127.0.0.1', () => {
  fs.writeFileSync(`${options['port-file']}.new`, String(server.address().port));
  fs.renameSync(`${options['port-file']}.new`, options['port-file']);
});
