// own_answers.mjs
//	What the gateway answers by itself to a page that --cors-origin lists, held
//	against docs/openapi.yaml: each answer, its CORS headers too, is described.

import { request } from 'node:http';
import { loadOpenApi } from '../contract/openapi.mjs';

const [baseUrl, description, origin] = process.argv.slice(2);
const api = await loadOpenApi(description);
let count = 0;

function ok(problems, name) {
	count += 1;
	console.log(`${problems.length === 0 ? 'ok' : 'not ok'} ${count} - ${name}`);
	for (const problem of problems) console.log(`# ${problem}`);
}

function ask({ method, target, headers = {}, body = '' }) {
	return new Promise((resolve, reject) => {
		const sent = request(new URL(target, baseUrl), { method, agent: false, headers: { origin, ...headers } }, (answer) => {
			const chunks = [];

			answer.on('data', (chunk) => chunks.push(chunk));
			answer.on('error', reject);
			answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) }));
		});

		sent.on('error', reject);
		sent.end(body);
	});
}

const large = 'x'.repeat(70_000);
const cases = [
	[413, { method: 'POST', target: '/agent-access-tokens', headers: { 'content-length': large.length }, body: large }],
	[431, { method: 'GET', target: '/agent-customer-search', headers: { 'x-filler': 'x'.repeat(20_000) } }],
	[200, { method: 'GET', target: '/healthz' }],
	[200, { method: 'GET', target: '/readyz' }],
];

for (const [status, asked] of cases) {
	const answer = await ask(asked);
	const name = `${asked.method} ${asked.target}, ${status}`;

	ok(answer.status === status ? api.check(asked, answer) : [`the status is ${answer.status}`], `${name}: as described`);
	ok(answer.headers['access-control-allow-origin'] === origin ? [] : [JSON.stringify(answer.headers)], `${name}: the page may read it`);
}
console.log(`1..${count}`);
