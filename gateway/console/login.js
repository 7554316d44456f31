// login.js
//	The first view: a name, a password, and how long it takes until the next try.

import { busy, byId } from './dom.js';
import { clearMessage, sentence, tell } from './messages.js';
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
		tell(byId('login-alert'), 'You can try again now.');
	}
}

function startToWait(seconds) {
	waitUntil = seconds > 0 ? Date.now() + seconds * 1000 : 0;
	byId('login-wait').hidden = waitUntil === 0;
	tick();
}

// The field to go on with has the focus; a password that was refused is typed anew.
function complain(text, field) {
	tell(byId('login-alert'), text);
	field.focus();
}

async function submit() {
	const username = byId('username');
	const password = byId('password');

	startToWait(0);
	clearMessage();
	if (username.value === '')
		return complain('Enter your user name.', username);
	if (password.value === '')
		return complain('Enter your password.', password);
	try {
		await logIn(username.value, password.value);
		byId('login-form').reset();
		byId('login-alert').textContent = '';
	} catch (failure) {
		if (failure.status === 429)
			startToWait(failure.retryAfter);
		if (failure.status === 401)
			password.value = '';
		complain(sentence(failure), failure.status === 401 ? password : byId('log-in'));
	}
	return undefined;
}

export function setUpLogin() {
	byId('login-form').addEventListener('submit', (event) => {
		event.preventDefault();
		busy(byId('log-in'), submit);
	});
	everySecond(tick);
}
