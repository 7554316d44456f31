// console.js
//	The console: which view is shown, and what is forgotten when an agent leaves.

import { askWhy, closeAct, setUpAct } from './act.js';
import { actFor, clearActing, setUpActing, startActing } from './acting.js';
import { connection } from './connection.js';
import { busy, byId, foreign } from './dom.js';
import { clearLogin, setUpLogin } from './login.js';
import { alertWith, clearMessage, inform, report, setUpMessages } from './messages.js';
import { clearSearch, searchAgain, setUpSearch } from './search.js';
import { leave, logOut, ownPair, session } from './session.js';
import { clearSessions, loadSessions, openSessions, setUpSessions } from './sessions.js';
import { clearTrail, loadTrail, setUpTrail } from './trail.js';

const titles = { login: 'Log in', customers: 'Customers', sessions: 'Sessions', trail: 'Trail' };
const loads = { sessions: loadSessions, trail: loadTrail };
const tabs = [...document.querySelectorAll('#navigation button')];

function open(view) {
	for (const name of Object.keys(titles))
		byId(`view-${name}`).hidden = name !== view;
	for (const tab of tabs) {
		if (tab.dataset.view === view)
			tab.setAttribute('aria-current', 'page');
		else
			tab.removeAttribute('aria-current');
	}
	document.title = `${titles[view]} · Agent console`;
	return loads[view]?.();
}

const trailTab = () => tabs.find((tab) => tab.dataset.view === 'trail');

function begin({ detail: username }) {
	byId('who-name').replaceChildren(foreign(username));
	for (const id of ['navigation', 'who', 'keys'])
		byId(id).hidden = false;
	actFor(username);
	openSessions(username);
	clearMessage();
	open('customers');
	byId('search').focus();
}

function hideTrail() {
	trailTab().hidden = true;
	open('customers');
	byId('search').focus();
	alertWith('The trail is for auditors. If you are to read it, ask whoever runs the server to make you one.');
}

function end({ detail: asked }) {
	closeAct();
	clearActing();
	clearSearch();
	clearSessions();
	clearTrail();
	byId('who-name').textContent = '';
	for (const id of ['navigation', 'who', 'keys'])
		byId(id).hidden = true;
	trailTab().hidden = false;
	open('login');
	byId('username').focus();
	if (asked === 'left')
		clearMessage();
	else if (asked)
		inform(asked === 'everywhere' ? 'You are logged out everywhere.' : 'You are logged out.');
	else
		alertWith('Your session has ended. Log in again.');
}

async function askToLogOut() {
	try {
		await logOut();
	} catch (failure) {
		report(failure, failure.status === 0
			? 'There is no connection: on the server you are still logged in. Log out again when it is back.' : undefined);
	}
}

// A browser may keep a page that was left, and what was typed in it.
function forgetAll() {
	leave();
	clearLogin();
	clearMessage();
}

// "/" goes to the search from everywhere where it is no letter of a text, unless
// it was turned off: speech input may be typing.
function slash(event) {
	const isText = event.target.closest('input:not([type=checkbox]), textarea') !== null;
	if (event.key !== '/' || event.ctrlKey || event.altKey || event.metaKey || isText ||
		!byId('slash').checked || ownPair() === null || byId('act').open)
		return;
	event.preventDefault();
	open('customers');
	byId('search').focus();
	byId('search').select();
}

// A link's own way would leave its mark in the address.
function skip(event) {
	event.preventDefault();
	byId('main').focus();
}

setUpMessages();
setUpLogin();
setUpSearch(askWhy);
setUpAct(startActing);
setUpActing();
setUpSessions();
setUpTrail(hideTrail);
session.addEventListener('begin', begin);
session.addEventListener('end', end);
connection.addEventListener('back', () => ownPair() !== null && searchAgain());
byId('log-out').addEventListener('click', () => busy(byId('log-out'), askToLogOut));
byId('skip').addEventListener('click', skip);
document.addEventListener('keydown', slash);
addEventListener('pagehide', forgetAll);
addEventListener('pageshow', ({ persisted }) => persisted && location.reload());
for (const tab of tabs)
	tab.addEventListener('click', () => {
		clearMessage();
		open(tab.dataset.view);
	});
byId('username').focus();
