// session.js
//	The agent who is logged in, and every request in that agent's name.  Events:
//	"begin", "refresh", and "end", whose detail says what was asked for: "here",
//	"everywhere", "left", where it goes on without this page, or nothing, where
//	the server ended it.

import { send } from './api.js';
import { connection } from './connection.js';
import { everySecond } from './time.js';
import { TokenPair } from './tokens.js';

export const session = new EventTarget();

const MARGIN = 300;		// seconds before its end at which a token is refreshed
const PAUSE = 5000;		// milliseconds after a try that failed
let pair = null;
let nextTry = 0;

export const ownPair = () => pair;

export async function logIn(username, password) {
	const { data } = await send('POST', 'agent-access-tokens', { attributes: { username, password } });
	pair = new TokenPair(data.attributes);
	session.dispatchEvent(new CustomEvent('begin', { detail: username }));
}

function end(asked) {
	pair?.forget();
	pair = null;
	session.dispatchEvent(new CustomEvent('end', { detail: asked }));
}

// Who comes back to this page, also to one that the browser has kept as it was, is
// nobody until the next log-in.
export function leave() {
	if (pair !== null)
		end('left');
}

const isRefused = ({ status, code }) => status === 401 && ['001', '4102'].includes(code);

// A session that the server does not know any more is over here too.
export async function refreshOwn(mine = pair) {
	try {
		await mine.refresh();
		if (pair === mine)
			session.dispatchEvent(new Event('refresh'));
	} catch (failure) {
		if (failure.status === 401 && pair === mine)
			end();
		throw failure;
	}
}

// As send(), with the agent's token; refreshed once when it is not good any more.
export async function ask(method, path, options) {
	const mine = pair;
	try {
		return await send(method, path, { ...options, token: mine.access });
	} catch (failure) {
		if (!isRefused(failure) || pair !== mine)
			throw failure;
	}
	await refreshOwn(mine);
	try {
		return await send(method, path, { ...options, token: mine.access });
	} catch (failure) {
		if (isRefused(failure) && pair === mine)
			end();
		throw failure;
	}
}

// All sessions of the agent end, on the server first: who is told that it is
// done can rely on it.  A session that is over already is what was wanted.
export async function logOut() {
	const mine = pair;
	try {
		await ask('DELETE', 'refresh-tokens/mine');
	} catch (failure) {
		if (failure.status !== 401)
			throw failure;
	}
	if (pair === mine)
		end('everywhere');
}

export async function endSession(id) {
	const isOwn = id === pair.session;
	await ask('DELETE', `agent-sessions/${encodeURIComponent(id)}`);
	if (isOwn)
		end('here');
}

// An answer that was lost is good for seconds only.
connection.addEventListener('back', () => {
	nextTry = 0;
});

everySecond(() => {
	if (pair === null || pair.secondsLeft > Math.min(MARGIN, pair.lifetime / 5) || Date.now() < nextTry)
		return;
	nextTry = Date.now() + PAUSE;
	refreshOwn().catch(() => {});	// whoever needs it will say so
});
