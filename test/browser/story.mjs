// story.mjs
//	An agent's story, told by the keyboard alone, and what is left when it is over.

import { is, ok, operator } from '../clients/tap.mjs';
import { actAs, baseUrl, becomes, browser, logIn, openConsole, options, says, search, searched, serveTrail, until, view } from './browser.mjs';

const focused = (page) => page.evaluate(() => document.activeElement.id || document.activeElement.textContent);
const seconds = (text) => text.replace(' left', '').split(':').reduce((sum, part) => sum * 60 + Number(part), 0);

// The status that the server has for a token.
async function statusOf(token) {
	const answer = await fetch(`${baseUrl}/agent-sessions`, { headers: { 'X-Agent-Authorization': `Bearer ${token}` } });
	return answer.status;
}

async function refreshStatusOf(refreshToken) {
	const answer = await fetch(`${baseUrl}/refresh-tokens`, {
		method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ data: { type: 'refresh-tokens', attributes: { refreshToken } } }),
	});
	return answer.status;
}

async function wholeStory() {
	const { page, seen, close } = await openConsole();
	const { keyboard } = page;
	const results = page.locator('.result');

	is(await focused(page), 'username', 'the user name has the focus');
	await keyboard.type(options.username);
	await keyboard.press('Tab');
	await keyboard.type(options.password);
	await keyboard.press('Enter');
	ok(await becomes(page.getByRole('heading', { name: 'Customers' })), 'logged in with the keyboard');
	is(await focused(page), 'search', 'the search has the focus');
	ok(await becomes(page.locator('#who').getByText(options.username)), 'who is logged in is shown');
	is(await page.title(), 'Customers · Agent console', 'the title names the view');

	await keyboard.type('Example');
	ok(await says(page, 'status', /^37 customers$/), 'what is typed is searched for, without Enter');
	is(await results.count(), 10, 'a page of ten');
	is(await page.locator('#results mark').first().textContent(), 'Example', 'what was searched for is marked');
	await page.getByRole('button', { name: 'Next' }).press('Enter');
	ok(await becomes(page.getByText('11 to 20')), 'the next page');
	await page.getByRole('button', { name: 'Previous' }).press('Enter');
	ok(await becomes(page.getByText('1 to 10', { exact: true })), 'and back');

	await page.getByRole('navigation').getByRole('button', { name: 'Customers' }).focus();
	await keyboard.press('/');
	is(await focused(page), 'search', '"/" goes to the search');
	is(await page.getByRole('searchbox').inputValue(), 'Example', 'and writes nothing there');
	await keyboard.insertText('anna');
	await keyboard.press('/');
	is(await page.getByRole('searchbox').inputValue(), 'anna/', 'where it is a letter it is written');
	await keyboard.press('Backspace');
	await searched(page);
	ok(await says(page, 'status', /^3 customers$/), 'typing over it searches anew');
	await keyboard.press('ArrowDown');
	ok(/^Anna Example/.test(await focused(page)), 'down: the first result');
	await keyboard.press('ArrowDown');
	ok(/^Anna Sample/.test(await focused(page)), 'down: the second');
	await keyboard.press('End');
	ok(/^Anna Specimen/.test(await focused(page)), 'end: the last');
	await keyboard.press('Home');
	await keyboard.press('ArrowUp');
	is(await focused(page), 'search', 'up from the first: the search');
	await keyboard.press('ArrowDown');
	await keyboard.press('Escape');
	is(await focused(page), 'search', 'escape: the search');

	await keyboard.press('ArrowDown');
	await keyboard.press('Enter');
	const dialog = page.getByRole('dialog', { name: 'Act as Anna Example' });
	ok(await becomes(dialog), 'a dialog asks why');
	is(await focused(page), 'reason', 'the reason has the focus');
	await keyboard.press('Escape');
	ok(await becomes(dialog, 'hidden'), 'escape closes it');
	ok(/^Anna Example/.test(await focused(page)), 'and the focus is where it was');
	await keyboard.press('Enter');
	await keyboard.press('Tab');
	await keyboard.type('T-1001');
	await keyboard.press('Enter');
	ok(await becomes(dialog.getByRole('alert').filter({ hasText: 'A reason is needed.' })), 'the reason is mandatory here, and the dialog says so');
	is(await focused(page), 'reason', 'and leads back to it');
	await keyboard.type('Order 1001 did not arrive');
	await keyboard.press('Tab');
	await keyboard.press('Enter');

	const card = page.getByRole('article').filter({ hasText: 'Anna Example' });
	ok(await becomes(card), 'acting as the customer');
	is(await focused(page), 'Anna Example', 'the focus is there');
	const claims = Object.fromEntries(await card.locator('.claims tr').evaluateAll((rows) =>
		rows.map((row) => [row.cells[0].textContent, row.cells[1].textContent])));
	is([claims['Agent who acts'], claims.Customer, claims.Scopes],
		[`${options.username} (agent 1)`, 'DE--1 (customer 1)', 'customer_impersonation, customer'], 'the claims say who acts as whom');
	ok(/^[0-9a-f-]{36}$/.test(claims.Session) && /20\d\d/.test(claims.Expires), 'in which session, and until when');
	const timer = card.getByRole('timer');
	const before = seconds(await timer.textContent());
	await page.waitForFunction(([element, at]) => element.textContent !== at, [await timer.elementHandle(), await timer.textContent()]);
	ok(seconds(await timer.textContent()) < before, 'the time left goes down');

	const first = claims['Token number'];
	await card.getByRole('button', { name: 'Refresh' }).press('Enter');
	ok(await says(page, 'status', 'is a new one'), 'refreshed');
	ok(await card.getByText(first).count() === 0, 'the claims are the new token\'s');
	await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
	await card.getByRole('button', { name: 'Copy token' }).press('Enter');
	ok(await says(page, 'status', 'is in the clipboard'), 'the token can be copied');
	ok(seen.tokens.length > 0, 'tokens were seen by the test');

	// another at the same time, which is ended from the list of sessions
	await search(page, 'ben specimen');
	await actAs(page, /^Ben Specimen/, 'Invoice is missing');
	ok(await becomes(page.getByRole('article').filter({ hasText: 'Ben Specimen' })), 'two customers at once');
	await view(page, 'Sessions');
	const rows = page.locator('#sessions tbody tr');
	ok(await becomes(rows.nth(2)), 'sessions are listed');
	is(await rows.count(), 3, 'the log-in and two customers');
	is(await page.locator('#sessions').getByText('this one').count(), 1, 'this one is marked');
	await page.getByRole('button', { name: 'End: Acting as DE--26' }).press('Enter');
	ok(await says(page, 'status', 'The session has ended.'), 'one of them is ended');
	ok(await becomes(rows.nth(2), 'detached'), 'and gone from the list');
	const own = page.getByRole('region', { name: 'Your own token' });
	ok(await becomes(own.getByText(`${options.username} (agent 1)`)), 'the claims of the agent\'s own token');
	await own.getByRole('button', { name: 'Refresh' }).press('Enter');
	ok(await says(page, 'status', 'Your token is a new one.'), 'which can be refreshed too');
	await view(page, 'Customers');
	ok(await becomes(page.getByRole('article').filter({ hasText: 'ended' })), 'the card knows of it');
	await page.getByRole('button', { name: 'Remove Ben Specimen' }).press('Enter');
	await card.getByRole('button', { name: 'End' }).press('Enter');
	ok(await says(page, 'status', 'You do not act as Anna Example any more.'), 'the other is ended');
	ok(await becomes(page.getByText('Nobody. Choose a customer')), 'acting as nobody');
	is(await operator('impersonations'), `${options.username} as DE--1: Order 1001 did not arrive (T-1001)`, 'the trail has it');

	const tokens = [...seen.tokens];
	const logOut = page.getByRole('button', { name: 'Log out' });
	ok(/all your sessions/.test(await logOut.getAttribute('title')), 'logging out says that it ends all sessions');
	await logOut.press('Enter');
	ok(await says(page, 'status', 'You are logged out everywhere.'), 'logged out');
	is(await focused(page), 'username', 'the user name has the focus again');
	is([await page.getByText(/Anna|Ben|maria|DE--/).count(), await page.locator('input, textarea').evaluateAll((fields) => fields.map((field) => field.type === 'checkbox' ? '' : field.value).join(''))],
		[0, ''], 'nothing is left on the page');
	is(new Set(await Promise.all(tokens.filter((t) => t.startsWith('eyJ')).map(statusOf))), new Set([401]), 'every access token is dead');
	is(new Set(await Promise.all(tokens.filter((t) => t.startsWith('aart_')).map(refreshStatusOf))), new Set([401]), 'every refresh token too');
	is(seen.complaints, [], 'no complaint in the browser\'s console');
	await close();
}

