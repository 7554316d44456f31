// tokens.js
//	A pair of tokens, kept in this object and nowhere else, and what the access
//	token claims.  Nothing is verified here: that is for who is asked with it.

import { Failure, send } from './api.js';

// A spent refresh token is taken again for ten seconds, for who lost the answer;
// after that it looks stolen, and the session ends.  So an answer that does not
// come is asked for again while the token is good.  The first is waited for all
// the same, for as long as the server may take: given up, it might be done and
// look stolen afterwards.
const PAUSE = 4000;		// milliseconds
const LAST_TRY = 8500;		// after the first
const TRIES = 3;

// Whatever else is under way will be answered alike.
const isFinal = ({ status }) => status > 0 && status < 500;

// Resolves to the first document that comes, unless "forgotten" comes first.
function exchange(attributes, forgotten) {
	return new Promise((resolve, reject) => {
		const began = Date.now();
		const abort = new AbortController();
		let tries = 0;
		let waiting = 0;
		let timer;

		const mayAsk = () => tries < TRIES && Date.now() - began <= LAST_TRY;
		const settle = (how, what) => {
			clearTimeout(timer);
			how(what);
			abort.abort();
		};
		const ask = () => {
			clearTimeout(timer);
			tries++;
			waiting++;
			timer = setTimeout(() => mayAsk() && ask(), PAUSE);
			send('POST', 'refresh-tokens', { attributes, signal: abort.signal }).then(
				(document) => settle(resolve, document),
				(failure) => {
					waiting--;
					if (failure.status === 0 && mayAsk())
						ask();
					else if (waiting === 0 || isFinal(failure))
						settle(reject, failure);
				});
		};
		forgotten.addEventListener('abort', () => settle(reject, new Failure()), { signal: abort.signal });
		ask();
	});
}

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
	#forgotten = new AbortController();

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
		const { data } = await exchange(attributes, this.#forgotten.signal);
		this.#take(data.attributes);
	}

	forget() {
		this.#forgotten.abort();
		this.#access = undefined;
		this.#refresh = undefined;
		this.claims = {};
	}
}
