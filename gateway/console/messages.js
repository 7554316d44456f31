// messages.js
//	What went wrong, in a sentence that says what to do, where it is read aloud.

import { connection } from './connection.js';
import { byId } from './dom.js';

const seconds = (number) => (number === 1 ? 'a second' : `${number} seconds`);
const minutes = (number) => (number === 1 ? 'one minute' : `${number} minutes`);
const WAIT = { 429: 60, 503: 5 };		// seconds, where the server names none
export const TRY_AGAIN = 'You can try again now.';
const isTooLong = (detail) => detail.includes('too long');

const byCode = {
	4101: () => 'The user name or the password is wrong. Check both and try again.',
	4102: () => 'Your session has ended. Log in again.',
	4103: () => 'Only agents may do this. Log out, and log in as an agent.',
	4104: () => 'Nobody can act as this customer: the reference is not known any more, or the account is closed to assistance. Search again, or help without acting as the customer.',
	4401: ({ retryAfter }) => `Too many failed log-ins: no more are accepted for ${minutes(Math.max(1, Math.ceil(retryAfter / 60)))}. Wait, then try again; if the password is lost, have it set anew.`,
	901: ({ detail }) => (isTooLong(detail)
		? 'Reason and ticket have at most 500 characters. Shorten them.'
		: 'A reason is needed. Say in a few words why you act as this customer.'),
	'001': () => byCode[4102](),
	'002': () => byCode[4102](),
	'004': () => byCode[4102](),
};

const byStatus = {
	0: () => 'There is no connection to the server. Nothing is lost: try again when it is back.',
	400: () => 'The server did not understand this. Change what you entered, or load the page again.',
	403: () => 'You may not see this. Ask whoever runs the server to allow it.',
	404: () => 'This is not there any more. Reload the list.',
	405: () => 'This server can only read at the moment. Try again in a few minutes.',
	413: () => 'This is too long for the server. Shorten what you entered.',
	414: () => byStatus[413](),
	429: ({ retryAfter }) => `Too many requests. Try again in ${seconds(retryAfter || WAIT[429])}.`,
	431: () => byStatus[413](),
	500: () => 'Something is wrong on the server. Try again; if it stays like this, tell whoever runs it.',
	503: ({ retryAfter }) => `The server is busy or has no database. Try again in ${seconds(retryAfter || WAIT[503])}.`,
};

export function sentence(failure) {
	const say = byCode[failure.code] ?? byStatus[failure.status] ?? (failure.status > 0 ? byStatus[500] : undefined);
	if (say)
		return say(failure);
	console.error(failure);		// a fault of this page
	return 'This page has a fault. Load it again; if it stays like this, tell whoever runs the server.';
}

// What is about to be said in a place.
const next = new WeakMap();

// Emptied first: the same sentence twice is to be heard twice.  A later word, or
// none, takes an earlier one away, also one that is not to be seen yet.
export function tell(place, ...content) {
	place.textContent = '';
	cancelAnimationFrame(next.get(place));
	next.set(place, requestAnimationFrame(() => place.replaceChildren(...content)));
}

// A sentence that says for how long holds for so long.
function tellWhenOver(place, { status, retryAfter }, over) {
	const said = next.get(place);
	if (status in WAIT)
		setTimeout(() => next.get(place) === said && over(), 1000 * (retryAfter || WAIT[status]));
}

export function tellFailure(place, failure) {
	tell(place, sentence(failure));
	tellWhenOver(place, failure, () => tell(place, TRY_AGAIN));
}

// Whether it is about nothing but the connection, which can come back.
const isOfConnection = (failure) => failure.status === 0;
let mayGoUnread = true;
let latest = 0;

// Returns a number to withdraw the message by.
function show(kind, ...content) {
	const other = kind === 'alert' ? 'status' : 'alert';
	tell(byId(`message-${other}`));
	byId('message').className = `message ${content.length > 0 ? kind : ''}`;
	mayGoUnread = kind === 'status';
	tell(byId(`message-${kind}`), ...content);
	return ++latest;
}

export function report(failure, text = sentence(failure)) {
	const shown = show('alert', text);
	mayGoUnread = isOfConnection(failure);
	tellWhenOver(byId('message-alert'), failure, () => inform(TRY_AGAIN));
	return shown;
}

export const alertWith = (...content) => show('alert', ...content);
export const inform = (...content) => show('status', ...content);
export const clearMessage = () => show('status');

export function withdraw(message) {
	if (message === latest)
		clearMessage();
}

export function setUpMessages() {
	byId('message-close').addEventListener('click', () => {
		clearMessage();
		byId('main').focus();
	});
	connection.addEventListener('lost', () => {
		byId('connection').textContent = 'The connection to the server is lost. Trying again every few seconds …';
	});
	connection.addEventListener('back', () => {
		byId('connection').textContent = '';
		if (mayGoUnread)
			inform('The connection is back.');
	});
}
