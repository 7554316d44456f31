// tokens.mjs: the key set, and who a token says that somebody is.
//
// The key set is what db-pre-config hands over.  It is read at the start and at
// NOTIFY pgrst, 'reload config', and never otherwise: a key that was revoked since
// is good here.  While the database is away there is none.

import { createPublicKey, verify } from 'node:crypto';

import { Failure } from './failures.mjs';

const HASHES = { RS256: 'sha256', ES256: 'sha256', EdDSA: null };
const SKEW_SECONDS = 30;
const RETRY_MILLISECONDS = 100;

const json = (segment) => JSON.parse(Buffer.from(segment, 'base64url').toString());
const refused = (code, message) => new Failure(401, code, message, [['WWW-Authenticate', `Bearer error="invalid_token", error_description="${message}"`]]);

export class Tokens {
  constructor(configuration, database) {
    this.configuration = configuration;
    this.database = database;
    this.keys = null;
  }

  // Once it listens and has read the keys; it goes on by itself.
  async start() {
    const listener = this.database.listener();
    const again = () => {
      this.keys = null;
      setTimeout(() => this.start().catch(() => {}), RETRY_MILLISECONDS).unref();
    };

    try {
      await listener.connect();
      listener.on('notification', ({ payload }) => { if (payload === 'reload config') this.#read(listener).catch(() => {}); });
      listener.once('end', again);
      await listener.query('LISTEN pgrst');
      await this.#read(listener);
    } catch (error) {
      listener.removeListener('end', again);
      listener.end().catch(() => {});
      again();
    }
  }

  async #read(client) {
    const name = this.configuration['db-pre-config'];

    if (name === undefined) return;
    await client.query('BEGIN');
    await client.query(`SELECT ${name}()`);
    const { rows: [{ keys }] } = await client.query("SELECT current_setting('pgrst.jwt_secret', true) AS keys");

    await client.query('COMMIT');
    this.keys = JSON.parse(keys).keys;
  }

  claims(authorization) {
    const [, token] = /^bearer +(.*)$/i.exec(authorization ?? '') ?? [];

    if (token === undefined) return { role: this.configuration['db-anon-role'] };
    if (this.keys === null) throw new Failure(500, 'PGRST300', 'Server lacks JWT secret');
    const claims = this.#verified(token);
    const now = Math.floor(Date.now() / 1000);
    const audience = this.configuration['jwt-aud'];

    if (claims.exp < now - SKEW_SECONDS) throw refused('PGRST303', 'JWT expired');
    if (claims.nbf > now + SKEW_SECONDS) throw refused('PGRST303', 'JWT not yet valid');
    if (audience !== undefined && claims.aud !== undefined && ![claims.aud].flat().includes(audience)) throw refused('PGRST303', 'JWT not in audience');
    return { ...claims, role: claims.role ?? this.configuration['db-anon-role'] };
  }

  #verified(token) {
    const [header, payload, signature, ...more] = token.split('.');

    try {
      const { alg, kid } = json(header);
      const jwk = this.keys.find((key) => key.kid === kid);
      const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' };

      if (more.length === 0 && alg in HASHES && verify(HASHES[alg], Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'))) return json(payload);
    } catch {
      // as what is no token
    }
    throw refused('PGRST301', 'No suitable key or wrong key type');
  }
}
