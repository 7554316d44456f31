// flood.mjs
//	While others try passwords by the hundred, agents work on: nobody is logged
//	out, and who knows the password gets in.

import { is, ok, operator } from '../clients/tap.mjs';
import { becomes, logIn, openConsole, says, search, view } from './browser.mjs';

const ownRefresh = (page) => page.getByRole('region', { name: 'Your own token' }).getByRole('button', { name: 'Refresh' });

async function flood() {
	const { page, seen, close } = await openConsole();
	await logIn(page);
	await becomes(page.getByRole('heading', { name: 'Customers' }));
	ok(await operator('flood') > 0, 'a flood of logins');
	for (let i = 1; i <= 3; i++) {
		const refreshed = page.waitForResponse(/refresh-tokens$/);
		await view(page, 'Sessions');
		await ownRefresh(page).click();
		is((await refreshed).status(), 201, 'a token is refreshed meanwhile');
		ok(await says(page, 'status', 'Your token is a new one.'), 'and the page says so');
		await view(page, 'Customers');
		await search(page, i % 2 ? 'anna' : 'ben');
	}
	const other = await openConsole();
	await logIn(other.page);
	ok(await becomes(other.page.getByRole('heading', { name: 'Customers' })), 'who knows the password gets in');
	ok(await operator('flooded') > 0, 'all the while it goes on');
	is(await page.getByText('Your session has ended').count(), 0, 'and nobody is logged out');
	is([seen.complaints, other.seen.complaints], [[], []], 'no complaint in the browser\'s console');
	await operator('flood-ends');
	await close();
	await other.close();
}

// An answer that is late is asked for again, and still waited for: the server may
// have done the first, and not do the second.
async function lateRefresh() {
	const { page, close } = await openConsole();
	await logIn(page);
	await becomes(page.getByRole('heading', { name: 'Customers' }));
	const sent = [];
	let second;
	const isAskedAgain = new Promise((resolve) => { second = resolve; });
	await page.route('**/refresh-tokens', async (route) => {
		sent.push(route.request().postDataJSON().data.attributes.refreshToken);
		if (sent.length > 1)
			return second();
		const response = await route.fetch();
		await isAskedAgain;
		return route.fulfill({ response });
	});
	await view(page, 'Sessions');
	await ownRefresh(page).click();
	ok(await says(page, 'status', 'Your token is a new one.'), 'a refresh whose answer is late');
	is([sent.length > 1, new Set(sent).size], [true, 1], 'is asked for again, and waited for');
	await page.unroute('**/refresh-tokens');
	await ownRefresh(page).click();
	ok(await says(page, 'status', 'Your token is a new one.'), 'and the token that it brought is good');
	await close();
}

export const floods = [['flood', flood], ['late refresh', lateRefresh]];
