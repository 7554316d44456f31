// jwks.mjs
//	jose verifies tokens through the published keys, and forges some.

import {
	SignJWT, UnsecuredJWT, calculateJwkThumbprint, createRemoteJWKSet, decodeJwt, decodeProtectedHeader, exportJWK, exportSPKI,
	generateKeyPair, importJWK, jwksCache, jwtVerify,
} from 'jose';
import { is, ok, rejects } from './tap.mjs';

const REQUIRED = ['iss', 'aud', 'jti', 'iat', 'nbf', 'exp', 'sub', 'scopes', 'sid'];
const HOUR = 3600 * 1000;

const noKey = { code: 'ERR_JWKS_NO_MATCHING_KEY' };
const badSignature = { code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' };
const notSupported = { code: 'ERR_JOSE_NOT_SUPPORTED' };

const expectations = (metadata) => ({ audience: 'frontend', issuer: metadata.issuer, typ: 'JWT', requiredClaims: REQUIRED });
const kidOf = (token) => decodeProtectedHeader(token).kid;

// Every key says what it is for, and nothing of its private half.
async function checkSet(set, what) {
	for (const jwk of set.keys) {
		is(jwk.kid, await calculateJwkThumbprint(jwk), `${what}: a kid is the key's thumbprint`);
		const members = { RSA: 'alg e kid kty n use', EC: 'alg crv kid kty use x y', OKP: 'alg crv kid kty use x' };
		is(Object.keys(jwk).sort().join(' '), members[jwk.kty], `${what}: no private member (${jwk.kty})`);
	}
}

async function checkClaims(token, keys, metadata) {
	const expected = expectations(metadata);
	const { payload } = await jwtVerify(token, keys, expected);
	for (const [what, change, claim] of [
		['another audience', { audience: 'backend' }, 'aud'],
		['another issuer', { issuer: `${metadata.issuer}/` }, 'iss'],
		['another type', { typ: 'at+jwt' }, 'typ'],
		['a claim that there is not', { requiredClaims: ['client_id'] }, 'client_id'],
		['coming too early', { currentDate: new Date(payload.nbf * 1000 - HOUR) }, 'nbf'],
	])
		await rejects(jwtVerify(token, keys, { ...expected, ...change }), { code: 'ERR_JWT_CLAIM_VALIDATION_FAILED', claim }, `keys: refused for ${what}`);
	await rejects(jwtVerify(token, keys, { ...expected, currentDate: new Date(payload.exp * 1000) }), { code: 'ERR_JWT_EXPIRED' },
		'keys: refused after its time');
}

// A verifier that fetches anew as it likes, and one that waits for an hour.
export async function checkKeys({ metadata, algorithm, operator, logIn, isActive }) {
	const url = new URL(metadata.jwks_uri);
	const memory = {};
	const keys = createRemoteJWKSet(url, { cooldownDuration: 0, [jwksCache]: memory });
	const patient = createRemoteJWKSet(url, { cooldownDuration: HOUR });
	const verify = (token, set = keys) => jwtVerify(token, set, expectations(metadata));

	const first = (await logIn()).access_token;
	is((await verify(first)).protectedHeader, { typ: 'JWT', alg: algorithm, kid: kidOf(first) }, 'keys: a token is verified');
	is((await verify(first, patient)).key.type, 'public', 'keys: and by the patient');
	const fetched = memory.jwks;
	await verify(first);
	ok(memory.jwks === fetched, 'keys: the set is not fetched again');
	await checkClaims(first, keys, metadata);

	const kid = await operator(`rotate ${algorithm}`);
	const second = (await logIn()).access_token;
	is(kidOf(second), kid, 'keys: the new key signs');
	await rejects(verify(second, patient), noKey, 'keys: the patient does not know it yet');
	is((await verify(second)).protectedHeader.kid, kid, 'keys: who fetches anew for an unknown kid does');
	ok(memory.jwks !== fetched, 'keys: the set was fetched again');
	is((await verify(first)).protectedHeader.kid, kidOf(first), 'keys: the old key verifies still');

	const other = algorithm === 'ES256' ? 'RS256' : 'ES256';
	await operator(`rotate ${other}`);
	const third = (await logIn()).access_token;
	is((await verify(third)).protectedHeader.alg, other, `keys: one set has keys of ${other} as well`);
	is((await verify(second)).protectedHeader.alg, algorithm, `keys: beside those of ${algorithm}`);
	await checkSet(memory.jwks, 'keys');

	await operator(`revoke ${kidOf(first)}`);
	ok(!(await isActive(first)), 'keys: a token of a revoked key is not active');
	is((await verify(first)).payload.jti, decodeJwt(first).jti, 'keys: a remembered set does not know that');
	await keys.reload();
	await rejects(verify(first), noKey, 'keys: one that is fetched anew does');
	for (const [what, token] of [['second', second], ['third', third]])
		ok((await verify(token)) && (await isActive(token)), `keys: the ${what} key is not concerned`);
	await operator(`rotate ${algorithm}`);
}

// One byte, the first: bits of a segment's last character may mean nothing.
function alter(token, segment) {
	const segments = token.split('.');
	segments[segment] = (segments[segment][0] === 'A' ? 'B' : 'A') + segments[segment].slice(1);
	return segments.join('.');
}

const forge = (header, claims, key) => new SignJWT(claims).setProtectedHeader(header).sign(key);

// Each is refused by jose, and by the server that is asked about it.
export async function checkForgeries({ metadata, algorithm, logIn, isActive, readSessions }) {
	const keys = createRemoteJWKSet(new URL(metadata.jwks_uri), { cooldownDuration: 0 });
	const token = (await logIn()).access_token;
	const header = decodeProtectedHeader(token);
	const claims = decodeJwt(token);
	await jwtVerify(token, keys, expectations(metadata));
	const jwk = keys.jwks().keys.find(({ kid }) => kid === header.kid);
	const pem = await exportSPKI(await importJWK(jwk, algorithm));
	const own = await generateKeyPair(algorithm, { extractable: true });
	const ownJwk = await exportJWK(own.publicKey);
	const bytes = (string) => new TextEncoder().encode(string);
	const [signed, payload, signature] = token.split('.');
	const encoded = (object) => Buffer.from(JSON.stringify(object)).toString('base64url');

	for (const [what, forged, expected] of [
		['an altered payload', alter(token, 1), badSignature],
		['a later end', `${signed}.${encoded({ ...claims, exp: claims.exp + 1 })}.${signature}`, badSignature],
		['an altered signature', alter(token, 2), badSignature],
		['no signature', `${signed}.${payload}.`, badSignature],
		['an altered header', `${encoded({ ...header, typ: 'jwt' })}.${payload}.${signature}`, badSignature],
		['a broken header', alter(token, 0), { code: 'ERR_JWS_INVALID' }],
		['alg none', new UnsecuredJWT(claims).encode(), notSupported],
		['alg none, with a kid', `${encoded({ ...header, alg: 'none' })}.${payload}.`, notSupported],
		['HS256, the key is the JWK', await forge({ ...header, alg: 'HS256' }, claims, bytes(JSON.stringify(jwk))), notSupported],
		['HS256, the key is the PEM', await forge({ ...header, alg: 'HS256' }, claims, bytes(pem)), notSupported],
		['another key, our kid', await forge(header, claims, own.privateKey), badSignature],
		['another key, in the header', await forge({ ...header, jwk: ownJwk }, claims, own.privateKey), badSignature],
		['another key, its own kid', await forge({ ...header, kid: await calculateJwkThumbprint(ownJwk) }, claims, own.privateKey), noKey],
		['an unknown critical header', `${encoded({ ...header, crit: ['b64x'], b64x: true })}.${payload}.${signature}`, notSupported],
	]) {
		await rejects(jwtVerify(forged, keys), expected, `forgery: ${what}`);
		ok(!(await isActive(forged)), `forgery: ${what}: not active`);
		await rejects(readSessions(forged), { name: 'WWWAuthenticateChallengeError', status: 401 }, `forgery: ${what}: challenged`);
	}
	ok(await isActive(token), 'forgery: the token that they were made of is good');
}
