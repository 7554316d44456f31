// sessions.js
//	The agent's sessions, wherever they were begun, and the token of this one.

import { compareLater } from './acting.js';
import { claimsTable } from './claims.js';
import { busy, button, byId, clean, element, foreign, table } from './dom.js';
import { inform, report, withdraw } from './messages.js';
import { ask, endSession, ownPair, refreshOwn, session } from './session.js';
import { duration, everySecond, moment } from './time.js';

const COLUMNS = ['Session', 'Begun', 'Last used', 'Ends', 'From', 'Reason', 'Action'];
let agentName = '';
let complaint;			// the message about a list that did not come

// "Firefox 140 on Linux": what people know of what browsers say of themselves.
export function browserOf(userAgent) {
	const [, name, version] = /(Firefox|Edg|OPR|Chrome|Version)\/(\d+)/.exec(
		(userAgent ?? '').replace(/Chrome\/\S+ (.*)(Edg|OPR)/, '$1$2')) ?? [];
	const [system] = /Windows|Android|iPhone|iPad|Mac OS|Linux/.exec(userAgent ?? '') ?? [];
	if (name === undefined)
		return userAgent;
	const known = { Edg: 'Edge', OPR: 'Opera', Version: 'Safari' }[name] ?? name;
	return system ? `${known} ${version} on ${system}` : `${known} ${version}`;
}

export function origin(peer, userAgent) {
	if (!peer && !userAgent)
		return null;
	return element('span', {}, foreign(peer ?? ''), ' ',
		element('small', { title: clean(userAgent ?? '') }, foreign(browserOf(userAgent) ?? '')));
}

async function end(id, isOwn) {
	try {
		await endSession(id);
		if (isOwn)
			return;
		inform('The session has ended.');
	} catch (failure) {
		report(failure);
	}
	await loadSessions(id);
	byId('sessions-heading').focus();
}

function row({ id, attributes }) {
	const { kind, customerReference, createdAt, lastUsedAt, expiresAt, peer, userAgent, reason } = attributes;
	const isOwn = id === ownPair().session;
	const begun = moment(createdAt);
	const [name, whom] = kind === 'impersonation' ? ['Acting as', clean(customerReference)] : ['Log-in', ''];
	const control = button(isOwn ? 'Log out' : 'End', () => busy(control, () => end(id, isOwn)),
		{ 'aria-label': isOwn ? 'Log out of this session' : `End: ${name} ${whom}`.trim() + `, begun ${begun?.textContent}` });
	return [
		element('span', {}, name, ' ', whom ? foreign(whom) : null, isOwn ? element('strong', { class: 'tag' }, 'this one') : null),
		begun, moment(lastUsedAt), moment(expiresAt), origin(peer, userAgent), reason, control,
	];
}

// "here": what was ended in this list
export async function loadSessions(here) {
	const mine = ownPair();
	const compare = compareLater();
	try {
		const { data } = await ask('GET', 'agent-sessions');
		if (ownPair() !== mine)
			return;
		byId('sessions').replaceChildren(table('Your sessions', COLUMNS, data.map(row)));
		compare(data, here);
		withdraw(complaint);
	} catch (failure) {
		if (ownPair() === mine)
			complaint = report(failure);
	}
}

function showOwn() {
	byId('own-claims').replaceChildren(claimsTable('Claims of your own token', ownPair().claims, agentName));
	tick();
}

function tick() {
	if (ownPair() !== null)
		byId('own-left').textContent = ownPair().secondsLeft > 0 ? `${duration(ownPair().secondsLeft)} left` : 'expired';
}

async function refresh() {
	const mine = ownPair();
	try {
		await refreshOwn();
		if (ownPair() === mine)
			inform('Your token is a new one.');
	} catch (failure) {
		if (ownPair() === mine)
			report(failure);
	}
}

export function openSessions(username) {
	agentName = username;
	showOwn();
}

export function clearSessions() {
	agentName = '';
	byId('sessions').replaceChildren();
	byId('own-claims').replaceChildren();
	byId('own-left').textContent = '';
}

export function setUpSessions() {
	byId('sessions-reload').addEventListener('click', () => busy(byId('sessions-reload'), () => loadSessions()));
	byId('own-refresh').addEventListener('click', () => busy(byId('own-refresh'), refresh));
	session.addEventListener('refresh', showOwn);
	everySecond(tick);
}
