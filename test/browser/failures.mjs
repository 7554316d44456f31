// failures.mjs
//	What goes wrong, and the sentence that says what to do.

import { is, ok, operator } from '../clients/tap.mjs';
import { actAs, becomes, logIn, openConsole, options, says, search, until, view } from './browser.mjs';

async function wrongPassword() {
	const { page, seen, close } = await openConsole();
	await page.getByRole('button', { name: 'Log in' }).click();
	ok(await says(page, 'alert', 'Enter your user name.'), 'nothing is sent without a name');
	is(seen.urls.filter((url) => url.includes('agent-')), [], 'nothing at all');
	await logIn(page, options.username, 'wrong');
	ok(await says(page, 'alert', 'The user name or the password is wrong.'), 'a wrong password (4101)');
	is(await page.getByLabel('Password').inputValue(), '', 'the password is typed anew');
	await logIn(page, 'nobody@example.com', 'wrong');
	ok(await says(page, 'alert', 'The user name or the password is wrong.'), 'the same for who does not exist');
	await logIn(page);
	ok(await becomes(page.getByRole('heading', { name: 'Customers' })), 'then the right one');
	is(await page.getByRole('alert').filter({ hasText: 'wrong' }).count(), 0, 'and the sentence is gone');
	is(seen.complaints, [], 'no complaint in the browser\'s console');
	await close();
}

const seconds = (text) => text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);

async function lockedOut() {
	const { page, close } = await openConsole();
	for (let i = 0; i < 9; i++) {
		const answer = page.waitForResponse(/agent-access-tokens/);
		await logIn(page, 'otto@example.com', 'wrong');
		await answer;
		await becomes(page.locator('#log-in[aria-disabled]'), 'detached');
	}
	const locked = page.waitForResponse(/agent-access-tokens/);
	await logIn(page, 'otto@example.com', options.password);
	const left = Number((await locked).headers()['retry-after']);
	const minutes = Math.ceil(left / 60);
	ok(await says(page, 'alert', `no more are accepted for ${minutes === 1 ? 'one minute' : `${minutes} minutes`}`), '4401: the minutes left');
	const timer = page.getByRole('timer');
	const before = await timer.textContent();
	ok(/^[0-6]:[0-5]\d$/.test(before) && seconds(before) <= left, 'a countdown');
	await until(async () => await timer.textContent() !== before);
	ok(seconds(await timer.textContent()) < seconds(before), 'which goes down');
	await close();
}

// As the server says it in the last second of a lock.
async function lockIsOver() {
	const { page, close } = await openConsole({ clock: true });
	await page.route('**/agent-access-tokens', (route) => route.fulfill({
		status: 429, headers: { 'Retry-After': '50' }, json: { errors: [{ code: '4401', status: 429, detail: '' }] },
	}));
	await logIn(page);
	ok(await says(page, 'alert', 'for one minute'), '4401: a minute at least');
	await page.clock.fastForward(51000);
	ok(await says(page, 'alert', 'You can try again now.'), 'and when it is over');
	ok(await becomes(page.getByRole('timer'), 'hidden'), 'the countdown is gone');
	await close();
}

async function notAssistable() {
	const { page, seen, close } = await openConsole();
	await logIn(page);
	await search(page, 'nora closed');
	await actAs(page, /^Nora Closed/, 'Asked for help');
	const dialog = page.getByRole('dialog');
	ok(await becomes(dialog.getByRole('alert').filter({ hasText: 'Nobody can act as this customer' })), 'who is not assistable (4104)');
	await page.keyboard.press('Escape');
	await search(page, 'leon example');
	await operator('close-account DE--12');
	await actAs(page, /^Leon Example/, 'Asked for help');
	ok(await becomes(dialog.getByRole('alert').filter({ hasText: 'Nobody can act as this customer' })), 'who was found and is closed meanwhile (4104)');
	await page.getByRole('button', { name: 'Cancel' }).click();
	await search(page, 'klara example');
	await actAs(page, /^Klara Example/, 'Asked for help');
	const card = page.getByRole('article').filter({ hasText: 'Klara Example' });
	await becomes(card);
	await operator('close-account DE--11');
	await card.getByRole('button', { name: 'Refresh' }).click();
	ok(await says(page, 'alert', 'Acting as Klara Example has ended.'), 'who is closed later is acted for no longer');
	ok(await becomes(card.getByText('ended')), 'the card says so');
	is(seen.complaints, [], 'no complaint in the browser\'s console');
	await close();
}

