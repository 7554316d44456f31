// acting.js
//	The customers whom the agent acts as, a card each: the time left, the claims,
//	and what can be done with the token.

import { claimsTable } from './claims.js';
import { busy, button, byId, element, foreign } from './dom.js';
import { alertWith, inform, report } from './messages.js';
import { nameIn, nameOf } from './names.js';
import { endSession } from './session.js';
import { duration, everySecond } from './time.js';

const SOON = 300;		// seconds: time to refresh, said once
const cards = new Set();
let agentName = '';

// Where the browser keeps pages from the clipboard, as it does without TLS, the
// token is shown, marked, for the keyboard's copy.
async function copy(card) {
	if (card.pair.secondsLeft <= 0)
		return alertWith('The token for ', ...nameIn(card.customer), ' has expired and is of no use any more. Refresh it, then copy it.');
	try {
		await navigator.clipboard.writeText(card.pair.access);
		inform('The token for ', ...nameIn(card.customer), ' is in the clipboard.');
	} catch {
		const field = element('textarea', { readonly: true, rows: 4, 'aria-label': `Token for ${card.name}` });
		field.value = card.pair.access;
		card.shown.replaceChildren(field);
		field.select();
		inform('The browser keeps this page from the clipboard. The token is marked: copy it with the keyboard.');
	}
	return undefined;
}

function close(card) {
	card.pair.forget();
	card.element.remove();
	cards.delete(card);
	byId('acting-none').hidden = cards.size > 0;
	byId('acting-heading').focus();
}

// The session is over on the server; the card says so until it is closed.
function markEnded(card) {
	card.isEnded = true;
	card.pair.forget();
	card.element.classList.add('ended');
	card.left.textContent = 'ended';
	card.shown.replaceChildren();
	card.buttons.replaceChildren(button('Remove', () => close(card), { 'aria-label': `Remove ${card.name}` }));
}

async function refresh(card) {
	try {
		await card.pair.refresh();
		card.isAnnounced = false;
		card.shown.replaceChildren();
		showClaims(card);
		tick(card);
		inform('The token for ', ...nameIn(card.customer), ' is a new one.');
	} catch (failure) {
		if (failure.status !== 401)
			return report(failure);
		markEnded(card);
		alertWith('Acting as ', ...nameIn(card.customer), ' has ended. Choose the customer again to go on.');
	}
	return undefined;
}

async function end(card) {
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

function tick(card) {
	const left = card.pair.secondsLeft;
	if (card.isEnded)
		return;
	card.left.textContent = left > 0 ? `${duration(left)} left` : 'expired';
	if (left <= 0)
		card.shown.replaceChildren();
	card.left.classList.toggle('soon', left < SOON);
	if (left < SOON && left < card.pair.lifetime / 5 && !card.isAnnounced) {
		card.isAnnounced = true;
		inform('The token for ', ...nameIn(card.customer), ` expires in ${duration(left)}. Refresh it to go on.`);
	}
}

function action(card, label, work) {
	const control = button(label, () => busy(control, () => work(card)),
		{ 'aria-label': `${label}: ${card.name}` });
	return control;
}

export function startActing(customer, reason, pair) {
	const card = { pair, customer, name: nameOf(customer), isEnded: false, isAnnounced: false };
	const heading = element('h3', { tabindex: '-1' }, ...nameIn(customer));

	card.left = element('span', { class: 'left', role: 'timer', 'aria-live': 'off', 'aria-label': 'Time left' });
	card.details = element('details', { open: true });
	card.shown = element('div', {});
	card.buttons = element('div', { class: 'buttons' },
		action(card, 'Copy token', copy), action(card, 'Refresh', refresh), action(card, 'End', end));
	card.element = element('article', { class: 'card' },
		element('div', { class: 'heading' }, heading, card.left),
		element('p', { class: 'hint' }, foreign(customer.customerReference), ...(reason ? [' · ', foreign(reason)] : [])),
		card.buttons, card.shown, card.details);
	for (const other of cards)
		other.details.open = false;
	cards.add(card);
	showClaims(card);
	tick(card);
	byId('acting').prepend(card.element);
	byId('acting-none').hidden = true;
	if (!byId('act').open)
		heading.focus();
	inform('You act as ', ...nameIn(customer), '.');
}

// Of the sessions that are alive on the server.
export function compareWithSessions(ids) {
	for (const card of cards) {
		if (!card.isEnded && !ids.includes(card.pair.session))
			markEnded(card);
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
	everySecond(() => cards.forEach(tick));
}
