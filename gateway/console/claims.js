// claims.js
//	A token in words: who acts, as whom, until when.

import { element, foreign } from './dom.js';
import { subject } from './tokens.js';
import { moment } from './time.js';

const fromSeconds = (value) => (typeof value === 'number' ? moment(value * 1000) : null);

function agentText(id, username) {
	return id === undefined || id === null ? null : [foreign(username), ` (agent ${id})`];
}

function customerText({ customer, customerId }) {
	if (customer === undefined || customer === null)
		return null;
	return customerId === undefined || customerId === null ? [foreign(customer)] : [foreign(customer), ` (customer ${customerId})`];
}

// What a token does not have is left out.
function rows(claims, username) {
	const who = subject(claims.sub);
	const actor = claims.act === undefined ? who : subject(claims.act.sub);
	return [
		['Agent who acts', agentText(actor.agent, username)],
		['Customer', customerText(who)],
		['Scopes', claims.scopes?.join(', ')],
		['Role', claims.role],
		['Issued', fromSeconds(claims.iat)],
		['Expires', fromSeconds(claims.exp)],
		['Session', claims.sid],
		['Issuer', claims.iss],
		['Audience', claims.aud],
		['Token number', claims.jti],
	].filter(([, value]) => value !== null && value !== undefined);
}

// Text is what a token says; the rest is made here.
const cell = (value) => (Array.isArray(value) ? value : [value instanceof Node ? value : foreign(value)]);

export function claimsTable(caption, claims, username) {
	return element('table', { class: 'claims' },
		element('caption', { class: 'unseen' }, caption),
		element('tbody', {}, ...rows(claims, username).map(([name, value]) =>
			element('tr', {}, element('th', { scope: 'row' }, name), element('td', {}, ...cell(value))))));
}
