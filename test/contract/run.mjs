// run.mjs: the contract, as a table of cases, against any deployment of it.
//
//   node run.mjs --base-url URL --username NAME --password PASSWORD
//     --other-username NAME --resource-server NAME:SECRET
//     [--openapi FILE] [--group NAME,...] [--links-base URL]
//
// The database is set up with fixture.sql.  Logins without a name are locked out
// by a second run within agent_auth.lockout_window, as everybody's are.  Prints TAP; exits with 1 when a case
// failed.  With --openapi every answer must conform to that description too.

import { parseArgs } from 'node:util';

import { GROUPS } from './cases/index.mjs';
import { send } from './client.mjs';
import { differences } from './expectation.mjs';
import { Values } from './values.mjs';

const { values: options } = parseArgs({
  options: {
    'base-url': { type: 'string' }, 'links-base': { type: 'string' }, username: { type: 'string' },
    'other-username': { type: 'string' }, password: { type: 'string' }, 'resource-server': { type: 'string' },
    openapi: { type: 'string' }, group: { type: 'string' },
  },
});

for (const name of ['base-url', 'username', 'other-username', 'password', 'resource-server']) {
  if (options[name] === undefined) {
    console.error(`run.mjs: --${name} is missing`);
    process.exit(2);
  }
}

const openapi = options.openapi === undefined ? null : await (await import("./openapi.mjs")).loadOpenApi(options.openapi);
const values = new Values({
  base: options['base-url'], links: options['links-base'] ?? options['base-url'],
  username: options.username, otherUsername: options['other-username'], password: options.password,
  basic: Buffer.from(options['resource-server']).toString('base64'),
});
let number = 0;
let failed = 0;
let conforming = 0;

function ok(name, problems) {
  number += 1;
  console.log(`${problems.length === 0 ? 'ok' : 'not ok'} ${number} - ${name}`);
  for (const problem of problems) console.log(`#   ${problem.replaceAll('\n', '\n#   ')}`);
  if (problems.length > 0) failed += 1;
}

async function filled(request) {
  const body = Buffer.isBuffer(request.body) ? undefined : request.body;

  for (const text of [request.target, body, ...request.headers.map(([, value]) => value)]) await values.prepare(text);
  return {
    method: request.method, target: values.fill(request.target),
    headers: request.headers.map(([name, value]) => [name, values.fill(value)]),
    body: body === undefined ? request.body : values.fill(body),
  };
}

function keepFrom(expected, answer) {
  for (const [name, path] of Object.entries(expected.keep ?? {})) {
    values.keep(name, typeof path === 'function' ? path(answer) : path.split('.').reduce((node, key) => node?.[key], JSON.parse(answer.body)));
  }
}

async function step(template, expected) {
  const request = await filled(template);
  const answer = await send(values.run.base, request);
  const problems = differences(expected, answer, values.fill);

  for (const problem of openapi?.check(request, answer) ?? []) problems.push(`not as described: ${problem}`);
  if (openapi !== null && problems.length === 0) conforming += 1;
  if (problems.length === 0) keepFrom(expected, answer);
  return problems.map((problem) => `${request.method} ${request.target.slice(0, 200)}: ${problem}`);
}

async function runCase(group, [name, ...steps]) {
  values.beginCase();
  for (let i = 0; i < steps.length; i += 2) {
    let problems;

    try {
      problems = await step(steps[i], steps[i + 1]);
    } catch (error) {
      problems = [`${steps[i].method} ${steps[i].target}: ${error.stack}`];
    }
    if (problems.length > 0) return ok(`${group}: ${name}`, problems);
  }
  return ok(`${group}: ${name}`, []);
}

const chosen = options.group?.split(',') ?? Object.keys(GROUPS).filter((name) => !GROUPS[name].onlyWhenAsked);

for (const group of chosen) for (const one of GROUPS[group].cases) await runCase(group, one);
if (openapi !== null) {
  ok('the description is sound', openapi.problems());
  console.log(`# ${conforming} answers conform to the description`);
  for (const { operation, unseen } of openapi.operations()) if (unseen.length > 0) console.log(`# never seen: ${operation}: ${unseen.join(' ')}`);
}
console.log(`1..${number}`);
process.exit(failed === 0 ? 0 : 1); // connections that are kept alive would keep this alive too
