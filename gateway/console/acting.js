// acting.js
//	The customers whom the agent acts as, a card each: the time left, the claims,
//	and what can be done with the token.

import { claimsTable } from './claims.js';
import { busy, button, byId, element, foreign } from './dom.js';
import { alertWith, inform, report, withdraw } from './messages.js';
import { nameIn, nameOf } from './names.js';
import { ask, endSession } from './session.js';
import { clockTime, duration, everySecond } from './time.js';

const SOON = 300;		// seconds: time to refresh, said once
const LOOK = 15000;		// milliseconds between two looks at what was ended elsewhere
const LIST_MAX = 1000;	// sessions: who has more is not told of all
const cards = new Set();
let agentName = '';
let nextLook = 0;
let isLooking = false;

// What is said of cards is withdrawn when it holds no longer.
function say(how, some, ...content) {
	const message = how(...content);
	for (const card of some)
		card.message = message;
}

// Where the browser keeps pages from the clipboard, as it does without TLS, the
// token is shown, marked, for the keyboard's copy.
async function copy(card) {
	tick(card);
	if (card.state === 'expired')
		return say(alertWith, [card], 'The token for ', ...nameIn(card.customer), ' has expired and is of no use any more. Refresh it, then copy it.');
	try {
		await navigator.clipboard.writeText(card.pair.access);
		say(inform, [card], 'The token for ', ...nameIn(card.customer), ' is in the clipboard.');
	} catch {
		const field = element('textarea', { readonly: true, rows: 4, 'aria-label': `Token for ${card.name}` });
		field.value = card.pair.access;
		card.shown.replaceChildren(field);
		field.select();
		say(inform, [card], 'The browser keeps this page from the clipboard. The token is marked: copy it with the keyboard.');
	}
	return undefined;
}

function close(card) {
	withdraw(card.message);
	card.pair.forget();
	card.element.remove();
	cards.delete(card);
	byId('acting-none').hidden = cards.size > 0;
	byId('acting-heading').focus();
}

const isAlive = (card) => cards.has(card) && card.state !== 'ended';

// The session is over on the server; the card says so until it is closed.
function markEnded(card) {
	withdraw(card.message);
	card.state = 'ended';
	card.pair.forget();
	card.element.classList.add('ended');
	card.left.textContent = 'ended';
	card.shown.replaceChildren();
	card.buttons.replaceChildren(button('Remove', () => close(card), { 'aria-label': `Remove ${card.name}` }));
}

const hasEnded = (card) => ['Acting as ', ...nameIn(card.customer), ' has ended. Choose the customer again to go on. '];

function end(some) {
	some.forEach(markEnded);
	if (some.length > 0)
		say(alertWith, some, ...some.flatMap(hasEnded));
}

async function refresh(card) {
	try {
		await card.pair.refresh();
		if (!isAlive(card))
			return undefined;
		card.shown.replaceChildren();
		card.state = 'good';
		showClaims(card);
		showLeft(card);
		say(inform, [card], 'The token for ', ...nameIn(card.customer), ' is a new one.');
	} catch (failure) {
		if (!isAlive(card))
			return undefined;
		if (failure.status !== 401)
			return report(failure);
		end([card]);
	}
	return undefined;
}

async function askToEnd(card) {
	try {
		await endSession(card.pair.session);
	} catch (failure) {
		if (failure.status !== 404)
			return report(failure);
	}
	if (cards.has(card)) {
		close(card);
		inform('You do not act as ', ...nameIn(card.customer), ' any more.');
	}
	return undefined;
}

function showClaims(card) {
	card.details.replaceChildren(element('summary', {}, 'What the token says'),
		claimsTable(`Claims of the token for ${card.name}`, card.pair.claims, agentName));
}

function stateOf({ pair: { secondsLeft, lifetime } }) {
	if (secondsLeft <= 0)
		return 'expired';
	return secondsLeft < SOON && secondsLeft < lifetime / 5 ? 'soon' : 'good';
}

