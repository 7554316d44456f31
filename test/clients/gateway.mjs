// gateway.mjs
//	What the checks share: where the gateway is, who logs in, and the calls of
//	oauth4webapi, each a request and what the library makes of the answer.

import { webcrypto } from 'node:crypto';
import { parseArgs } from 'node:util';
import * as oauth from 'oauth4webapi';

// Node 18 keeps it where it is imported from, the library looks for a global.
globalThis.crypto ??= webcrypto;

const { values } = parseArgs({
	options: Object.fromEntries(
		['base-url', 'username', 'password', 'resource-server-name', 'resource-server-secret', 'customer', 'algorithm']
			.map((name) => [name, { type: 'string' }])),
});
export const options = values;
export const issuer = new URL(options['base-url']);

// The gateway is on loopback, where RFC 8414's "https" has nothing to protect.
const insecure = { [oauth.allowInsecureRequests]: true };

// A public client: its name is sent and says nothing.
const shop = { client_id: 'shop' };
const resourceServer = { client_id: options['resource-server-name'] };

export const basic = (secret) => oauth.ClientSecretBasic(secret);
export const bearer = (token) => (as, client, body, headers) => headers.set('authorization', `Bearer ${token}`);
export const nobody = oauth.None();

let server;

export async function discover(algorithm = 'oauth2') {
	const response = await oauth.discoveryRequest(issuer, { algorithm, ...insecure });
	server = await oauth.processDiscoveryResponse(issuer, response);
	return server;
}

// Not OAuth: a password goes to an endpoint of its own.
export async function logIn() {
	const response = await fetch(new URL('/agent-access-tokens', issuer), {
		method: 'POST',
		headers: { 'content-type': 'application/vnd.api+json' },
		body: JSON.stringify({
			data: { type: 'agent-access-tokens', attributes: { username: options.username, password: options.password } },
		}),
	});
	const { data: { attributes } } = await response.json();
	return { access_token: attributes.accessToken, refresh_token: attributes.refreshToken };
}

export async function refresh(token) {
	const response = await oauth.refreshTokenGrantRequest(server, shop, nobody, token, insecure);
	return oauth.processRefreshTokenResponse(server, shop, response);
}

export async function grant(type, parameters, authentication = nobody) {
	const response = await oauth.genericTokenEndpointRequest(server, shop, authentication, type, parameters, insecure);
	return oauth.processGenericTokenEndpointResponse(server, shop, response);
}

export async function introspect(token, { as: client = resourceServer, by = basic(options['resource-server-secret']), hint } = {}) {
	const response = await oauth.introspectionRequest(server, client, by, token, {
		...insecure,
		additionalParameters: hint && { token_type_hint: hint },
	});
	return oauth.processIntrospectionResponse(server, client, response);
}

export async function isActive(token) {
	return (await introspect(token)).active;
}

export async function revoke(token, hint) {
	const response = await oauth.revocationRequest(server, shop, nobody, token, {
		...insecure,
		additionalParameters: hint && { token_type_hint: hint },
	});
	return oauth.processRevocationResponse(response);
}

// A request that needs an agent; the library throws when it is challenged.
export async function readSessions(token) {
	const response = await oauth.protectedResourceRequest(token, 'GET', new URL('/agent-sessions', issuer),
		undefined, undefined, insecure);
	return response.status;
}

// As RFC 9068 has access tokens, which ours do not claim to be.
export async function validateAsRfc9068(token) {
	const request = new Request(issuer, { headers: { authorization: `Bearer ${token}` } });
	return oauth.validateJwtAccessToken(server, request, 'frontend', insecure);
}
