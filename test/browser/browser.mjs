// browser.mjs
//	Debian's Chromium, and pages of the console in it that note what must not
//	happen: dialogs, faults, refusals by the policy, requests to anybody else.

import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';

const { values } = parseArgs({
	options: Object.fromEntries(['base-url', 'username', 'password', 'screenshots', 'only'].map((name) => [name, { type: 'string' }])),
});
export const options = values;
export const baseUrl = options['base-url'];
export const consoleUrl = `${baseUrl}/console/`;

const executablePath = process.env.PATH.split(':').map((folder) => `${folder}/chromium`).find(existsSync);

// As people have it: with the cache that brings back a page as it was left.
const given = {
	executablePath, args: ['--font-render-hinting=none', '--disable-lcd-text'], ignoreDefaultArgs: ['--disable-back-forward-cache'],
};
const launch = (chromiumSandbox) => chromium.launch({ ...given, chromiumSandbox });

// Where the kernel gives users no namespaces, there is no sandbox to have.  The
// pages are ours.
async function start() {
	if (process.getuid() === 0)
		return launch(false);
	return launch(true).catch(() => {
		console.log('# no sandbox here');
		return launch(false);
	});
}

export const browser = await start();
export const startWithProfile = (folder) => chromium.launchPersistentContext(folder, { ...given, chromiumSandbox: false });

// What becomes so, becomes so by then on any machine.
const PATIENCE = 120000;		// milliseconds

// Waits until it is so; false when it does not become so.
export async function until(condition) {
	for (const end = Date.now() + PATIENCE; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50))) {
		if (await condition())
			return true;
	}
	return false;
}

// What a page did that it must not do, and what it asked for.
function watch(page) {
	const seen = { dialogs: [], complaints: [], foreign: [], urls: [], tokens: [] };
	page.on('dialog', (dialog) => {
		seen.dialogs.push(dialog.message());
		dialog.dismiss();
	});
	page.on('pageerror', (error) => seen.complaints.push(String(error)));
	page.on('console', (message) => {
		if (message.type() === 'error' && !/^Failed to load resource/.test(message.text()))
			seen.complaints.push(message.text());
	});
	page.on('request', (request) => {
		seen.urls.push(request.url());
		if (!request.url().startsWith(`${baseUrl}/`))
			seen.foreign.push(request.url());
	});
	page.on('response', async (response) => {
		const text = /access-tokens|refresh-tokens/.test(response.url()) ? await response.text().catch(() => '') : '';
		for (const [, token] of text.matchAll(/"(?:access|refresh)Token":"([^"]+)"/g))
			seen.tokens.push(token);
	});
	return seen;
}

// A page of its own browser profile, which nothing is left of: { page, seen }
// With "clock", the page's time is the test's.
export async function openConsole({ clock = false, ...context } = {}) {
	const profile = await browser.newContext({
		viewport: { width: 1280, height: 800 }, locale: 'en-GB', timezoneId: 'UTC', ...context,
	});
	profile.setDefaultTimeout(PATIENCE);
	const page = await profile.newPage();
	const seen = watch(page);
	if (clock)
		await page.clock.install();
	await page.goto(consoleUrl);
	return { page, seen, close: () => profile.close() };
}

export async function logIn(page, username = options.username, password = options.password) {
	await page.getByLabel('User name').fill(username);
	await page.getByLabel('Password').fill(password);
	await page.getByRole('button', { name: 'Log in' }).click();
}

// What is listed is about what is typed.
export async function searched(page) {
	await page.locator('#results:not([aria-busy])').waitFor({ state: 'attached' });
}

export async function search(page, term) {
	await page.getByRole('searchbox').fill(term);
	await searched(page);
}

export async function actAs(page, name, reason) {
	await page.getByRole('button', { name }).first().click();
	await page.getByRole('dialog').getByLabel('Reason').fill(reason);
	await page.getByRole('button', { name: 'Act as this customer' }).click();
}

// The same of something on the page.
export async function becomes(locator, state = 'visible') {
	return locator.waitFor({ state }).then(() => true, () => false);
}

export const says = (page, role, text) => becomes(page.getByRole(role).filter({ hasText: text }));

export async function view(page, name) {
	await page.getByRole('navigation').getByRole('button', { name }).click();
}

// As the extension answers it: by a page that shows the trail where the server
// has none yet.
export async function serveTrail(page, count = 45) {
	await page.route('**/agent-impersonations?*', async (route) => {
		const parameters = new URL(route.request().url()).searchParams;
		const offset = Number(parameters.get('page[offset]'));
		const limit = Number(parameters.get('page[limit]'));
		const data = Array.from({ length: Math.max(0, Math.min(limit, count - offset)) }, (_, i) => entry(offset + i));
		const links = { self: route.request().url(), first: 'x' };
		if (offset > 0)
			links.prev = 'x';
		if (offset + limit < count)
			links.next = 'x';
		await route.fulfill({ contentType: 'application/vnd.api+json', json: { data, links } });
	});
}

function entry(n) {
	const began = Date.UTC(2026, 0, 12, 12) - n * 5400000;
	return {
		type: 'agent-impersonations',
		id: `5e34a925-9f5d-47f6-bb95-${String(n).padStart(12, '0')}`,
		attributes: {
			agent: n % 3 === 1 ? 'otto@example.com' : 'maria@example.com',
			customerReference: `DE--${n + 1}`,
			startedAt: new Date(began).toISOString(),
			endedAt: n === 0 ? null : new Date(began + 1500000).toISOString(),
			endReason: n === 0 ? null : ['revoked', 'expired', 'revoked'][n % 3],
			reason: ['Order did not arrive', 'Cannot change the address', 'Invoice is missing'][n % 3],
			ticket: n % 2 === 0 ? `T-${1000 + n}` : null,
			peer: '192.0.2.1',
			userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
		},
		links: { self: 'x' },
	};
}
