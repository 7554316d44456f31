// api.js
//	One request and its answer.  A token travels in a header, and never in a URL:
//	those end up in logs and histories.

import { reportLost, root } from './connection.js';

const MEDIA_TYPE = 'application/vnd.api+json';
// A page that is left hears no answers: the browser may keep it, as it was, and
// bring it back.
const running = new Set();
let isLeft = false;
const never = () => new Promise(() => {});
addEventListener('pagehide', () => {
	isLeft = true;
	running.forEach((abort) => abort.abort());
});

const PATIENCE = 40000;		// milliseconds; longer than the gateway waits for its database

// What was answered instead of what was asked for.  Status 0: nothing was.
export class Failure extends Error {
	constructor({ status = 0, code, detail = '', retryAfter = 0 } = {}) {
		super(`${status} ${code ?? ''} ${detail}`);
		this.name = 'Failure';
		Object.assign(this, { status, code, detail, retryAfter });
	}
}

export const isAbort = (error) => error.name === 'AbortError';

async function failureOf(answer) {
	const { errors: [error = {}] = [] } = await answer.json().catch(() => ({}));
	return new Failure({
		status: answer.status,
		code: error.code,
		detail: error.detail,
		retryAfter: Number(answer.headers.get('Retry-After')) || 0,
	});
}

function lost() {
	reportLost();
	return new Failure();
}

// A proxy says with these that there is nobody behind it.
const isFromProxy = (status) => status === 502 || status === 504;

// Resolves to the document, or to null where there is none; rejects with a
// Failure, or with an AbortError when "signal" asked for it.
export async function send(method, path, { token, attributes, query = {}, signal, patience = PATIENCE } = {}) {
	const url = new URL(path, root);
	const headers = { Accept: MEDIA_TYPE };
	const abort = new AbortController();
	const timer = setTimeout(() => abort.abort(), patience);
	const passOn = () => abort.abort();
	let body;

	for (const [name, value] of Object.entries(query))
		url.searchParams.set(name, value);
	if (token)
		headers['X-Agent-Authorization'] = `Bearer ${token}`;
	if (attributes) {
		headers['Content-Type'] = MEDIA_TYPE;
		body = JSON.stringify({ data: { type: path, attributes } });
	}
	signal?.addEventListener('abort', passOn);
	running.add(abort);
	try {
		const answer = await fetch(url, {
			method, headers, body, signal: abort.signal,
			cache: 'no-store', credentials: 'omit', redirect: 'error', referrerPolicy: 'no-referrer',
		});
		if (isFromProxy(answer.status))
			throw lost();
		if (!answer.ok)
			throw await failureOf(answer);
		const document = answer.status === 204 ? null : await answer.json();
		return isLeft ? never() : document;
	} catch (error) {
		if (isLeft)
			return never();
		if (error instanceof Failure || signal?.aborted)
			throw error;
		throw lost();
	} finally {
		clearTimeout(timer);
		signal?.removeEventListener('abort', passOn);
		running.delete(abort);
	}
}
