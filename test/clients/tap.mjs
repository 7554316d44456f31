// tap.mjs
//	The Test Anything Protocol, as much of it as the clients need, and a way to
//	ask whoever started the program for what only an administrator may do.

import { createInterface } from 'node:readline';
import { isDeepStrictEqual } from 'node:util';

let count = 0;
let failed = 0;

export function ok(good, what) {
	count++;
	failed += good ? 0 : 1;
	console.log(`${good ? 'ok' : 'not ok'} ${count} - ${what}`);
	return good;
}

export function is(got, expected, what) {
	if (!ok(isDeepStrictEqual(got, expected), what))
		console.log(`# got ${JSON.stringify(got)}, expected ${JSON.stringify(expected)}`);
}

// What is thrown has these members: a library tells errors apart by their class
// and code, and so do its users.  Returns the error.
export async function rejects(promise, expected, what) {
	try {
		await promise;
	} catch (error) {
		const got = Object.fromEntries(Object.keys(expected).map((name) => [name, error[name]]));
		if (!isDeepStrictEqual(got, expected))
			console.log(`# ${error.name}: ${error.message}`);
		is(got, expected, what);
		return error;
	}
	ok(false, `${what} (nothing was thrown)`);
	return undefined;
}

// One line out, one line back: "# operator: rotate ES256" is answered with a kid.
const input = createInterface({ input: process.stdin });
const answers = input[Symbol.asyncIterator]();

export async function operator(order) {
	console.log(`# operator: ${order}`);
	const { value, done } = await answers.next();
	if (done)
		throw new Error('there is no operator');
	return value;
}

export function finish() {
	console.log(`1..${count}`);
	process.exitCode = failed === 0 ? 0 : 1;
	input.close();
	process.stdin.destroy();
}
