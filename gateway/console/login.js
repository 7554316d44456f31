// login.js
//	The first view: a name, a password, and how long it takes until the next try.

import { busy, byId } from './dom.js';
import { clearMessage, sentence, tell, tellFailure, TRY_AGAIN } from './messages.js';
import { logIn } from './session.js';
import { duration, everySecond } from './time.js';

let waitUntil = 0;

function tick() {
	const left = (waitUntil - Date.now()) / 1000;
	if (waitUntil === 0)
		return;
	byId('login-timer').textContent = duration(left);
	if (left <= 0) {
		waitUntil = 0;
		byId('login-wait').hidden = true;
		tell(byId('login-alert'), TRY_AGAIN);
	}
}

function startToWait(seconds) {
	waitUntil = seconds > 0 ? Date.now() + seconds * 1000 : 0;
	byId('login-wait').hidden = waitUntil === 0;
	tick();
}

function complain(text, field) {
	tell(byId('login-alert'), text);
	field.focus();
}

// The field to go on with has the focus.  A password that was refused is typed
// anew, if that has not begun already.
function complainOf(failure, password, sent) {
	if (failure.status === 429) {
		startToWait(failure.retryAfter);
		tell(byId('login-alert'), sentence(failure));
	} else {
		tellFailure(byId('login-alert'), failure);
	}
	if (failure.status === 401 && password.value === sent)
		password.value = '';
	(failure.status === 401 ? password : byId('log-in')).focus();
}

async function submit() {
	const username = byId('username');
	const password = byId('password');
	const sent = password.value;

	startToWait(0);
	clearMessage();
	tell(byId('login-alert'));
	if (username.value === '')
		return complain('Enter your user name.', username);
	if (sent === '')
		return complain('Enter your password.', password);
	try {
		await logIn(username.value, sent);
		clearLogin();
	} catch (failure) {
		complainOf(failure, password, sent);
	}
	return undefined;
}

export function clearLogin() {
	startToWait(0);
	byId('login-form').reset();
	tell(byId('login-alert'));
}

export function setUpLogin() {
	byId('login-form').addEventListener('submit', (event) => {
		event.preventDefault();
		busy(byId('log-in'), submit);
	});
	everySecond(tick);
}
