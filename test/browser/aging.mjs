// aging.mjs
//	What time and others do to what is on the page: tokens expire, sessions end
//	elsewhere, answers come late; and no sentence outlives what it says.

import { is, ok } from '../clients/tap.mjs';
import { actAs, baseUrl, becomes, logIn, openConsole, options, says, search, searched, until, view } from './browser.mjs';

const focused = (page) => page.evaluate(() => document.activeElement.id || document.activeElement.textContent);

async function call(method, path, token, attributes) {
	const answer = await fetch(`${baseUrl}/${path}`, {
		method, headers: { 'Content-Type': 'application/json', ...(token ? { 'X-Agent-Authorization': `Bearer ${token}` } : {}) },
		body: attributes && JSON.stringify({ data: { type: path, attributes } }),
	});
	return answer.status === 204 ? null : (await answer.json()).data;
}

// Ends sessions of the agent from a browser elsewhere.
async function endElsewhere(which) {
	const { attributes: { accessToken } } = await call('POST', 'agent-access-tokens', undefined, { username: options.username, password: options.password });
	const { sid } = JSON.parse(Buffer.from(accessToken.split('.')[1], 'base64url'));
	for (const { id } of (await call('GET', 'agent-sessions', accessToken)).filter((one) => one.id !== sid && which(one)))
		await call('DELETE', `agent-sessions/${id}`, accessToken);
}

const isOf = (reference) => ({ attributes }) => attributes.customerReference === reference;
const card = (page, name) => page.getByRole('article').filter({ hasText: name });

// Until it is let go, a request stays without its answer.
async function hold(page, url, answer = (route) => route.continue()) {
	let letGo;
	const gate = new Promise((resolve) => {
		letGo = resolve;
	});
	await page.route(url, async (route) => {
		await gate;
		await Promise.resolve(answer(route)).catch(() => {});	// nobody may wait for it any more
	}, { times: 1 });
	return letGo;
}

async function tokensExpire() {
	const { page, seen, close } = await openConsole({ clock: true });
	await page.route('**/agent-customer-impersonation-access-tokens', async (route) => {
		const response = await route.fetch();
		const body = await response.json();
		body.data.attributes.expiresIn = 1000;
		await route.fulfill({ response, json: body });
	});
	await logIn(page);
	for (const name of ['Anna Example', 'Ben Example']) {
		await search(page, name);
		await actAs(page, new RegExp(`^${name}`), 'Asked for help');
		await becomes(card(page, name));
	}
	await page.clock.fastForward(810000);
	ok(await says(page, 'status', /Anna Example expires at \d+:\d\d.*Ben Example expires at \d+:\d\d. Refresh it/), 'tokens about to expire are announced, all that are');
	await page.clock.fastForward(200000);
	ok(await says(page, 'alert', /Anna Example has expired.*Ben Example has expired. Refresh it to go on/), 'and that they have expired');
	is(await page.getByText('expires at').count(), 0, 'in the place of what holds no longer');
	ok(await becomes(card(page, 'Anna Example').getByText('expired', { exact: true })), 'the card says so');
	await card(page, 'Anna Example').getByRole('button', { name: 'Refresh' }).click();
	ok(await says(page, 'status', 'Anna Example is a new one'), 'a new one');
	is(await page.getByText('has expired').count(), 0, 'takes the sentence away');
	is(seen.complaints, [], 'no complaint in the browser\'s console');
	await close();
}

async function endedElsewhere() {
	const { page, seen, close } = await openConsole({ clock: true });
	await logIn(page);
	for (const name of ['Anna Example', 'Ben Example', 'Clara Example']) {
		await search(page, name);
		await actAs(page, new RegExp(`^${name}`), 'Asked for help');
		await becomes(card(page, name));
	}
	ok(await says(page, 'status', 'You act as Clara Example.'), 'acting as three');
	await endElsewhere(isOf('DE--3'));
	await page.clock.fastForward(16000);
	ok(await says(page, 'alert', 'Acting as Clara Example has ended.'), 'one that is ended elsewhere is noticed, without a step of the agent');
	ok(await becomes(card(page, 'Clara Example').getByText('ended', { exact: true })), 'the card says so');
	is(await page.getByText('You act as Clara').count(), 0, 'and nothing says the contrary');
	await page.getByRole('button', { name: 'Remove Clara Example' }).click();
	is(await page.getByText('Clara Example has ended').count(), 0, 'what was said of it goes with it');

	// a list that was asked for before is no proof
	const letGo = await hold(page, '**/agent-sessions', async (route) => route.fulfill({ response: await before, body: await (await before).text() }));
	const before = page.context().request.get(`${baseUrl}/agent-sessions`, { headers: { 'X-Agent-Authorization': `Bearer ${seen.tokens.find((token) => token.startsWith('eyJ'))}` } });
	await before;
	const asked = page.waitForRequest('**/agent-sessions');
	await view(page, 'Sessions');
	await asked;
	await view(page, 'Customers');
	await search(page, 'clara example');
	await actAs(page, /^Clara Example/, 'Asked for help again');
	await becomes(card(page, 'Clara Example'));
	letGo();
	await view(page, 'Sessions');
	await becomes(page.locator('#sessions table'));
	await view(page, 'Customers');
	is([await card(page, 'Clara Example').getByRole('timer').textContent()].map((text) => / left$/.test(text)), [true], 'who is acted for since then is acted for');

	await view(page, 'Sessions');
	await becomes(page.locator('#sessions table'));
	await endElsewhere(isOf('DE--2'));
	await page.getByRole('button', { name: 'Reload' }).first().click();
	ok(await says(page, 'alert', 'Acting as Ben Example has ended.'), 'the list of sessions is a reason to say so');
	await endElsewhere(({ attributes }) => attributes.kind !== 'impersonation');
	await page.clock.fastForward(16000);
	ok(await says(page, 'alert', 'Your session has ended. Log in again.'), 'so is the agent\'s own that is over');
	is(await page.getByText(/Anna|Ben|Clara/).count(), 0, 'and nothing of it is left');
	is(seen.complaints, [], 'no complaint in the browser\'s console');
	await close();
}

