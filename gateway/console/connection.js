// connection.js
//	Whether the server can be reached.  Who cannot reach it says so; then it is
//	asked every few seconds until it answers, and everybody is told.

export const connection = new EventTarget();
export const root = new URL('..', import.meta.url);

const PAUSE = 2000;		// milliseconds between two tries
let isLost = false;
let timer;

async function tryAgain() {
	clearTimeout(timer);
	try {
		const answer = await fetch(new URL('readyz', root), { cache: 'no-store', credentials: 'omit', signal: AbortSignal.timeout(PAUSE * 4) });
		if (answer.status < 500) {
			isLost = false;
			connection.dispatchEvent(new Event('back'));
		}
	} catch {
		// still not there
	}
	if (isLost)
		timer = setTimeout(tryAgain, PAUSE);
}

export function reportLost() {
	if (isLost)
		return;
	isLost = true;
	connection.dispatchEvent(new Event('lost'));
	timer = setTimeout(tryAgain, PAUSE);
}

addEventListener('online', () => isLost && tryAgain());
addEventListener('offline', reportLost);
