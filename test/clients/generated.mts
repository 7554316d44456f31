// generated.mts
//	A client as openapi-typescript and openapi-fetch make it of docs/openapi.yaml.
//	That it compiles is half of the test: every line that reads a member says that
//	the description has it.  Run, it logs in, fails, searches and acts.

import createClient from 'openapi-fetch';
import type { components, paths } from './openapi.js';

declare const process: { argv: string[] };

const [baseUrl, username, password] = process.argv.slice(2) as [string, string, string];
const client = createClient<paths>({ baseUrl });
let count = 0;

function ok(condition: boolean, name: string): void {
	count += 1;
	console.log(`${condition ? 'ok' : 'not ok'} ${count} - ${name}`);
}

const logIn = (secret: string) => client.POST('/agent-access-tokens', {
	body: { data: { type: 'agent-access-tokens', attributes: { username, password: secret } } },
	bodySerializer: (body) => JSON.stringify(body),
	headers: { 'Content-Type': 'application/vnd.api+json' },
	parseAs: 'json',
});

// An error's members are typed, whichever status it comes with.
function codeOf(errors: components['schemas']['Errors'] | undefined): string {
	return errors?.errors[0]?.code ?? 'none';
}

const refused = await logIn('wrong');
ok(refused.error?.errors[0]?.code === '4101', 'a failure: its code, without a cast');
ok(refused.error?.errors[0]?.status === 401, 'its status');
ok(codeOf(refused.error) === '4101', 'the errors of an endpoint are errors');

const { data, error } = await logIn(password);
const token = data?.data.attributes.accessToken ?? '';
ok(error === undefined && token.startsWith('eyJ'), 'a login: its tokens');

const agent = { 'X-Agent-Authorization': `Bearer ${token}` };
const found = await client.GET('/agent-customer-search', { headers: agent, params: { query: { q: 'anna' } } });
const customer = found.data?.data[0]?.attributes.customers[0];
ok(customer?.customerReference === 'DE--1', 'a search: a customer');

const paged = await client.GET('/agent-customer-search', { headers: agent, params: { query: { 'page[limit]': 0 } } });
ok(paged.error?.errors[0]?.detail === 'Pagination parameters are invalid.' && paged.error.errors[0].code === undefined,
	'an error without a code: undefined, and typed all the same');

const ended = await client.DELETE('/refresh-tokens/mine', { headers: agent });
ok(ended.response.status === 204 && ended.error === undefined, 'and out');
console.log(`1..${count}`);
