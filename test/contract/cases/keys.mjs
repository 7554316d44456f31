// keys.mjs: GET /.well-known/jwks.json, /.well-known/oauth-authorization-server

import { agent, fails, get, gives, keep, request } from '../language.mjs';

const JWKS = '/.well-known/jwks.json';
const METADATA = '/.well-known/oauth-authorization-server';
const CACHED = { 'cache-control': 'public, max-age=300' };
const keys = gives(200, '{"keys":[<keys>]}', { 'content-type': 'application/jwk-set+json', etag: '<tag>', ...CACHED });
const tagged = keep(keys, { tag: (answer) => answer.headers.etag });
const unchanged = gives(304, '', { etag: '<tag>', ...CACHED });
const metadata = gives(200, '{"issuer":"$links","token_endpoint":"$links/token","jwks_uri":"$links/.well-known/jwks.json","response_types_supported":[],'
  + '"grant_types_supported":["refresh_token","urn:ietf:params:oauth:grant-type:token-exchange"],"token_endpoint_auth_methods_supported":["none"],'
  + '"revocation_endpoint":"$links/revoke","revocation_endpoint_auth_methods_supported":["none"],'
  + '"introspection_endpoint":"$links/introspect","introspection_endpoint_auth_methods_supported":["client_secret_basic","Bearer"]}', { 'content-type': 'application/json', ...CACHED });

export const KEYS = [
  ['the keys', get(JWKS), keys],
  ['HEAD', request('HEAD', JWKS), { ...keys, body: '' }],
  ['unchanged', get(JWKS), tagged, get(JWKS, { 'If-None-Match': '$tag' }), unchanged, get(JWKS, { 'If-None-Match': '"x", W/$tag' }), unchanged, get(JWKS, { 'If-None-Match': '*' }), unchanged,
    request('HEAD', JWKS, { 'If-None-Match': '$tag' }), unchanged],
  ['changed', get(JWKS, { 'If-None-Match': '"0000000000000000"' }), keys],
  ['for a good token too', get(JWKS, agent('$agent')), keys], ['for its own type', get(JWKS, { Accept: 'application/jwk-set+json' }), keys],
  ['not as HTML', get(JWKS, { Accept: 'text/html' }), fails('406')],
  ['metadata', get(METADATA), metadata], ['metadata: HEAD', request('HEAD', METADATA), { ...metadata, body: '' }], ['metadata: not as HTML', get(METADATA, { Accept: 'text/html' }), fails('406')],
];
