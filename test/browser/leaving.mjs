// leaving.mjs
//	A page that was left, brought back by the browser or looked for on its disk:
//	nobody is logged in, and nothing of anybody is there.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { is, ok } from '../clients/tap.mjs';
import { actAs, baseUrl, becomes, consoleUrl, logIn, openConsole, options, search, startWithProfile, until } from './browser.mjs';

const typed = (page) => page.locator('input, textarea').evaluateAll((fields) => fields.map((field) => (field.type === 'checkbox' ? '' : field.value)).join(''));
const named = (page) => page.getByText(/Anna|maria@|DE--|Asked for/).count();

async function toDialog(page) {
	await logIn(page);
	await search(page, 'anna');
	await actAs(page, /^Anna Example/, 'Asked for help');
	await becomes(page.getByRole('article'));
	await page.getByRole('button', { name: /^Anna Specimen/ }).click();
	await page.getByLabel('Reason').fill('Asked for more');
}

// As the user does it; the browser may keep the page or load it anew.
async function back() {
	const { page, seen, close } = await openConsole();
	await toDialog(page);
	await page.goto(`${baseUrl}/healthz`);
	await page.goBack({ waitUntil: 'commit' });
	ok(await becomes(page.getByLabel('Password')), 'after the back button an agent logs in anew');
	is([await typed(page), await named(page)], ['', 0], 'and nothing of before is there');
	is(await page.getByRole('navigation').count() + await page.getByRole('dialog').count(), 0, 'neither the views nor the dialog');
	await page.getByLabel('User name').fill(options.username);
	await page.goto(`${baseUrl}/healthz`);
	await page.goBack({ waitUntil: 'commit' });
	await becomes(page.getByLabel('Password'));
	is(await typed(page), '', 'a name that was typed is not kept either');
	is(seen.complaints, [], 'no complaint in the browser\'s console');
	await close();
}

// As a browser does it that keeps the page for certain.
const turn = (page, type) => page.evaluate((name) => dispatchEvent(new PageTransitionEvent(name, { persisted: true })), type);

async function kept() {
	const { page, seen, close } = await openConsole();
	await toDialog(page);
	await turn(page, 'pagehide');
	is([await typed(page), await named(page), await page.getByLabel('Password').isVisible()], ['', 0, true], 'what is kept of a page has nothing in it');
	const loaded = page.waitForEvent('load');
	await turn(page, 'pageshow');
	await loaded;
	ok(await becomes(page.getByLabel('Password')), 'and is loaded again when it is shown');

	// an answer that was on its way
	let letGo;
	const gate = new Promise((resolve) => {
		letGo = resolve;
	});
	await page.route('**/agent-access-tokens', async (route) => {
		await gate;
		await route.continue().catch(() => {});
	});
	const asked = page.waitForRequest('**/agent-access-tokens');
	await logIn(page);
	const request = await asked;
	await turn(page, 'pagehide');
	ok(await until(() => request.failure() !== null), 'nobody waits for an answer in a page that was left');
	letGo();
	is([await typed(page), await page.getByRole('navigation').count()], ['', 0], 'and nobody is logged in by it');
	is(seen.complaints, [], 'no complaint in the browser\'s console');
	await close();
}

const filesIn = (folder) => readdirSync(folder, { withFileTypes: true }).flatMap((one) => {
	const name = join(folder, one.name);
	return one.isDirectory() ? filesIn(name) : [name].filter(() => one.isFile());
});

// Among all that the browser writes to its disk.  Text is there in two forms.
function found(folder, texts) {
	const sought = texts.flatMap((text) => [Buffer.from(text), Buffer.from(text, 'utf16le')].map((bytes) => ({ text, bytes })));
	return filesIn(folder).flatMap((name) => {
		const content = readFileSync(name);
		return sought.filter(({ bytes }) => content.includes(bytes)).map(({ text }) => `${text} in ${name.slice(folder.length)}`);
	});
}

async function disk() {
	const folder = mkdtempSync(join(tmpdir(), 'console-profile-'));
	const tokens = [];
	try {
		const profile = await startWithProfile(folder);
		profile.setDefaultTimeout(120000);
		const page = await profile.newPage();
		page.on('response', async (response) => {
			const text = /tokens/.test(response.url()) ? await response.text().catch(() => '') : '';
			tokens.push(...[...text.matchAll(/"(?:access|refresh)Token":"([^"]+)"/g)].map(([, token]) => token));
		});
		await page.goto(consoleUrl);
		await toDialog(page);
		await page.getByLabel('Ticket').fill('T-4711-secret');
		await until(() => tokens.length >= 4);
		await page.goto(`${baseUrl}/healthz`);
		await profile.close();
		ok(found(folder, [consoleUrl]).length > 0, 'what the browser wrote to its disk is read');
		is(found(folder, [...tokens, options.username, options.password, 'Anna', 'Asked for help', 'Asked for more', 'T-4711-secret', 'DE--1']), [],
			'no token, name, password, customer, reason or ticket is in it');
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

export const leaving = [['back', back], ['kept', kept], ['the disk', disk]];
