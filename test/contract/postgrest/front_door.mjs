// front_door.mjs: POST /rpc/agent_http, a function of one unnamed bytea parameter
// that returns json.

import { Failure } from './failures.mjs';

// Anything but an array of objects with one text each is a fault, after the commit.
function given(text) {
  const headers = text === null ? [] : JSON.parse(text);

  if (!Array.isArray(headers) || headers.some((one) => Object.keys(one).length !== 1 || typeof Object.values(one)[0] !== 'string')) {
    throw new Failure(500, 'PGRST111', 'response.headers guc must be a JSON array composed of objects with a single key and a string value');
  }
  return headers.map((one) => Object.entries(one)[0]);
}

// A function's header replaces PostgREST's own.
function replaced(own, headers) {
  const names = headers.map(([name]) => name.toLowerCase());

  return [...own.filter(([name]) => !names.includes(name.toLowerCase())), ...headers];
}

export async function callFrontDoor(database, request) {
  const type = (request.last('content-type') ?? 'application/json').split(';')[0].trim();

  if (request.method !== 'POST') throw new Failure(405, 'PGRST101', `Cannot use the ${request.method} method on RPC`);
  if (type !== 'application/octet-stream') throw new Failure(400, 'PGRST102', `Content-Type not acceptable: ${type}`);
  const { body, headers, status } = await database.transaction(request, 'READ WRITE', async (query) => {
    const { rows } = await query(`WITH pgrst_source AS (SELECT pgrst_call.pgrst_scalar FROM (SELECT $1::bytea AS body) b,
        LATERAL (SELECT "${database.schema}"."agent_http"(b.body) pgrst_scalar) pgrst_call)
      SELECT coalesce(json_agg(s.pgrst_scalar)->0, 'null')::text AS body, nullif(current_setting('response.headers', true), '') AS headers,
        nullif(current_setting('response.status', true), '') AS status FROM (SELECT * FROM pgrst_source) s`, [request.body]);

    return rows[0];
  });
  const own = [['Content-Length', String(Buffer.byteLength(body))], ['Content-Range', '0-0/*'], ['Content-Type', 'application/json; charset=utf-8']];

  return { status: Number(status ?? 200), headers: replaced(own, given(headers)), body };
}
