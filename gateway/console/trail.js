// trail.js
//	Who acted as whom, for agents who may read it.  Nobody is asked whether one
//	may before it is opened: asking leaves a row in the trail itself.

import { busy, byId, foreign, pager, table } from './dom.js';
import { report, withdraw } from './messages.js';
import { ask, ownPair } from './session.js';
import { origin } from './sessions.js';
import { moment } from './time.js';

const COLUMNS = ['Agent', 'Customer', 'Begun', 'Ended', 'Reason', 'Ticket', 'From'];
const LIMIT = 20;
let offset = 0;
let setPager;
let refused;
let complaint;			// the message about a page that did not come

function ended({ endedAt, endReason }) {
	const at = moment(endedAt);
	if (at === null)
		return 'not yet';
	if (endReason)
		at.append(' (', foreign(endReason.replaceAll('_', ' ')), ')');
	return at;
}

function row({ attributes }) {
	const { agent, customerReference, startedAt, reason, ticket, peer, userAgent } = attributes;
	return [agent, customerReference, moment(startedAt), ended(attributes), reason, ticket, origin(peer, userAgent)];
}

async function load(from) {
	const mine = ownPair();
	try {
		const { data, links } = await ask('GET', 'agent-impersonations', {
			query: { 'page[offset]': from, 'page[limit]': LIMIT },
		});
		if (ownPair() !== mine)
			return;
		offset = from;
		withdraw(complaint);
		byId('trail').replaceChildren(table('Who acted as whom', COLUMNS, data.map(row)));
		setPager({
			hasPrevious: 'prev' in links, hasNext: 'next' in links,
			text: data.length > 0 ? `${from + 1} to ${from + data.length}` : 'nobody',
		});
	} catch (failure) {
		if (ownPair() !== mine)
			return;
		if (failure.status === 403 || failure.status === 404)
			refused();
		else
			complaint = report(failure);
	}
}

export const loadTrail = () => load(0);

export function clearTrail() {
	offset = 0;
	byId('trail').replaceChildren();
	setPager({ hasPrevious: false, hasNext: false, text: '' });
}

// "onRefused": this agent may not read it, or this server has none.
export function setUpTrail(onRefused) {
	refused = onRefused;
	setPager = pager('trail-pager', (step) => load(Math.max(0, offset + step * LIMIT)));
	byId('trail-reload').addEventListener('click', () => busy(byId('trail-reload'), loadTrail));
}
