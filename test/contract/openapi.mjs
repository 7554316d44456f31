// openapi.mjs: docs/openapi.yaml: whether it is sound in itself, and whether
// answers are as it says.
//
// Judged by validators that are not ours: one has OpenAPI's own schema, and ajv
// is strict, so that a keyword it does not know is an error.

import { readFile } from 'node:fs/promises';

import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'];
const MAX_ERRORS = 5;

// What an operation may answer, as the contract has it.  It is said here again,
// so that what is forgotten there is missed.
const ALWAYS = '413 500 503';
const CONTRACT = new Map(Object.entries({
  'POST /agent-access-tokens': '201 400 401 405 406 415 429',
  'GET /agent-customer-search': '200 400 401 405 406',
  'POST /agent-customer-impersonation-access-tokens': '201 400 401 405 406 415 422',
  'POST /refresh-tokens': '201 400 401 405 406 415 422',
  'DELETE /refresh-tokens': '400 405 406',
  'DELETE /refresh-tokens/mine': '204 401 403 405 406',
  'DELETE /refresh-tokens/{refreshToken}': '204 401 403 405 406',
  'GET /agent-impersonations': '200 400 401 403 405 406',
  'GET /agent-sessions': '200 401 406',
  'DELETE /agent-sessions': '400 405 406',
  'DELETE /agent-sessions/{id}': '204 401 404 405 406',
  'POST /token': '200 400 401 405 406 415',
  'POST /introspect': '200 400 401 406 415',
  'POST /revoke': '200 400 401 405 406 415',
  'GET /.well-known/jwks.json': '200 304 401 406',
  'GET /.well-known/oauth-authorization-server': '200 401 406',
  'GET /healthz': '200',
  'GET /readyz': '200',
}));

const unshared = (tree) => JSON.parse(JSON.stringify(tree));
const isGateways = (item) => item['x-answered-by'] === 'gateway';
const operationOf = (item, method) => (METHODS.includes(method) ? item?.[method.toLowerCase()] : undefined);
const byLowerCase = (headers) => Object.entries(headers ?? {}).map(([name, header]) => [name.toLowerCase(), header]);

// Calls visit(node, path) once for each object, though many places share one.
function walk(node, visit, path = '#', seen = new Set()) {
  if (typeof node !== 'object' || node === null || seen.has(node)) return;
  seen.add(node);
  visit(node, path);
  for (const [name, value] of Object.entries(node)) walk(value, visit, `${path}/${name}`, seen);
}

const operationsOf = (document) => Object.entries(document.paths).flatMap(([path, item]) => METHODS
  .filter((method) => operationOf(item, method) !== undefined)
  .map((method) => ({ name: `${method} ${path}`, path, item, operation: operationOf(item, method) })));

// validate(schema, value): in what the value is not as the schema says; of no
// value, whether the schema is one.
function validator() {
  const ajv = new Ajv({ strict: true, strictRequired: true, allErrors: true });

  addFormats(ajv);
  return (schema, value) => {
    try {
      const judge = ajv.compile(schema);

      if (value === undefined || judge(value)) return [];
      return judge.errors.slice(0, MAX_ERRORS)
        .map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`);
    } catch (error) {
      return [`its schema does not compile: ${error.message}`];
    }
  };
}

// The description itself

function unusedComponents(written) {
  const used = new Set();

  walk(written, (node) => {
    if (typeof node.$ref === 'string') used.add(node.$ref);
    for (const scheme of node.security?.flatMap?.(Object.keys) ?? []) used.add(`#/components/securitySchemes/${scheme}`);
  });
  return Object.entries(written.components)
    .flatMap(([kind, components]) => Object.keys(components).map((name) => `#/components/${kind}/${name}`))
    .filter((component) => !used.has(component))
    .map((component) => `${component} is not used`);
}

// Each schema by itself, and each example against the schema beside it.
function schemaProblems(document, validate) {
  const problems = [];
  const add = (path, found) => problems.push(...found.map((problem) => `${path}: ${problem}`));

  for (const [name, schema] of Object.entries(document.components.schemas)) add(`#/components/schemas/${name}`, validate(schema));
  walk(document, (node, path) => {
    const examples = Object.entries(node.examples ?? {}).map(([name, example]) => [`${path}/examples/${name}`, example.value]);

    if (typeof node.schema !== 'object') return;
    if ('example' in node) examples.push([`${path}/example`, node.example]);
    if (examples.length === 0) problems.push(`${path}: there is no example`);
    add(path, validate(node.schema));
    for (const [place, value] of examples) add(place, value === undefined ? ['it has no value'] : validate(node.schema, value));
  });
  return problems;
}

function operationProblems(document, { name, path, item, operation }) {
  const declared = document.tags.map((tag) => tag.name);
  const parameters = [...item.parameters ?? [], ...operation.parameters ?? []].filter((parameter) => parameter.in === 'path');
  const fits = String(parameters.map((parameter) => `{${parameter.name}}`)) === String(path.match(/\{[^}]+\}/g) ?? '');
  const wanted = name.startsWith('OPTIONS') ? '204' : CONTRACT.get(name.replace(/^HEAD/, 'GET'));
  const missing = `${wanted ?? ''} ${ALWAYS}`.trim().split(' ').filter((status) => !(status in operation.responses));

  return [
    ...['operationId', 'summary', 'tags', 'security'].filter((member) => !operation[member]).map((member) => `it has no ${member}`),
    ...(operation.tags ?? []).filter((tag) => !declared.includes(tag)).map((tag) => `its tag "${tag}" is not declared`),
    ...missing.map((status) => `the status ${status} is missing`),
    ...(wanted === undefined ? ['the contract does not know it'] : []),
    ...(fits ? [] : ['its parameters are not those of its path']),
  ].map((problem) => `${name}: ${problem}`);
}

