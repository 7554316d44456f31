// search.js
//	Finding a customer while the term is being typed: a pause starts a search; a
//	key gives up the one before.

import { isAbort } from './api.js';
import { byId, clean, element, pager } from './dom.js';
import { report, withdraw } from './messages.js';
import { apart, piecesOf } from './names.js';
import { ask } from './session.js';

const PAUSE = 200;		// milliseconds without a key
const LIMIT = 10;
const number = new Intl.NumberFormat();

const references = new WeakMap();	// of the customers, by their buttons
let current;			// the AbortController of the search that runs
let timer;
let offset = 0;			// of what is listed
let wanted = 0;			// of what was asked for last
let hasSearched = false;
let complaint;			// the message about a search that failed
let setPager;
let choose;

// The pieces of a text, with what was searched for marked, also across them.
// Lower case of another length would mark the wrong letters, and marks none.
function marked(pieces, term) {
	const text = pieces.join(' ');
	const lower = text.toLowerCase();
	const at = term === '' || lower.length !== text.length ? -1 : lower.indexOf(term.toLowerCase());
	const end = at < 0 ? at : at + term.length;
	return apart(pieces, (piece, start) => {
		const [from, to] = [at, end].map((place) => Math.min(Math.max(place - start, 0), piece.length));
		return element('bdi', {}, piece.slice(0, from),
			to > from ? element('mark', {}, piece.slice(from, to)) : null, piece.slice(to));
	});
}

function row(customer, term) {
	const { email, customerReference } = customer;
	const choice = element('button', { type: 'button', class: 'result', click: () => choose(customer) },
		element('span', { class: 'name' }, ...marked(piecesOf(customer), term)), ' ',
		element('span', { class: 'email' }, ...marked([clean(email ?? '')], term)), ' ',
		element('span', { class: 'reference' }, ...marked([clean(customerReference ?? '')], term)));
	references.set(choice, customerReference);
	return element('li', {}, choice);
}

function totalText({ total, exact }) {
	if (total === 0)
		return 'Nobody was found. Try another part of the name or of the e-mail address.';
	if (!exact)
		return `More than ${number.format(total)} customers. Type more to find fewer.`;
	return total === 1 ? 'One customer' : `${number.format(total)} customers`;
}

// Whoever had the focus has it still, when found again; else the field has it.
function replaceResults(customers, term) {
	const list = byId('results');
	const focused = references.get(document.activeElement);
	list.replaceChildren(...customers.map((customer) => row(customer, term)));
	if (focused !== undefined)
		([...list.querySelectorAll('button')].find((choice) => references.get(choice) === focused) ?? byId('search')).focus();
}

function show({ data: [found], meta, links }, term) {
	const { customers } = found.attributes;
	replaceResults(customers, term);
	byId('search-total').textContent = totalText(meta);
	setPager({
		hasPrevious: 'prev' in links,
		hasNext: 'next' in links,
		text: customers.length > 0 ? `${number.format(offset + 1)} to ${number.format(offset + customers.length)}` : '',
	});
}

// Who was found for another term must not be taken for an answer to this one.
function showFailure(message) {
	const hadFocus = byId('results').contains(document.activeElement) || byId('search-pager').contains(document.activeElement);
	complaint = message;
	byId('results').replaceChildren();
	byId('search-total').textContent = 'The search failed. Press Enter to search again.';
	setPager({ hasPrevious: false, hasNext: false, text: '' });
	if (hadFocus)
		byId('search').focus();
}

// The search that runs, and one that is about to.
function giveUp() {
	clearTimeout(timer);
	current?.abort();
	current = undefined;
	byId('results').removeAttribute('aria-busy');
}

// What is listed is not about what is typed, until the answer is there.
function searchSoon() {
	giveUp();
	wanted = 0;
	byId('results').setAttribute('aria-busy', 'true');
	timer = setTimeout(search, PAUSE);
}

async function search(newOffset = 0) {
	const mine = new AbortController();
	const term = byId('search').value.trim();

	giveUp();
	current = mine;
	wanted = newOffset;
	hasSearched = true;
	byId('results').setAttribute('aria-busy', 'true');
	try {
		const found = await ask('GET', 'agent-customer-search', {
			query: { q: term, 'page[offset]': newOffset, 'page[limit]': LIMIT }, signal: mine.signal,
		});
		if (current !== mine)
			return;
		offset = newOffset;
		withdraw(complaint);
		show(found, term);
	} catch (failure) {
		if (!isAbort(failure) && current === mine)
			showFailure(report(failure));
	} finally {
		if (current === mine)
			byId('results').removeAttribute('aria-busy');
	}
}

// Up from the first result is the field again; Escape is, from everywhere.
function move(event) {
	const results = [...byId('results').querySelectorAll('button')];
	const at = results.indexOf(document.activeElement);
	const next = {
		ArrowDown: results[at + 1] ?? results.at(-1),
		ArrowUp: at > 0 ? results[at - 1] : byId('search'),
		Home: at < 0 ? undefined : results[0],
		End: at < 0 ? undefined : results.at(-1),
		Escape: at < 0 ? undefined : byId('search'),
	}[event.key];
	if (next === undefined)
		return;
	event.preventDefault();
	next.focus();
}

export function clearSearch() {
	giveUp();
	hasSearched = false;
	offset = 0;
	byId('search-form').reset();
	byId('results').replaceChildren();
	byId('search-total').textContent = 'Type a part of a name, or press Enter to see all.';
	setPager({ hasPrevious: false, hasNext: false, text: '' });
}

// What was on its way when the connection broke.
export function searchAgain() {
	if (hasSearched)
		search(wanted);
}

export function setUpSearch(onChoose) {
	choose = onChoose;
	setPager = pager('search-pager', (step) => search(Math.max(0, offset + step * LIMIT)));
	byId('search').addEventListener('input', searchSoon);
	byId('search-form').addEventListener('submit', (event) => {
		event.preventDefault();
		search();
	});
	byId('search-form').addEventListener('keydown', move);
	byId('results').addEventListener('keydown', move);
	clearSearch();
}
