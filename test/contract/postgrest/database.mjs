// database.mjs: PostgREST's connections and its transactions.
//
// An error of the database inside a transaction ends it.  An error at its
// beginning does not, nor does an exception, as for a header that is not UTF-8,
// which is decoded after BEGIN: the pool then takes the connection back as it is.

import pg from 'pg';

import { connectionOf } from './configuration.mjs';
import { Exception, failureOf, unreachable } from './failures.mjs';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const RETRIED = ['40001', '40P01'];

export function decode(bytes) {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Exception('Cannot decode input: invalid UTF-8 stream');
  }
}

export class Database {
  constructor(configuration) {
    this.configuration = configuration;
    this.schema = configuration['db-schemas'].split(',')[0].trim();
    this.pool = new pg.Pool({ ...connectionOf(configuration), max: Number(configuration['db-pool']), connectionTimeoutMillis: 10000 });
    this.pool.on('error', () => {});
    this.pool.on('connect', (client) => client.on('error', () => {}));
  }

  // Its listener's own, which is no part of the pool
  listener() {
    const client = new pg.Client(connectionOf(this.configuration));

    client.on('error', () => {});
    return client;
  }

  // What run(client) returns, once that is committed
  async transaction(request, mode, run) {
    const client = await this.pool.connect().catch((error) => { throw unreachable(error); });
    let dead;
    const query = (text, values) => client.query(text, values).catch((error) => {
      if (error.code === undefined || error.code.startsWith('57P')) dead = error;
      throw error;
    });

    try {
      await query(`BEGIN ISOLATION LEVEL READ COMMITTED ${mode}`);
      return await this.#body(query, request, run);
    } catch (error) {
      if (RETRIED.includes(error.code)) return await this.transaction(request, mode, run);
      throw failureOf(error, request.claims.role !== this.configuration['db-anon-role']);
    } finally {
      client.release(dead);
    }
  }

  async #body(query, request, run) {
    try {
      await query('SELECT 1'); // as the statement is prepared before its values are known, which takes a snapshot
      await query(...this.#settings(request));
      await this.#preRequest(query);
      const result = await run(query);

      await query('COMMIT');
      return result;
    } catch (error) {
      if (!(error instanceof Exception)) await query('ABORT').catch(() => {});
      throw error;
    }
  }

  #settings({ method, path, headers, claims, last }) {
    const cookies = (last('cookie') ?? '') === '' ? {} : { cookie: decode(Buffer.from(last('cookie'), 'latin1')) };
    const sent = Object.fromEntries(headers.filter(([name]) => name !== 'cookie').map(([name, value]) => [name, decode(value)]));
    const settings = {
      search_path: `"${this.schema}"`, role: claims.role, 'request.jwt.claims': JSON.stringify(claims), 'request.method': method, 'request.path': path,
      'request.headers': JSON.stringify(sent), 'request.cookies': JSON.stringify(cookies),
    };

    return [`SELECT ${Object.keys(settings).map((name, i) => `set_config('${name}', $${i + 1}, true)`).join(', ')}`, Object.values(settings)];
  }

  async #preRequest(query) {
    const name = this.configuration['db-pre-request'];

    if (name === undefined) return;
    await query(`SELECT ${name}()`).catch((error) => {
      if (error.code === '42601') process.exit(1);
      throw error;
    });
  }

  // What everybody may call of the schema
  async functions() {
    const { rows } = await this.pool.query(`SELECT DISTINCT p.proname FROM pg_proc p WHERE p.pronamespace = to_regnamespace($1)
      AND has_function_privilege($2, p.oid, 'EXECUTE') ORDER BY 1`, [`"${this.schema}"`, this.configuration['db-anon-role']])
      .catch((error) => { throw unreachable(error); });

    return rows.map(({ proname }) => proname);
  }
}
