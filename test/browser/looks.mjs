// looks.mjs
//	Every view in light and dark under axe, on a narrow screen, and as pictures.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { is, ok } from '../clients/tap.mjs';
import { actAs, becomes, logIn, openConsole, options, says, search, serveTrail, view } from './browser.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const NARROW = { width: 320, height: 640 };

// Each leaves the page in a state that people see, and comes from the one before.
const states = [
	['log-in', async () => {}],
	['log-in, refused', async (page) => {
		await logIn(page, options.username, 'wrong');
		await says(page, 'alert', 'The user name or the password is wrong.');
	}],
	['log-in, locked', async (page) => {
		await page.route('**/agent-access-tokens', (route) => route.fulfill({
			status: 429, headers: { 'Retry-After': '354' }, json: { errors: [{ code: '4401', status: 429, detail: '' }] },
		}), { times: 1 });
		await logIn(page);
		await becomes(page.getByRole('timer'));
	}],
	['customers', async (page) => {
		await serveTrail(page);
		await logIn(page);
		await becomes(page.getByRole('heading', { name: 'Customers' }));
	}],
	['customers, found', (page) => search(page, 'example')],
	['dialog', async (page) => {
		await page.getByRole('button', { name: 'Anna Example' }).click();
		await page.getByRole('button', { name: 'Act as this customer' }).click();
		await page.getByRole('dialog').getByRole('alert').filter({ hasText: /./ }).waitFor();
	}],
	['acting', async (page) => {
		await page.getByLabel('Reason').fill('Order 1001 did not arrive');
		await page.getByRole('button', { name: 'Act as this customer' }).click();
		await becomes(page.getByRole('article'));
		await becomes(page.getByRole('status').filter({ hasText: 'You act as' }));
	}],
	['sessions', async (page) => {
		await view(page, 'Sessions');
		await becomes(page.locator('#sessions table'));
	}],
	['trail', async (page) => {
		await view(page, 'Trail');
		await becomes(page.locator('#trail table'));
	}],
	['no connection', async (page) => {
		await page.route(/agent-sessions|readyz/, (route) => route.abort());
		await view(page, 'Sessions');
		await becomes(page.getByRole('alert').filter({ hasText: 'The connection to the server is lost' }));
		await becomes(page.getByRole('alert').filter({ hasText: 'There is no connection' }));
	}],
];

async function violations(page) {
	await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)));
	const { violations: found } = await page.evaluate(() => window.axe.run(document, { rules: { 'target-size': { enabled: true } } }));
	return found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
}

// The page's own policy would keep axe out, so that it is off in these contexts.
const withAxe = (colorScheme, viewport) => async () => {
	const { page, close } = await openConsole({ colorScheme, viewport, bypassCSP: true });
	await page.addScriptTag({ content: axe });
	const luminance = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor.match(/\d+/g).slice(0, 3).reduce((sum, n) => sum + Number(n), 0) / 765);
	ok(colorScheme === 'dark' ? luminance < 0.2 : luminance > 0.8, `${colorScheme}: the ground is ${colorScheme}`);
	for (const [name, go] of states) {
		await go(page);
		is(await violations(page), [], `axe finds nothing: ${name}, ${colorScheme}, ${viewport.width} pixels`);
	}
	await close();
};

async function narrow() {
	const { page, close } = await openConsole({ viewport: NARROW });
	for (const [name, go] of states) {
		await go(page);
		const wide = await page.evaluate(() => [...document.querySelectorAll('body *')]
			.filter((one) => one.getBoundingClientRect().right > innerWidth + 0.5 && !one.closest('.unseen, thead'))
			.map((one) => one.outerHTML.slice(0, 80)));
		is([await page.evaluate(() => document.scrollingElement.scrollWidth), wide], [NARROW.width, []], `no sideways scrolling on a narrow screen: ${name}`);
	}
	await close();
}

// The time left stays on its line, whatever the customer is called.
async function longNames() {
	const { page, close } = await openConsole({ viewport: NARROW });
	await page.route('**/agent-customer-search?*', async (route) => {
		const response = await route.fetch();
		const body = await response.json();
		body.data[0].attributes.customers[0].firstName = 'Wilhelmina'.repeat(20);
		await route.fulfill({ response, json: body });
	});
	await logIn(page);
	await search(page, 'anna example');
	await actAs(page, /^Wilhelmina/, 'Asked for help');
	const timer = page.getByRole('article').getByRole('timer');
	await becomes(timer);
	is(await timer.evaluate((left) => {
		const range = document.createRange();
		range.selectNodeContents(left);
		return new Set([...range.getClientRects()].map(({ top }) => top)).size;
	}), 1, 'the time left is one line beside a long name');
	is(await page.evaluate(() => document.scrollingElement.scrollWidth), NARROW.width, 'and nothing scrolls sideways');
	await close();
}

async function calm() {
	const { page, close } = await openConsole({ reducedMotion: 'reduce' });
	is(await page.evaluate(() => getComputedStyle(document.getElementById('log-in')).transitionDuration), '0s', 'nothing moves where no motion is wanted');
	await close();
}

export const looks = [
	['axe, light', withAxe('light', { width: 1280, height: 800 })], ['axe, dark', withAxe('dark', { width: 1280, height: 800 })],
	['axe, narrow', withAxe('light', NARROW)], ['a narrow screen', narrow], ['long names', longNames], ['calm', calm],
];

async function picture(folder, name, context, go) {
	const { page, close } = await openConsole(context);
	await serveTrail(page, 9);
	await go(page);
	await page.mouse.move(0, 0);
	await page.screenshot({ path: `${folder}/${name}.png`, animations: 'disabled', caret: 'hide' });
	ok(true, `picture: ${name}`);
	await close();
}

async function toActing(page) {
	await logIn(page);
	await search(page, 'lara');
	await says(page, 'status', '6 customers');
	await actAs(page, /^Clara Example/, 'Order 1001 did not arrive');
	await becomes(page.getByRole('article'));
}

export async function screenshots(folder) {
	await picture(folder, 'desktop', {}, toActing);
	await picture(folder, 'narrow', { viewport: { width: 360, height: 740 } }, async (page) => {
		await logIn(page);
		await search(page, 'anna');
	});
	await picture(folder, 'dark', { colorScheme: 'dark' }, async (page) => {
		await toActing(page);
		await view(page, 'Trail');
		await becomes(page.locator('#trail table'));
	});
	await picture(folder, 'lockout', { viewport: { width: 1280, height: 640 } }, async (page) => {
		for (let i = 0; i < 10; i++) {
			const answer = page.waitForResponse(/agent-access-tokens/);
			await logIn(page, 'otto@example.com', 'wrong');
			await answer;
			await becomes(page.locator('#log-in[aria-disabled]'), 'detached');
		}
		await says(page, 'alert', 'no more are accepted');
	});
}
