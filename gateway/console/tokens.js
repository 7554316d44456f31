// tokens.js
//	A pair of tokens, kept in this object and nowhere else, and what the access
//	token claims.  Nothing is verified here: that is for who is asked with it.

import { send } from './api.js';

// A spent refresh token is taken again for ten seconds, for who lost the answer;
// after that it looks stolen, and the session ends.  So that nobody waits for
// long, and asks again while it is good.
const PATIENCE = 4000;		// milliseconds
const LAST_TRY = 8500;		// after the first
const TRIES = 3;

function decode(token) {
	const binary = atob(token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/'));
	return JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (c) => c.charCodeAt(0))));
}

// A subject is JSON in a string, or a URN: { agent, customer, customerId }
export function subject(text) {
	const [, kind, name] = /^urn:(agent|customer):(.*)$/.exec(text ?? '') ?? [];
	if (kind)
		return { [kind]: name };
	try {
		const parsed = JSON.parse(text);
		return { agent: parsed.id_agent, customer: parsed.customer_reference, customerId: parsed.id_customer };
	} catch {
		return {};
	}
}

export class TokenPair {
	#access;
	#refresh;
	#refreshing;

	constructor(attributes) {
		this.#take(attributes);
	}

	#take({ accessToken, refreshToken, expiresIn }) {
		this.#access = accessToken;
		this.#refresh = refreshToken;
		this.claims = decode(accessToken);
		this.lifetime = expiresIn;

		// By this computer's clock: whose time is right does not matter then.
		this.expiresAt = Date.now() + expiresIn * 1000;
	}

	get access() {
		return this.#access;
	}

	get session() {
		return this.claims.sid;
	}

	get secondsLeft() {
		return (this.expiresAt - Date.now()) / 1000;
	}

	// The refresh token is spent by this: whoever comes meanwhile waits for the
	// same answer.
	refresh() {
		this.#refreshing ??= this.#renew().finally(() => {
			this.#refreshing = undefined;
		});
		return this.#refreshing;
	}

	async #renew() {
		const attributes = { refreshToken: this.#refresh };
		const began = Date.now();
		for (let tries = 1; ; tries++) {
			try {
				const { data } = await send('POST', 'refresh-tokens', { attributes, patience: PATIENCE });
				return this.#take(data.attributes);
			} catch (failure) {
				const isForgotten = this.#refresh !== attributes.refreshToken;
				if (isForgotten || failure.status !== 0 || tries === TRIES || Date.now() - began > LAST_TRY)
					throw failure;
			}
		}
	}

	forget() {
		this.#access = undefined;
		this.#refresh = undefined;
		this.claims = {};
	}
}
