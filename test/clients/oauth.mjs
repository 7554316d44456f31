// oauth.mjs
//	oauth4webapi and jose against a running gateway; prints TAP.
//
//	node oauth.mjs --base-url URL --username NAME --password PASSWORD
//	    --resource-server-name NAME --resource-server-secret SECRET
//	    --customer REFERENCE --algorithm RS256|ES256|EdDSA
//
// "agent_auth.issuer" must be the base URL, "agent_auth.refresh_grace" longer than
// the program takes.  A line "# operator: ..." asks for a line on standard input:
// to "rotate ALGORITHM" the new kid, to "revoke KID" anything.

import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as gateway from './gateway.mjs';
import { checkForgeries, checkKeys } from './jwks.mjs';
import { finish, is, ok, operator, rejects } from './tap.mjs';

const { options, issuer } = gateway;
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

const bodyError = (error, status = 400) => ({ name: 'ResponseBodyError', error, status });
const INVALID_TOKEN = [{ scheme: 'bearer', parameters: { realm: 'agent', error: 'invalid_token' } }];
const challenged = { name: 'WWWAuthenticateChallengeError', status: 401 };

async function checkDiscovery() {
	const metadata = await gateway.discover();
	is(metadata.issuer, issuer.origin, 'discovery: the issuer');
	for (const name of ['token_endpoint', 'jwks_uri', 'introspection_endpoint', 'revocation_endpoint'])
		is(new URL(metadata[name]).origin, issuer.origin, `discovery: ${name} is on it`);
	is(metadata.grant_types_supported, ['refresh_token', EXCHANGE], 'discovery: the grants');
	ok(metadata.introspection_endpoint_auth_methods_supported.includes('client_secret_basic'), 'discovery: how a resource server asks');
	await rejects(gateway.discover('oidc'), { code: 'OAUTH_RESPONSE_IS_NOT_CONFORM' }, 'discovery: this is no OpenID provider');
	return metadata;
}

// The grace lasts: only a token that is two generations old is certainly reused.
async function checkRefresh() {
	const first = await gateway.logIn();
	const second = await gateway.refresh(first.refresh_token);
	is([second.token_type, second.expires_in], ['bearer', 28800], 'refresh: a pair');
	is(await gateway.readSessions(second.access_token), 200, 'refresh: the new token is good');
	const again = await gateway.refresh(first.refresh_token);
	ok(again.access_token !== second.access_token, 'refresh: an answer that was lost is given again');
	const third = await gateway.refresh(again.refresh_token);
	await rejects(gateway.refresh(first.refresh_token), bodyError('invalid_grant'), 'refresh: a reused token');
	await rejects(gateway.refresh(third.refresh_token), bodyError('invalid_grant'), 'refresh: which ends its family');
	const error = await rejects(gateway.readSessions(third.access_token), challenged, 'refresh: and its access tokens');
	is(error?.cause, INVALID_TOKEN, 'refresh: as the challenge says');
	for (const [what, token] of [['of nobody', 'aart_x'], ['altered', `${third.refresh_token}A`], ['an access token', third.access_token]])
		await rejects(gateway.refresh(token), bodyError('invalid_grant'), `refresh: ${what}`);
}

async function checkGrants() {
	const credentials = { username: options.username, password: options.password };
	for (const [what, type, parameters, expected] of [
		['a good password', 'password', credentials, 'unsupported_grant_type'],
		['a client\'s own', 'client_credentials', {}, 'unsupported_grant_type'],
		['a code', 'authorization_code', { code: 'x' }, 'unsupported_grant_type'],
		['no refresh token', 'refresh_token', {}, 'invalid_request'],
		['two refresh tokens', 'refresh_token', [['refresh_token', 'x'], ['refresh_token', 'x']], 'invalid_request'],
	])
		await rejects(gateway.grant(type, parameters), bodyError(expected), `grant: ${what}`);
	const error = await rejects(gateway.grant('refresh_token', { refresh_token: 'x' }, gateway.bearer('x')), challenged,
		'grant: a token that is sent along must be good');
	is(error?.cause, INVALID_TOKEN, 'grant: the challenge says that it is not');
}

async function checkExchangeErrors(agent, impersonation) {
	const good = {
		subject_token: agent.access_token,
		subject_token_type: ACCESS_TOKEN,
		requested_subject: options.customer,
	};
	for (const [what, change, expected] of [
		['nonsense', { subject_token: 'x' }, 'invalid_request'],
		['an altered token', { subject_token: `${agent.access_token}A` }, 'invalid_request'],
		['a refresh token', { subject_token: agent.refresh_token }, 'invalid_request'],
		['a customer\'s token', { subject_token: impersonation.access_token }, 'invalid_request'],
		['another type of token', { subject_token_type: 'urn:ietf:params:oauth:token-type:jwt' }, 'invalid_request'],
		['another type wanted', { requested_token_type: 'urn:ietf:params:oauth:token-type:saml2' }, 'invalid_request'],
		['an actor token', { actor_token: agent.access_token, actor_token_type: ACCESS_TOKEN }, 'invalid_request'],
		['no subject', { requested_subject: '' }, 'invalid_request'],
		['a subject that there is not', { requested_subject: 'nobody' }, 'invalid_grant'],
	])
		await rejects(gateway.grant(EXCHANGE, { ...good, ...change }), bodyError(expected), `exchange: ${what}`);
}