function documentProblems(document) {
  const operations = operationsOf(document);
  const names = operations.map(({ name }) => name);
  const ids = operations.map(({ operation }) => operation.operationId);
  const items = Object.entries(document.paths);
  const wanted = [
    ...[...CONTRACT.keys()].flatMap((name) => [name, name.replace(/^GET/, 'HEAD')]),
    ...items.filter(([, item]) => !isGateways(item)).map(([path]) => `OPTIONS ${path}`),
  ];

  return [
    ...operations.flatMap((operation) => operationProblems(document, operation)),
    ...wanted.filter((name) => !names.includes(name)).map((name) => `${name} is not described`),
    ...ids.filter((id, i) => ids.indexOf(id) !== i).map((id) => `the operationId ${id} is not unique`),
    ...items.filter(([, item]) => !item['x-other-methods']?.default).map(([path]) => `${path}: what other methods get is not described`),
  ];
}

// Answers

// A path's segments as the server reads them, one slash at the end being none;
// null for what it cannot read.
function segmentsOf(path) {
  const segments = path.replace(/(?<=.)\/$/, '').split('/');

  try {
    const decoded = segments.slice(1).map(decodeURIComponent);

    return segments[0] !== '' || decoded.join('').includes('\0') ? null : decoded;
  } catch {
    return null;
  }
}

// The gateway compares its own paths as they are.
function matches([template, item], path, segments) {
  const names = template.split('/').slice(1);

  return isGateways(item) ? path === template : names.length === segments?.length &&
    names.every((name, i) => (name.startsWith('{') ? segments[i] !== '' : name === segments[i]));
}

// The first that matches: "mine" stands before any id.
function findPath(document, target) {
  const path = target.split('?')[0];
  const segments = segmentsOf(path.replace(/^[^:/]*:\/\/[^/]*/, ''));

  return Object.entries(document.paths).find((entry) => matches(entry, path, segments)) ?? ['an unknown path', undefined];
}

function contentProblems(response, method, { headers, body }, validate) {
  const type = headers['content-type'];
  const media = response.content?.[type];
  const bytes = Buffer.from(body ?? '');

  if (type !== undefined && media === undefined) return [`the content type ${type} is not described`];
  if (response.content !== undefined && media === undefined) return ['there is no content type'];
  if (media === undefined || method === 'HEAD') return bytes.length === 0 ? [] : ['there is a body where none belongs'];
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);

    return validate(media.schema, type.endsWith('json') ? JSON.parse(text) : text).map((problem) => `body: ${problem}`);
  } catch (error) {
    return [`body: ${error.message}`];
  }
}

function headerProblems(response, headers, covered, validate) {
  const described = new Map(byLowerCase(response.headers));
  const others = [...covered].filter((name) => name in headers && !described.has(name));
  const problems = others.map((name) => `the header ${name} is not described`);

  for (const [name, { required, schema }] of described) {
    const value = headers[name];
    const typed = schema.type === 'integer' && /^\d+$/.test(value) ? Number(value) : value;

    if (value === undefined && required) problems.push(`the header ${name} is missing`);
    if (value !== undefined) problems.push(...validate(schema, typed).map((problem) => `the header ${name}: "${value}"${problem}`));
  }
  return problems;
}

// A standby has fewer methods than are described; nothing has more.
function allowProblems(item, method, { status, headers }) {
  const methods = (headers.allow ?? '').split(', ').filter((name) => name !== '');
  const problems = methods.filter((name) => !operationOf(item, name)).map((name) => `Allow has ${name}, which the path has not`);

  return status === 405 && methods.includes(method) ? [...problems, `Allow has ${method}, which is not allowed`] : problems;
}

async function load(path) {
  const written = unshared(parse(await readFile(path, 'utf8')));
  const openApi = new Validator();
  const { valid, errors } = await openApi.validate(unshared(written));

  if (!valid) throw new Error(JSON.stringify(errors));
  const document = openApi.resolveRefs();
  const validate = validator();
  const operations = operationsOf(document);
  const seen = new Map(operations.map(({ name }) => [name, new Set()]));
  const covered = new Set(operations.flatMap(({ operation }) => Object.values(operation.responses))
    .flatMap((response) => byLowerCase(response.headers).map(([name]) => name)));

  function check({ method, target }, answer) {
    const [template, item] = findPath(document, target);
    const operation = operationOf(item, method);
    const others = item?.['x-other-methods'];
    const responses = operation?.responses ?? others?.[method] ?? others?.default ?? document['x-other-paths'];
    const response = responses[answer.status];

    if (response === undefined) return [`the status ${answer.status} is not described for ${method} of ${template}`];
    seen.get(`${method} ${template}`)?.add(String(answer.status));
    return [
      ...contentProblems(response, method, answer, validate),
      ...headerProblems(response, answer.headers, covered, validate),
      ...allowProblems(item, method, answer),
    ];
  }

  return {
    check,
    problems: () => [...unusedComponents(written), ...schemaProblems(document, validate), ...documentProblems(document)],
    operations: () => operations.map(({ name, operation }) => ({
      operation: name,
      seen: Object.keys(operation.responses).filter((status) => seen.get(name).has(status)),
      unseen: Object.keys(operation.responses).filter((status) => !seen.get(name).has(status)),
    })),
  };
}

// problems(): what is wrong with the description.
// check({ method, target }, { status, headers, body }): in what an answer is not
// as described; header names in lower case.
// operations(): of each, the statuses described that check() has seen, and not.
// Against what is no description no answer can be held.
export async function loadOpenApi(path) {
  return load(path).catch((error) => {
    const problems = () => [`${path} is no description: ${error.message}`];

    return { problems, check: problems, operations: () => [] };
  });
}