async function lostConnection() {
	const { page, close } = await openConsole();
	await logIn(page);
	await search(page, 'anna');
	await operator('stop-gateway');
	await page.getByRole('searchbox').fill('ben');
	ok(await says(page, 'alert', 'The connection to the server is lost.'), 'a lost connection');
	ok(await says(page, 'alert', 'There is no connection to the server.'), 'and what was not done');
	await page.getByRole('button', { name: 'Log out' }).click();
	ok(await says(page, 'alert', 'on the server you are still logged in'), 'logging out is not pretended');
	await operator('start-gateway');
	ok(await says(page, 'status', 'The connection is back.'), 'it comes back by itself');
	ok(await becomes(page.getByRole('alert').filter({ hasText: 'The connection to the server is lost' }), 'detached'), 'the banner is gone');
	ok(await says(page, 'status', /^3 customers$/), 'the search is made up for');
	ok(await becomes(page.getByRole('button', { name: /^Ben Example/ })), 'with what was typed');
	await close();
}

async function endedSession() {
	const { page, close } = await openConsole();
	await logIn(page);
	await search(page, 'anna');
	await operator('end-sessions');
	await page.getByRole('button', { name: 'Anna Sample' }).click();
	await page.getByLabel('Reason').fill('Asked for help');
	await page.getByRole('button', { name: 'Act as this customer' }).click();
	ok(await says(page, 'alert', 'Your session has ended. Log in again.'), 'a session that was ended by the operator');
	ok(await becomes(page.getByLabel('User name')), 'leads to the log-in');
	is(await page.getByRole('dialog').count() + await page.getByText('Anna').count(), 0, 'and nothing of it is left');
	await close();
}

// Access tokens that are good for a few seconds: nobody notices.
async function expiry() {
	await operator('token-seconds 10');
	const { page, seen, close } = await openConsole();
	const isRefresh = (response) => response.url().endsWith('/refresh-tokens');
	const refreshed = page.waitForResponse(isRefresh);
	await logIn(page);
	is((await refreshed).status(), 201, 'a token is refreshed before it expires');
	await page.route('**/agent-customer-search?*', (route) => route.fulfill({
		status: 401, json: { errors: [{ code: '4102', status: 401, detail: 'Agent access token is invalid.' }] },
	}), { times: 1 });
	const again = page.waitForResponse(isRefresh);
	await page.getByRole('searchbox').fill('anna');
	is((await again).status(), 201, 'and when it is refused');
	ok(await says(page, 'status', /^3 customers$/), 'what was asked for is asked for again');
	is(seen.complaints, [], 'no complaint in the browser\'s console');
	await close();
	await operator('token-seconds 28800');
}

// What the server says, and what a person reads.
const sentences = [
	[400, undefined, 'The server did not understand this.'],
	[401, '4103', 'Only agents may do this.'],
	[403, undefined, 'You may not see this.'],
	[404, undefined, 'This is not there any more.'],
	[405, undefined, 'This server can only read at the moment.'],
	[413, undefined, 'This is too long for the server.'],
	[422, '901', 'A reason is needed.'],
	[429, undefined, 'Too many requests. Try again in 7 seconds.'],
	[500, undefined, 'Something is wrong on the server.'],
	[502, undefined, 'There is no connection to the server.'],
	[503, undefined, 'The server is busy or has no database. Try again in 7 seconds.'],
	[418, undefined, 'Something is wrong on the server.'],
];

async function everySentence() {
	const { page, close } = await openConsole();
	let answer;
	await page.route('**/agent-sessions', (route) => route.fulfill(answer));
	await logIn(page);
	for (const [status, code, sentence] of sentences) {
		answer = { status, headers: { 'Retry-After': '7' }, json: { errors: [{ code, status, detail: 'x' }] } };
		await view(page, 'Sessions');
		ok(await says(page, 'alert', sentence), `${status} ${code ?? ''}: ${sentence}`);
	}
	answer = { status: 200, body: '<p>not what was asked for</p>' };
	await view(page, 'Sessions');
	ok(await says(page, 'alert', 'There is no connection to the server.'), 'an answer that is no document');
	await page.getByRole('button', { name: 'Close this message' }).click();
	ok(await becomes(page.locator('#message-alert').filter({ hasText: /./ }), 'hidden'), 'a message can be closed');
	await close();
}

