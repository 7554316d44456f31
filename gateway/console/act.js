// act.js
//	The dialog that asks why, before an agent acts as a customer.

import { busy, byId, element, foreign } from './dom.js';
import { report, tell, tellFailure } from './messages.js';
import { nameIn } from './names.js';
import { ask, ownPair } from './session.js';
import { TokenPair } from './tokens.js';

let customer;
let done;

export function askWhy(chosen) {
	customer = chosen;
	byId('act-form').reset();
	tell(byId('act-alert'));
	byId('act-heading').replaceChildren('Act as ', ...nameIn(customer));
	byId('act-customer').replaceChildren(...[customer.email, customer.customerReference].filter(Boolean)
		.map((line) => element('span', {}, foreign(line))));
	byId('act').showModal();
	byId('reason').focus();
}

// Left out when empty: the server decides whether a reason may be missing.
const given = (id) => byId(id).value.trim() || undefined;

// Who was chosen may be another one by the time that the answer is there: the
// dialog can be closed meanwhile, and opened again.
async function submit() {
	const mine = ownPair();
	const asked = customer;
	const isStillAsked = () => customer === asked && byId('act').open;
	const reason = given('reason');
	tell(byId('act-alert'));
	try {
		const { data } = await ask('POST', 'agent-customer-impersonation-access-tokens', {
			attributes: { customerReference: asked.customerReference, reason, ticket: given('ticket') },
		});
		if (ownPair() !== mine)
			return undefined;
		if (isStillAsked())
			closeAct();
		done(asked, reason, new TokenPair(data.attributes));
	} catch (failure) {
		if (ownPair() !== mine)
			return undefined;
		if (!isStillAsked())
			return report(failure);
		tellFailure(byId('act-alert'), failure);
		if (failure.status === 422)
			byId('reason').focus();
	}
	return undefined;
}

// What was written is kept no longer than the dialog: a browser may bring fields
// back with a page.
function empty() {
	byId('act-form').reset();
	tell(byId('act-alert'));
	byId('act-heading').textContent = '';
	byId('act-customer').textContent = '';
	customer = undefined;
}

export function closeAct() {
	byId('act').close();
	empty();
}

export function setUpAct(onDone) {
	done = onDone;
	byId('act').addEventListener('cancel', empty);		// Escape, in the same step
	byId('act').addEventListener('close', () => byId('act').open || empty());
	byId('act-cancel').addEventListener('click', closeAct);
	byId('act-form').addEventListener('submit', (event) => {
		event.preventDefault();
		busy(byId('act-submit'), submit);
	});
}
