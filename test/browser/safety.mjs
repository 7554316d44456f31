// safety.mjs
//	What a page with tokens in it must never do: run what is called a name, keep
//	anything, ask anybody else, or be shown inside another page.

import { is, ok } from '../clients/tap.mjs';
import { actAs, baseUrl, becomes, consoleUrl, logIn, openConsole, says, search, until, view } from './browser.mjs';

const EVIL = '<img src=x onerror=alert(4)>"><script>alert(5)</script>\'\'';

async function names() {
	const { page, seen, close } = await openConsole();
	await page.route('**/agent-impersonations?*', (route) => route.fulfill({
		json: {
			data: [{
				type: 'agent-impersonations', id: EVIL, links: {},
				attributes: { agent: EVIL, customerReference: EVIL, startedAt: EVIL, endedAt: '2026-01-12T12:00:00Z', endReason: EVIL, reason: EVIL, ticket: EVIL, peer: EVIL, userAgent: EVIL },
			}],
			links: { next: 'javascript:alert(6)', prev: 'javascript:alert(6)' },
		},
	}));
	await logIn(page);
	await search(page, '<img');
	const result = page.locator('.result');
	is(await result.locator('.name').textContent(), '<img src=x onerror=alert(1)> "></td><script>alert(2)</script>', 'markup in a name is shown');
	await search(page, EVIL);
	await search(page, 'javascript:');
	await result.click();
	ok(await becomes(page.getByRole('heading', { name: 'Act as <img src=x' })), 'in the dialog too');
	await page.keyboard.press('Escape');
	await actAs(page, /^<img/, EVIL);
	ok(await becomes(page.getByRole('article').getByText(EVIL)), 'and in the reason');
	await view(page, 'Sessions');
	ok(await becomes(page.locator('#sessions').getByText(EVIL)), 'and among the sessions');
	await view(page, 'Trail');
	ok(await becomes(page.locator('#trail td').getByText(EVIL).first()), 'and in the trail');
	await page.getByRole('button', { name: 'Older' }).click();
	ok(await becomes(page.getByText('21 to 21')), 'and on its next page');
	is(await page.evaluate(() => [document.scripts.length, document.images.length]), [1, 1], 'no element was made of any');
	is(seen.dialogs, [], 'nothing of it ran');
	is(seen.complaints, [], 'the policy had nothing to refuse');
	await close();
}

// What would turn the text around it is shown as a sign, wherever a name is.
const TURNED = { customerReference: 'DE--1\u2066', firstName: 'An\u202ena', lastName: '\u05d0\u05d1\u0007', email: 'x\u202dy@example.com' };
const SHOWN = 'An\ufffdna \u05d0\u05d1\ufffd';

async function turned() {
	const { page, seen, close } = await openConsole();
	await page.route('**/agent-customer-search?*', async (route) => {
		const response = await route.fetch();
		const body = await response.json();
		body.data[0].attributes.customers = [TURNED];
		await route.fulfill({ response, json: body });
	});
	await page.route('**/agent-customer-impersonation-access-tokens', (route) => route.continue({
		postData: route.request().postData().replace('\u2066', ''),
	}));
	await logIn(page);
	await search(page, 'na \u05d0');
	const pieces = (locator) => locator.locator('bdi').allTextContents();
	const apart = SHOWN.split(' ');
	is(await pieces(page.locator('.result')), [...apart, 'x\ufffdy@example.com', 'DE--1\ufffd'], 'each piece in the list is apart');
	is(await page.locator('.result mark').allTextContents(), ['na', '\u05d0'], 'what was searched for is marked across them');
	await page.locator('.result').click();
	is([await page.locator('#act-heading').textContent(), await pieces(page.locator('#act-heading')), (await pieces(page.locator('#act-customer'))).length],
		[`Act as ${SHOWN}`, apart, 2], 'in the dialog too');
	await page.getByLabel('Reason').fill('Asked \u202e for help');
	await page.getByRole('button', { name: 'Act as this customer' }).click();
	ok(await says(page, 'status', `You act as ${SHOWN}.`), 'and in sentences');
	is(await pieces(page.locator('#message-status')), apart, 'apart there as well');
	is([await pieces(page.locator('.card h3')), await pieces(page.locator('.card .hint'))],
		[apart, ['DE--1\ufffd', 'Asked \ufffd for help']], 'and in the card');
	await view(page, 'Sessions');
	ok(await becomes(page.locator('#sessions td bdi').getByText('Asked \ufffd for help')), 'and among the sessions');
	is(/[\u202a-\u202e\u2066-\u2069]/.test(await page.content()), false, 'none of the signs is in the page');
	is(seen.complaints, [], 'no complaint in the browser\'s console');
	await close();
}