async function checkActing(token, keys, agentSubject, what) {
	const { payload } = await jwtVerify(token, keys, { audience: 'frontend', issuer: issuer.origin });
	is(payload.act, { sub: agentSubject }, `${what}: the token names the agent who acts`);
	is(JSON.parse(payload.sub).customer_reference, options.customer, `${what}: and the customer`);
	const answer = await gateway.introspect(token);
	is([answer.active, answer.sub, answer.act, answer.scope], [true, payload.sub, payload.act, 'customer_impersonation customer'],
		`${what}: as introspection says`);
}

// RFC 8693: the agent's token for a customer's.
async function checkExchange(keys) {
	const agent = await gateway.logIn();
	const agentSubject = (await gateway.introspect(agent.access_token)).sub;
	const impersonation = await gateway.grant(EXCHANGE, {
		subject_token: agent.access_token,
		subject_token_type: ACCESS_TOKEN,
		requested_token_type: ACCESS_TOKEN,
		requested_subject: options.customer,
		reason: 'asked for by telephone',
	});
	is([impersonation.issued_token_type, impersonation.token_type], [ACCESS_TOKEN, 'bearer'], 'exchange: what was issued');
	await checkActing(impersonation.access_token, keys, agentSubject, 'exchange');
	const next = await gateway.refresh(impersonation.refresh_token);
	await checkActing(next.access_token, keys, agentSubject, 'exchange, refreshed');
	await rejects(gateway.readSessions('x'), { ...challenged, cause: INVALID_TOKEN }, 'exchange: a protected request with nonsense');
	await checkExchangeErrors(agent, next);
	await gateway.revoke(agent.refresh_token, 'refresh_token');
	ok(!(await gateway.isActive(next.access_token)), 'exchange: it ends with the agent\'s session');
	await rejects(gateway.refresh(next.refresh_token), bodyError('invalid_grant'), 'exchange: and is not refreshed');
}

async function checkIntrospection() {
	const tokens = await gateway.logIn();
	const answer = await gateway.introspect(tokens.access_token, { hint: 'access_token' });
	is([answer.active, answer.token_type, answer.scope, answer.aud, answer.iss], [true, 'Bearer', 'agent', 'frontend', issuer.origin],
		'introspection: a good token');
	ok(answer.exp - answer.iat === 28800 && answer.iat === answer.nbf, 'introspection: its times');
	is(await gateway.introspect(tokens.access_token, { by: gateway.bearer(tokens.access_token) }), answer, 'introspection: an agent asks');
	for (const [what, token] of [['nonsense', 'x'], ['an altered token', `${tokens.access_token}A`], ['what needs escaping', 'a+b&c=d%e ü']])
		is(await gateway.introspect(token), { active: false }, `introspection: of ${what}: not active`);

	// The library throws for the challenge first; the error is in the body.
	const name = { client_id: options['resource-server-name'] };
	const secret = options['resource-server-secret'];
	for (const [what, caller] of [
		['a wrong secret', { as: name, by: gateway.basic(`${secret}x`) }],
		['an unknown name', { as: { client_id: 'nobody' }, by: gateway.basic(secret) }],
		['a name that needs encoding', { as: { client_id: 'a b:ü%' }, by: gateway.basic(secret) }],
		['nobody', { as: name, by: gateway.nobody }],
		['a dead token', { as: name, by: gateway.bearer('x') }],
	]) {
		const error = await rejects(gateway.introspect(tokens.access_token, caller), challenged, `introspection: asked by ${what}`);
		is((await error?.response.json())?.error, 'invalid_client', `introspection: asked by ${what}: invalid_client`);
	}
	await rejects(gateway.validateAsRfc9068(tokens.access_token), { message: 'unexpected JWT "typ" header parameter value' },
		'a token does not pass for one of RFC 9068');
}

async function checkRevocation() {
	for (const [what, which, hint] of [
		['an access token', 'access_token', 'access_token'],
		['a refresh token', 'refresh_token', 'refresh_token'],
		['a refresh token, with the other hint', 'refresh_token', 'access_token'],
		['an access token, with an unknown hint', 'access_token', 'x'],
	]) {
		const tokens = await gateway.logIn();
		is(await gateway.revoke(tokens[which], hint), undefined, `revoking ${what}`);
		ok(!(await gateway.isActive(tokens.access_token)), `revoking ${what}: it is not active`);
		await rejects(gateway.readSessions(tokens.access_token), { ...challenged, cause: INVALID_TOKEN }, `revoking ${what}: a request is challenged`);
		await rejects(gateway.refresh(tokens.refresh_token), bodyError('invalid_grant'), `revoking ${what}: it is not refreshed`);
		is(await gateway.revoke(tokens[which]), undefined, `revoking ${what}: once more`);
	}
	is(await gateway.revoke('x'), undefined, 'revoking nonsense');
}

const metadata = await checkDiscovery();
await checkRefresh();
await checkGrants();
await checkExchange(createRemoteJWKSet(new URL(metadata.jwks_uri)));
await checkIntrospection();
await checkRevocation();
await checkKeys({ metadata, algorithm: options.algorithm, operator, ...gateway });
await checkForgeries({ metadata, algorithm: options.algorithm, ...gateway });
finish();
