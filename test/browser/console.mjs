// console.mjs
//	The console as people use it, in Debian's Chromium.  Prints TAP; asks whoever
//	started it for what only an operator can do (../clients/tap.mjs).
//
//	node console.mjs --base-url URL --username NAME --password PASSWORD [--screenshots DIR | --only PART]

import { finish, ok } from '../clients/tap.mjs';
import { aging } from './aging.mjs';
import { browser, options } from './browser.mjs';
import { failures } from './failures.mjs';
import { floods } from './flood.mjs';
import { leaving } from './leaving.mjs';
import { looks, screenshots } from './looks.mjs';
import { safety } from './safety.mjs';
import { story } from './story.mjs';

// A part that dies is a test that failed, and the others still run.
async function run(name, part) {
	try {
		await part();
	} catch (error) {
		ok(false, `${name} came to its end`);
		console.log(String(error.stack).replace(/^/gm, '# '));
	}
}

if (options.screenshots) {
	await run('screenshots', () => screenshots(options.screenshots));
} else {
	for (const [name, part] of [...story, ...failures, ...floods, ...aging, ...safety, ...leaving, ...looks]) {
		if (name.includes(options.only ?? ''))
			await run(name, part);
	}
}
await browser.close();
finish();