async function traces() {
	const { page, seen, close } = await openConsole();
	const before = await page.evaluate(() => history.length);
	await logIn(page);
	await search(page, 'anna');
	await actAs(page, /^Anna Example/, 'Asked for help');
	await becomes(page.getByRole('article'));
	await view(page, 'Sessions');
	await page.getByRole('link', { name: 'Skip to the content' }).press('Enter');
	await becomes(page.locator('#sessions table'));
	is(await page.evaluate(async () => [localStorage.length, sessionStorage.length, document.cookie,
		(await indexedDB.databases()).length, (await caches.keys()).length, window.name, JSON.stringify(history.state)]),
	[0, 0, '', 0, 0, '', 'null'], 'nothing is kept');
	is(await page.context().cookies(), [], 'no cookie either');
	is([page.url(), await page.evaluate(() => history.length)], [consoleUrl, before], 'the address and the history are as they were');
	ok(await until(() => seen.tokens.length >= 4), 'tokens were seen by the test');
	is(seen.urls.filter((url) => seen.tokens.some((token) => url.includes(token))), [], 'none of them in a URL');
	const content = await page.content();
	is(seen.tokens.filter((token) => content.includes(token)), [], 'none of them in the page');
	is(await page.evaluate(() => Object.keys(window).filter((name) => /token|session$|pair/i.test(name))), [], 'no global variable of ours');
	is(seen.foreign, [], 'nobody else was asked');
	await page.reload();
	ok(await becomes(page.getByLabel('Password')), 'after a reload, an agent logs in anew');
	await close();
}

// What the dialog asked is gone with it, and with the page.
async function reasons() {
	const { page, close } = await openConsole();
	const fields = () => page.locator('#act textarea, #act input').evaluateAll((all) => all.map(({ value }) => value));
	await logIn(page);
	await search(page, 'anna');
	for (const [name, leave] of [['closed', () => page.keyboard.press('Escape')], ['cancelled', () => page.getByRole('button', { name: 'Cancel' }).click()],
		['done', () => page.getByRole('button', { name: 'Act as this customer' }).click()]]) {
		await page.getByRole('button', { name: /^Anna Example/ }).first().click();
		await page.getByLabel('Reason').fill('Asked for help');
		await page.getByLabel('Ticket').fill('T-1');
		await leave();
		await becomes(page.getByRole('dialog'), 'hidden');
		is([await fields(), await page.locator('#act-heading').textContent()], [['', ''], ''], `nothing is left in the dialog: ${name}`);
	}
	await page.getByRole('button', { name: /^Anna Example/ }).first().click();
	await page.getByLabel('Reason').fill('Asked for help');
	await page.goto(`${baseUrl}/healthz`);
	await page.goBack({ waitUntil: 'commit' });
	ok(await becomes(page.getByLabel('Password')), 'the back button leads to the log-in');
	is(await fields(), ['', ''], 'and brings nothing back');
	await close();
}

// The document is changed on its way, as whoever finds a hole would.
async function injected() {
	const { page, seen, close } = await openConsole();
	await page.route('**/console/', async (route) => {
		const response = await route.fetch();
		const body = (await response.text()).replace('</body>',
			'<script>window.injected = true</script><p id="styled" style="color: rgb(1, 2, 3)" onclick="window.clicked = true">x</p></body>');
		await route.fulfill({ response, body });
	});
	await page.reload();
	await page.locator('#styled').dispatchEvent('click');
	is(await page.evaluate(() => [window.injected, window.clicked, getComputedStyle(document.getElementById('styled')).color === 'rgb(1, 2, 3)']),
		[undefined, undefined, false], 'injected scripts, handlers and styles do nothing');
	ok(await until(() => seen.complaints.length >= 3) && seen.complaints.every((text) => /Content Security Policy/.test(text)), 'the policy refused them');
	is(await page.evaluate(() => {
		try {
			document.body.innerHTML = '<p>';
		} catch (error) {
			return error.name;
		}
		return 'taken';
	}), 'TypeError', 'markup cannot be assigned');
	is(await page.evaluate(() => fetch('http://127.0.0.1:9/').then(() => 'sent', (error) => error.name)), 'TypeError', 'nobody else can be asked');
	ok(await until(() => seen.complaints.some((text) => /127\.0\.0\.1:9/.test(text))), 'by the policy too');
	await close();
}

async function framed() {
	const { page, close } = await openConsole();
	await page.route('**/elsewhere', (route) => route.fulfill({ contentType: 'text/html', body: `<iframe src="${consoleUrl}"></iframe>` }));
	await page.goto(`${baseUrl}/elsewhere`);
	is(await page.frames()[1].evaluate(() => document.getElementById('password')), null, 'no other page can show it inside');
	await close();
}

// By way of the address without its slash, and as a part of another site.
async function addresses() {
	const { page, close } = await openConsole();
	await page.goto(`${baseUrl}/console`);
	is(page.url(), consoleUrl, 'the address without its slash leads to it');
	await page.route('**/support/**', async (route) => route.fulfill({
		response: await route.fetch({ url: route.request().url().replace('/support/', '/'), maxRedirects: 0 }),
	}));
	await page.goto(`${baseUrl}/support/console/`);
	const asked = page.waitForRequest(/agent-access-tokens/);
	await logIn(page);
	is(new URL((await asked).url()).pathname, '/support/agent-access-tokens', 'behind a prefix everything is asked for below it');
	ok(await says(page, 'status', 'Type a part of a name'), 'and works');
	await close();
}

export const safety = [
	['names', names], ['turned names', turned], ['traces', traces], ['reasons', reasons], ['injected', injected], ['framed', framed], ['addresses', addresses],
];