// Slow answers, many customers, and a browser that has no clipboard for us.
async function details() {
	const { page, seen, close } = await openConsole();
	const failed = [];
	await page.addInitScript(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
	await page.reload();
	await logIn(page);

	const box = page.getByRole('searchbox');
	page.on('requestfailed', (request) => failed.push(`${new URL(request.url()).searchParams.get('q')}: ${request.failure().errorText}`));
	await page.route(/agent-customer-search\?q=be&/, () => {});
	const slow = page.waitForRequest(/q=be&/);
	await box.fill('be');
	await slow;
	await box.fill('anna');
	ok(await says(page, 'status', /^3 customers$/), 'a search that is slow is not waited for');
	await until(() => failed.length > 0);
	is(failed, ['be: net::ERR_ABORTED'], 'but given up');
	const searches = () => seen.urls.filter((url) => url.includes('customer-search')).length;
	const before = searches();
	await box.evaluate((field) => [...' example'].forEach((letter) => {
		field.value += letter;
		field.dispatchEvent(new Event('input', { bubbles: true }));
	}));
	await says(page, 'status', 'One customer');
	is(searches(), before + 1, 'not every letter is a search');
	await box.fill('nobody of this name');
	ok(await says(page, 'status', 'Nobody was found.'), 'nobody');
	await page.route('**/agent-customer-search?*', async (route) => {
		const response = await route.fetch();
		await route.fulfill({ response, json: { ...await response.json(), meta: { total: 10000, exact: false } } });
	}, { times: 1 });
	await box.fill('example');
	ok(await says(page, 'status', 'More than 10,000 customers.'), 'more than are counted');

	await page.getByLabel('Key / is on').uncheck();
	await page.getByRole('button', { name: 'Sessions' }).focus();
	await page.keyboard.press('/');
	is(await focused(page), 'Sessions', 'the key "/" can be turned off');
	await search(page, 'anna');
	await actAs(page, /^Anna Example/, 'Asked for help');
	await page.getByRole('button', { name: 'Copy token' }).click();
	ok(await says(page, 'status', 'copy it with the keyboard'), 'without a clipboard the token is shown');
	ok(seen.tokens.includes(await page.getByLabel('Token for Anna Example').inputValue()), 'all of it');
	is(await page.evaluate(() => document.activeElement.selectionEnd - document.activeElement.selectionStart),
		(await page.getByLabel('Token for Anna Example').inputValue()).length, 'and marked');
	let goOn;
	const gate = new Promise((resolve) => {
		goOn = resolve;
	});
	await page.route('**/agent-customer-impersonation-access-tokens', async (route) => {
		await gate;
		await route.continue();
	}, { times: 1 });
	await page.keyboard.press('/');
	const held = page.waitForRequest(/impersonation-access-tokens/);
	await actAs(page, /^Anna Sample/, 'Asked for help');
	await held;
	await page.keyboard.press('Escape');
	await page.getByRole('button', { name: /^Anna Specimen/ }).click();
	await page.getByLabel('Reason').fill('Another one');
	goOn();
	ok(await says(page, 'status', 'You act as Anna Sample.'), 'a late answer is about who was asked for');
	is([await page.getByLabel('Reason').inputValue(), await focused(page)], ['Another one', 'reason'], 'and leaves the dialog for another customer alone');
	is(seen.complaints, [], 'no complaint in the browser\'s console');
	await close();
}

// The other sessions of an agent end, and this one learns of it.
async function elsewhere() {
	await operator('end-sessions');
	const [here, there] = [await openConsole(), await openConsole()];
	await logIn(here.page);
	await becomes(here.page.getByRole('heading', { name: 'Customers' }));
	await logIn(there.page);
	await becomes(there.page.getByRole('heading', { name: 'Customers' }));
	await view(here.page, 'Sessions');
	await here.page.getByRole('button', { name: 'End: Log-in' }).first().click(); // the latest
	ok(await says(here.page, 'status', 'The session has ended.'), 'a session elsewhere is ended');
	await there.page.getByRole('searchbox').fill('anna');
	ok(await says(there.page, 'alert', 'Your session has ended. Log in again.'), 'it is told so at its next step');
	ok(await becomes(there.page.getByLabel('Password')), 'and asked to log in');
	await here.page.getByRole('button', { name: 'Log out of this session' }).click();
	ok(await says(here.page, 'status', 'You are logged out.'), 'one\'s own ends like any other');
	await here.close();
	await there.close();
}

// The trail: of this server, where it has one, and as it is described.
async function trail() {
	const { page, seen, close } = await openConsole();
	await serveTrail(page);
	await logIn(page);
	await view(page, 'Trail');
	const rows = page.locator('#trail tbody tr');
	ok(await becomes(rows.nth(19)), 'twenty of the trail');
	ok(/^maria@example.comDE--1.*not yet.*T-1000/.test(await rows.first().textContent()), 'who, as whom, until when, and the ticket');
	ok(/\(expired\)/.test(await rows.nth(1).textContent()), 'how it ended');
	await page.getByRole('button', { name: 'Older' }).click();
	ok(await becomes(page.getByText('21 to 40')), 'older ones');
	await page.getByRole('button', { name: 'Older' }).click();
	ok(await becomes(page.getByText('41 to 45')), 'the oldest');
	await page.getByRole('button', { name: 'Newer' }).click();
	ok(await becomes(page.getByText('21 to 40')), 'newer ones');
	is(seen.complaints, [], 'no complaint in the browser\'s console');
	await close();
}

async function trailOfOthers() {
	const { page, seen, close } = await openConsole();
	await page.route('**/agent-impersonations?*', (route) => route.fulfill({
		status: 403, contentType: 'application/vnd.api+json', json: { errors: [{ status: 403, detail: 'Forbidden' }] },
	}));
	await logIn(page);
	await becomes(page.getByRole('heading', { name: 'Customers' }));
	await view(page, 'Sessions');
	is(seen.urls.filter((url) => url.includes('impersonations')), [], 'nobody asks for the trail before it is opened');
	await view(page, 'Trail');
	ok(await says(page, 'alert', 'The trail is for auditors.'), 'who may not read it is told so');
	is(await page.getByRole('button', { name: 'Trail' }).count(), 0, 'and has no such view any more');
	is(await focused(page), 'search', 'but the customers');
	await close();
}

async function trailOfServer() {
	const answer = await operator('allow-trail');
	if (answer !== 'allowed')
		return ok(true, `the server's own trail # SKIP ${answer}`);
	const { page, close } = await openConsole();
	await logIn(page);
	await search(page, 'hugo sample');
	await actAs(page, /^Hugo Sample/, 'Asks for the last invoice');
	await becomes(page.getByRole('article'));
	await view(page, 'Trail');
	const newest = page.locator('#trail tbody tr').first();
	ok(await becomes(newest.filter({ hasText: 'Asks for the last invoice' })), 'the server\'s own trail');
	is(await newest.locator('td').evaluateAll((cells) => [0, 1, 3, 6].map((i) => cells[i].textContent)),
		[options.username, 'DE--20', 'not yet', `127.0.0.1 Chrome ${browser.version().split('.')[0]} on Linux`], 'who, as whom, and from where');
	await operator('forbid-trail');
	await page.getByRole('button', { name: 'Reload' }).click();
	ok(await says(page, 'alert', 'The trail is for auditors.'), 'who is no auditor any more is told so');
	return close();
}

export const story = [
	['the whole story', wholeStory], ['details', details], ['sessions elsewhere', elsewhere], ['the trail', trail],
	['no trail', trailOfOthers], ['the server\'s trail', trailOfServer],
];