// An answer that does not come is asked for again, while the token that it took
// is good; what was said meanwhile stays.
async function lostRefresh() {
	const { page, close } = await openConsole();
	await logIn(page);
	await becomes(page.getByRole('heading', { name: 'Customers' }));
	const sent = [];
	await page.route('**/refresh-tokens', async (route) => {
		sent.push(route.request().postDataJSON().data.attributes.refreshToken);
		if (sent.length > 1)
			return route.continue();
		await route.fetch();	// which is never passed on
		return undefined;
	});
	await view(page, 'Sessions');
	await page.getByRole('region', { name: 'Your own token' }).getByRole('button', { name: 'Refresh' }).click();
	ok(await says(page, 'status', 'Your token is a new one.'), 'a refresh whose answer is lost');
	is([sent.length > 1, new Set(sent).size], [true, 1], 'is asked for again with the same token, at once');
	await page.unroute('**/refresh-tokens');
	await becomes(page.locator('#connection').filter({ hasText: /./ }), 'detached');
	await page.route('**/readyz', (route) => route.abort());
	await page.route('**/agent-sessions', (route) => route.abort(), { times: 1 });
	await page.getByRole('button', { name: 'Reload' }).first().click();
	ok(await says(page, 'alert', 'The connection to the server is lost'), 'no connection');
	await operator('end-sessions');
	await page.getByRole('button', { name: 'Reload' }).first().click();
	await says(page, 'alert', 'Your session has ended. Log in again.');
	await page.unroute('**/readyz');
	ok(await becomes(page.locator('#connection').filter({ hasText: /./ }), 'detached'), 'and it is back');
	ok(await says(page, 'alert', 'Your session has ended. Log in again.'), 'which hides nothing that is to be read');
	is(await page.getByText('The connection is back.').count(), 0, 'and is not said then');
	await logIn(page, options.username, 'wrong');
	ok(await says(page, 'alert', 'The user name or the password is wrong.'), 'a log-in that fails');
	is(await page.getByText('Your session has ended').count(), 0, 'is the only thing said');
	await close();
}

async function failedSearch() {
	const { page, close } = await openConsole();
	await logIn(page);
	await search(page, 'anna');
	await page.route('**/agent-customer-search?*', (route) => route.fulfill({ status: 500, json: { errors: [{ status: 500 }] } }), { times: 1 });
	await page.getByRole('searchbox').fill('ben');
	ok(await says(page, 'alert', 'Something is wrong on the server.'), 'a search that failed');
	ok(await says(page, 'status', 'The search failed.'), 'is said where its total would be');
	is(await page.locator('.result').count(), 0, 'nobody of the search before can be chosen');
	await page.getByRole('searchbox').press('Enter');
	ok(await says(page, 'status', /^3 customers$/), 'the next one');
	is(await page.getByText('Something is wrong').count(), 0, 'takes the error away');
	await close();
}

async function expiredToken() {
	const { page, close } = await openConsole();
	await page.addInitScript(() => {
		window.copied = [];
		Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (text) => window.copied.push(text) } });
	});
	await page.reload();
	await page.route('**/agent-customer-impersonation-access-tokens', async (route) => {
		const response = await route.fetch();
		const body = await response.json();
		body.data.attributes.expiresIn = 0;
		await route.fulfill({ response, json: body });
	});
	await logIn(page);
	await search(page, 'anna');
	await actAs(page, /^Anna Example/, 'Asked for help');
	const card = page.getByRole('article');
	ok(await becomes(card.getByText('expired')), 'a token that has expired');
	await card.getByRole('button', { name: 'Copy token' }).click();
	ok(await says(page, 'alert', 'has expired and is of no use any more'), 'is not to be copied');
	is(await page.evaluate(() => window.copied), [], 'and is not');
	await card.getByRole('button', { name: 'Refresh' }).click();
	await says(page, 'status', 'is a new one');
	await card.getByRole('button', { name: 'Copy token' }).click();
	ok(await says(page, 'status', 'is in the clipboard'), 'but the next one is');
	await close();
}

export const failures = [
	['wrong password', wrongPassword], ['locked out', lockedOut], ['the lock is over', lockIsOver],
	['not assistable', notAssistable], ['lost connection', lostConnection], ['ended session', endedSession],
	['expiry', expiry], ['sentences', everySentence],
	['lost refresh', lostRefresh], ['failed search', failedSearch], ['expired token', expiredToken],
];
