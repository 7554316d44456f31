// tables.mjs: tables and views, as far as somebody asks here: GET and HEAD read
// all rows in a READ ONLY transaction, with "Prefer: count=..." they are counted,
// and POST adds some.

import { decode } from './database.mjs';
import { Failure } from './failures.mjs';

const JSON_TYPE = ['Content-Type', 'application/json; charset=utf-8'];

function countWanted({ headers }) {
  const preferences = headers.filter(([name]) => name === 'prefer').flatMap(([, value]) => value.toString('latin1').split(',')).map((one) => one.trim());

  return preferences.find((one) => one.startsWith('count='))?.slice(6);
}

// By the planner's guess the first, by the rows that the policies leave the last
async function total(query, table, wanted) {
  if (wanted === 'planned' || wanted === 'estimated') {
    const { rows } = await query(`EXPLAIN (FORMAT JSON) SELECT 1 FROM ${table}`);

    return String(rows[0]['QUERY PLAN'][0].Plan['Plan Rows']);
  }
  return wanted === 'exact' ? (await query(`SELECT count(*)::text AS n FROM ${table}`)).rows[0].n : '*';
}

const unescaped = (text) => decode(Buffer.from(text.replaceAll('+', ' ').replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16))), 'latin1'));

async function read(database, request, table) {
  const wanted = countWanted(request);
  const { body, n, all } = await database.transaction(request, 'READ ONLY', async (query) => {
    unescaped(request.query);
    const { rows } = await query(`WITH pgrst_source AS (SELECT * FROM ${table})
      SELECT coalesce(json_agg(s), '[]')::text AS body, count(*) AS n FROM (SELECT * FROM pgrst_source) s`);

    return { ...rows[0], all: await total(query, table, wanted) };
  });
  const range = Number(n) === 0 ? '*' : `0-${Number(n) - 1}`;

  return { status: all === '*' || all === String(n) ? 200 : 206, headers: [JSON_TYPE, ['Content-Length', String(Buffer.byteLength(body))], ['Content-Range', `${range}/${all}`]], body };
}

// Its text, and a function that yields the rows: JSON is read before the
// transaction, forms and CSV are decoded inside of it.
function payload(request) {
  const type = (request.last('content-type') ?? 'application/json').split(';')[0].trim();

  if (type === 'application/json') {
    try {
      const rows = JSON.parse(decode(request.body));

      return () => (Array.isArray(rows) ? rows : [rows]);
    } catch {
      throw new Failure(400, 'PGRST102', 'Empty or invalid json');
    }
  }
  if (type === 'application/x-www-form-urlencoded') {
    return () => [Object.fromEntries(request.body.toString('latin1').split('&').map((pair) => pair.split('=').map(unescaped)))];
  }
  if (type === 'text/csv') {
    return () => {
      const [names, ...lines] = decode(request.body).trim().split('\n').map((line) => line.split(','));

      return lines.map((values) => Object.fromEntries(names.map((name, i) => [name, values[i]])));
    };
  }
  throw new Failure(400, 'PGRST102', `Content-Type not acceptable: ${type}`);
}

async function add(database, request, table) {
  const rows = payload(request);

  await database.transaction(request, 'READ WRITE', (query) =>
    query(`INSERT INTO ${table} SELECT * FROM json_populate_recordset(NULL::${table}, $1)`, [JSON.stringify(rows())]));
  return { status: 201, headers: [['Content-Range', '*/*']], body: '' };
}

export async function answerTable(database, request) {
  const [, name] = /^\/(\w+)$/.exec(request.path) ?? [];
  const table = `"${database.schema}"."${name}"`;

  if (request.path.startsWith('/rpc/')) throw new Failure(404, 'PGRST202', `Could not find the function ${database.schema}.${request.path.slice(5)} in the schema cache`);
  if (name === undefined) throw new Failure(404, 'PGRST125', 'Invalid path specified in request URL');
  if (request.method === 'OPTIONS') return { status: 200, headers: [['Access-Control-Allow-Origin', '*'], ['Allow', 'OPTIONS,GET,HEAD,POST']], body: '' };
  if (['GET', 'HEAD'].includes(request.method)) return read(database, request, table);
  if (request.method === 'POST') return add(database, request, table);
  throw new Failure(405, 'PGRST117', `Unsupported HTTP method: ${request.method}`);
}
