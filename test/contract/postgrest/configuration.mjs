// configuration.mjs: PostgREST's configuration file, and where the database is.

import fs from 'node:fs';

const DEFAULTS = { 'db-pool': '10', 'db-schemas': 'public', 'openapi-mode': 'follow-privileges', 'server-cors-allowed-origins': '' };

// name = "value" or name = number
export function readConfiguration(file) {
  const configuration = { ...DEFAULTS };

  for (const line of fs.readFileSync(file, 'utf8').split('\n')) {
    const [, name, quoted, bare] = /^\s*([a-z-]+)\s*=\s*(?:"(.*)"|(\S+))\s*$/.exec(line) ?? [];

    if (name !== undefined) configuration[name] = quoted ?? bare;
  }
  return configuration;
}

// A URI as libpq has it, with the socket's folder in its query
export function connectionOf({ 'db-uri': uri }) {
  const { pathname, searchParams, username, password, hostname, port } = new URL(uri);

  return {
    host: searchParams.get('host') ?? hostname, port: Number(searchParams.get('port') ?? (port || 5432)),
    user: searchParams.get('user') ?? decodeURIComponent(username), database: decodeURIComponent(pathname.slice(1)),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
  };
}
