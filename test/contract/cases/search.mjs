// search.mjs: GET /agent-customer-search

import { NO_STORE, bearer, fails, get, gives, request } from '../language.mjs';

const PATH = '/agent-customer-search';
const CUSTOMERS = {
  anna: '{"customerReference":"CT--1","email":"anna@contract.example.com","firstName":"Anna","lastName":"Example"}',
  bert: '{"customerReference":"CT--2","email":"bert@contract.example.com","firstName":"Bert","lastName":"Exämple \\"quoted\\" \\\\slash"}',
  sure: '{"customerReference":"CT--3","email":"100%_sure@contract.example.com","firstName":null,"lastName":null}',
  closed: '{"customerReference":"CT--4","email":"closed@contract.example.com","firstName":"Closed","lastName":"Example"}',
};
const page = (n) => `{"customerReference":"CT--P${n}","email":"page${n}@contract.example.com","firstName":"Zpage","lastName":null}`;
const pages = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => page(from + i));

// links: name to what follows "page" in its query; others: the parameters that are kept
function finds(query, customers, total, links) {
  const others = query.decoded.slice(1).split('&').filter((one) => one !== '' && !/^page(\[|%5B)/.test(one)).map((one) => `${one}&`).join('');
  const self = `$links${PATH}${query.decoded}`;
  const list = Object.entries(links).map(([name, [offset, limit]]) => `,"${name}":"$links${PATH}?${query.others ?? others}page[offset]=${offset}&page[limit]=${limit}"`).join('');

  return gives(200, `{"data":[{"type":"agent-customer-search","id":null,"attributes":{"customers":[${customers.join(',')}]},"links":{"self":"${self}"}}],`
    + `"links":{"self":"${self}"${list}},"meta":{"total":${total},"exact":true}}`, NO_STORE);
}

const whole = (limit = 10) => ({ last: [0, limit], first: [0, limit] });
const found = (name, query, customers, total = customers.length, links = total === 0 ? {} : whole(), decoded = query, others = undefined) =>
  [name, get(`${PATH}${query}`, bearer('$agent')), finds({ decoded, others }, customers, total, links)];

const { anna, bert, sure, closed } = CUSTOMERS;

const terms = [
  found('an e-mail address', '?q=anna@contract.example.com', [anna]), found('a part of one, in another case', '?q=ANNA@CONTRACT', [anna]),
  found('a first name and a last name', '?q=anna+example', [anna], 1, whole(), '?q=anna+example'),
  found('a blank, escaped', '?q=anna%20example', [anna], 1, whole(), '?q=anna example', 'q=anna%20example&'),
  found('a reference', '?q=ct--1', [anna]), found('not a part of a reference', '?q=ct--', []),
  found('a percent sign', '?q=0%25_s', [sure], 1, whole(), '?q=0%_s', 'q=0%25_s&'), found('an underscore is no wildcard', '?q=a_na@contract', []),
  found('a backslash, a quote', '?q=%22%20%5Csl', [bert], 1, whole(), '?q=\\" \\\\sl', 'q=%22%20%5Csl&'),
  found('letters beyond ASCII', '?q=EX%C3%84MPLE', [bert], 1, whole(), '?q=EXÄMPLE', 'q=EX%C3%84MPLE&'),
  found('nobody', '?q=nobody@contract', []), found('one who may not be assisted is found', '?q=closed@contract', [closed]),
  found('two letters are the beginning of a word', '?q=be', [bert]), found('and nothing within one', '?q=rt', []), found('of a last name too', '?q=ex%C3%A4', [bert], 1, whole(), '?q=exä', 'q=ex%C3%A4&'),
  found('other parameters are kept', '?include=x%26y&q=ct--1&z', [anna], 1, whole(), '?include=x&y&q=ct--1&z', 'include=x%26y&q=ct--1&z&'),
];

const many = (n) => `{"customerReference":"CT--M${n}","email":"many${n}@contract.example.com","firstName":"Zmany","lastName":null}`;
const beyond = (offset, links) => gives(200, `{"data":[{"type":"agent-customer-search","id":null,"attributes":{"customers":[${many(offset + 1)},${many(offset + 2)}]},"links":{"self":"$links${PATH}?q=zmany&page[limit]=2&page[offset]=${offset}"}}],`
  + `"links":{"self":"$links${PATH}?q=zmany&page[limit]=2&page[offset]=${offset}",${links}},"meta":{"total":40,"exact":false}}`, NO_STORE);
const link = (name, offset) => `"${name}":"$links${PATH}?q=zmany&page[offset]=${offset}&page[limit]=2"`;

// The bound is 40 here (fixture.sql).
const bound = [0, 50].map((offset) => [`more than can be counted, from ${offset} on`, get(`${PATH}?q=zmany&page[limit]=2&page[offset]=${offset}`, bearer('$agent')),
  beyond(offset, [link('first', 0), ...(offset > 0 ? [link('prev', offset - 2)] : []), link('next', offset + 2)].join(','))]);

const P = '?q=zpage';
const paging = [
  found('the first page', P, pages(1, 10), 25, { last: [20, 10], first: [0, 10], next: [10, 10] }),
  found('a limit', `${P}&page[limit]=3`, pages(1, 3), 25, { last: [24, 3], first: [0, 3], next: [3, 3] }),
  found('an offset', `${P}&page[offset]=5`, pages(6, 15), 25, { last: [20, 10], first: [0, 10], prev: [0, 10], next: [15, 10] }),
  found('brackets, escaped', `${P}&page%5Boffset%5D=20&page%5Blimit%5D=10`, pages(21, 25), 25, { last: [20, 10], first: [0, 10], prev: [10, 10] }, `${P}&page[offset]=20&page[limit]=10`),
  found('the last one', `${P}&page[offset]=24&page[limit]=8`, pages(25, 25), 25, { last: [24, 8], first: [0, 8], prev: [16, 8] }),
  found('past the end', `${P}&page[offset]=25`, [], 25, { last: [20, 10], first: [0, 10], prev: [15, 10] }),
  found('far past the end', `${P}&page[offset]=9223372036854775807`, [], 25, { last: [20, 10], first: [0, 10], prev: ['9223372036854775797', 10] }),
  found('the largest limit', `${P}&page[limit]=1000`, pages(1, 25), 25, whole(1000)),
];

const bad = ['page[limit]=0', 'page[limit]=-1', 'page[limit]=1001', 'page[offset]=-1', 'page[limit]=x', 'page[limit]=1.0', 'page[limit]=', 'page[offset]=%201',
  'page[offset]=%2B1', 'page[limit]=1e1', 'page[offset]=9223372036854775808', 'page[limit]=%zz']
  .map((query) => [`refused: ${query}`, get(`${PATH}?${query}`, bearer('$agent')), fails('page')]);

export const SEARCH = [
  ...terms, ...paging, ...bound, ...bad,
  ['all of them', get(`${PATH}?page[limit]=1`, bearer('$agent')), { ...gives(200, '{"data":[{"type":"agent-customer-search","id":null,"attributes":{"customers":[{<members>}]},"links":{"self":"$links/agent-customer-search?page[limit]=1"}}],"links":{<members>},"meta":{"total":40,"exact":false}}', NO_STORE) }],
  ['a term with a bad escape', get(`${PATH}?q=%zz`, bearer('$agent')), fails('query')],
  ['a term with a NUL', get(`${PATH}?q=%00`, bearer('$agent')), fails('query')],
  ['a term that is not UTF-8', get(`${PATH}?q=%ff`, bearer('$agent')), fails('query')],
  ['who it is before the page', get(`${PATH}?page[limit]=0`), fails('4103')],
  ['HEAD', request('HEAD', `${PATH}?q=ct--1`, bearer('$agent')), { ...gives(200, '', NO_STORE), headers: { 'content-type': 'application/vnd.api+json', ...NO_STORE } }],
];