async function sentences() {
	const { page, close } = await openConsole({ clock: true });
	const busy = (times) => page.route('**/agent-sessions', (route) => route.fulfill({
		status: 503, headers: { 'Retry-After': '7' }, json: { errors: [{ status: 503 }] },
	}), { times });
	await logIn(page);
	await busy(1);
	await view(page, 'Sessions');
	ok(await says(page, 'alert', 'Try again in 7 seconds.'), 'in how many seconds to try again');
	await page.clock.fastForward(8000);
	ok(await says(page, 'status', 'You can try again now.'), 'and when they are over');
	is(await page.getByText('Try again in').count(), 0, 'only that');
	await busy(1);
	await page.getByRole('button', { name: 'Reload' }).first().click();
	await says(page, 'alert', 'Try again in 7 seconds.');
	await page.getByRole('button', { name: 'Reload' }).first().click();
	await becomes(page.locator('#sessions table'));
	is(await page.getByText('Try again in').count(), 0, 'a list that comes takes the complaint away');
	await close();
}

// What comes after the step that made it moot.
async function lateAnswers() {
	const { page, seen, close } = await openConsole();
	const refused = (route) => route.fulfill({ status: 401, json: { errors: [{ code: '4101', status: 401 }] } });
	let letGo = await hold(page, '**/agent-access-tokens', refused);
	await logIn(page, options.username, 'wrong');
	await page.getByLabel('Password').fill(options.password);
	letGo();
	await says(page, 'alert', 'is wrong');
	is(await page.getByLabel('Password').inputValue(), options.password, 'a password typed meanwhile is not emptied');
	letGo = await hold(page, '**/agent-access-tokens');
	await page.getByRole('button', { name: 'Log in' }).click();
	is(await page.getByRole('alert').filter({ hasText: 'wrong' }).count(), 0, 'what was said of the last try is not said of this one');
	letGo();
	await becomes(page.getByRole('heading', { name: 'Customers' }));

	await search(page, 'anna');
	await page.getByRole('searchbox').press('ArrowDown');
	const first = await focused(page);
	await page.getByRole('searchbox').evaluate((field) => {
		field.value = 'anna example';
		field.dispatchEvent(new Event('input', { bubbles: true }));
	});
	await searched(page);
	is([await page.locator('.result').count(), await focused(page)], [1, first], 'the focus stays on who is found again');
	await page.getByRole('searchbox').evaluate((field) => {
		field.value = 'ben';
		field.dispatchEvent(new Event('input', { bubbles: true }));
	});
	await searched(page);
	is(await focused(page), 'search', 'and goes to the field with who is not');

	await view(page, 'Sessions');
	letGo = await hold(page, '**/refresh-tokens');
	const asked = page.waitForRequest('**/refresh-tokens');
	await page.getByRole('region', { name: 'Your own token' }).getByRole('button', { name: 'Refresh' }).click();
	const request = await asked;
	await page.getByRole('button', { name: 'Log out', exact: true }).click();
	await says(page, 'status', 'You are logged out everywhere.');
	ok(await until(() => request.failure() !== null), 'a refresh is given up with the session');
	letGo();
	is(await page.getByRole('alert').filter({ hasText: /./ }).count() + await page.getByText('is a new one').count(), 0, 'and nobody is told of it');
	is(seen.complaints, [], 'no complaint in the browser\'s console');
	await close();
}

export const aging = [
	['tokens expire', tokensExpire], ['ended elsewhere', endedElsewhere], ['sentences that age', sentences], ['late answers', lateAnswers],
];