function showLeft(card) {
	const left = card.pair.secondsLeft;
	card.left.textContent = left > 0 ? `${duration(left)} left` : 'expired';
	card.left.classList.toggle('soon', left < SOON);
}

// True when its state is another than before.
function tick(card) {
	const before = card.state;
	if (before === 'ended')
		return false;
	showLeft(card);
	card.state = stateOf(card);
	if (card.state === 'expired')
		card.shown.replaceChildren();
	return card.state !== before;
}

// With the time of the clock, which holds for as long as the sentence stands.
const expiry = (card) => ['The token for ', ...nameIn(card.customer),
	card.state === 'soon' ? ` expires at ${clockTime(card.pair.expiresAt)}. Refresh it to go on. ` : ' has expired. Refresh it to go on. '];

function tickAll() {
	const changed = [...cards].filter(tick).filter(({ state }) => state !== 'good');
	if (changed.length > 0)
		say(changed.some(({ state }) => state === 'expired') ? alertWith : inform, changed, ...changed.flatMap(expiry));
}

function action(card, label, work) {
	const control = button(label, () => busy(control, () => work(card)),
		{ 'aria-label': `${label}: ${card.name}` });
	return control;
}

export function startActing(customer, reason, pair) {
	const card = { pair, customer, name: nameOf(customer), state: 'good' };
	const heading = element('h3', { tabindex: '-1' }, ...nameIn(customer));

	card.left = element('span', { class: 'left', role: 'timer', 'aria-live': 'off', 'aria-label': 'Time left' });
	card.details = element('details', { open: true });
	card.shown = element('div', {});
	card.buttons = element('div', { class: 'buttons' },
		action(card, 'Copy token', copy), action(card, 'Refresh', refresh), action(card, 'End', askToEnd));
	card.element = element('article', { class: 'card' },
		element('div', { class: 'heading' }, heading, card.left),
		element('p', { class: 'hint' }, foreign(customer.customerReference), ...(reason ? [' · ', foreign(reason)] : [])),
		card.buttons, card.shown, card.details);
	for (const other of cards)
		other.details.open = false;
	cards.add(card);
	showClaims(card);
	showLeft(card);
	byId('acting').prepend(card.element);
	byId('acting-none').hidden = true;
	if (!byId('act').open)
		heading.focus();
	say(inform, [card], 'You act as ', ...nameIn(customer), '.');
}

// Called before the server is asked for its sessions; what is returned finds the
// cards of then that are in them no longer.
function missingLater() {
	const alive = [...cards].filter(isAlive);
	return (sessions) => {
		const ids = sessions.map(({ id }) => id);
		return ids.length >= LIST_MAX ? []
			: alive.filter((card) => isAlive(card) && !ids.includes(card.pair.session));
	};
}

// The same for the list of sessions.  Of "here", which was ended there, it is said
// already.
export function compareLater() {
	const missing = missingLater();
	return (sessions, here) => {
		const some = missing(sessions);
		const elsewhere = some.filter(({ pair }) => pair.session !== here);
		some.filter((card) => !elsewhere.includes(card)).forEach(markEnded);
		end(elsewhere);
	};
}

// Customers are not acted for without an agent seeing it: what was ended elsewhere
// is ended here.  A session of the agent that is over is noticed by this too.
async function look() {
	if (isLooking || document.hidden || Date.now() < nextLook || ![...cards].some(isAlive))
		return;
	const missing = missingLater();
	isLooking = true;
	try {
		const { data } = await ask('GET', 'agent-sessions');
		end(missing(data));
	} catch {
		// the next one may succeed; what is to be said of a session that is over, is said
	} finally {
		isLooking = false;
		nextLook = Date.now() + LOOK;
	}
}

export function actFor(username) {
	agentName = username;
}

export function clearActing() {
	for (const card of [...cards]) {
		card.pair.forget();
		cards.delete(card);
	}
	agentName = '';
	byId('acting').replaceChildren();
	byId('acting-none').hidden = false;
}

export function setUpActing() {
	everySecond(tickAll);
	everySecond(look);
	document.addEventListener('visibilitychange', () => {
		nextLook = 0;
	});
}
