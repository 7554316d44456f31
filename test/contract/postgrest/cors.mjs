// cors.mjs: what PostgREST says to web pages: whatever origin asks may read,
// unless server-cors-allowed-origins is set; and it says so beside whatever a
// function has said.

const EXPOSED = 'Content-Encoding, Content-Location, Content-Range, Content-Type, Date, Location, Server, Transfer-Encoding, Range-Unit';
const METHODS = 'GET, POST, PATCH, PUT, DELETE, OPTIONS, HEAD';

const first = (headers, name) => headers.find(([one]) => one === name)?.[1].toString('latin1');

function allowed(configuration, headers) {
  const origin = first(headers, 'origin');
  const origins = configuration['server-cors-allowed-origins'].split(',').map((one) => one.trim()).filter((one) => one !== '');

  if (origin === undefined) return [];
  if (origins.length === 0) return [['Access-Control-Allow-Origin', '*']];
  return origins.includes(origin) ? [['Access-Control-Allow-Origin', origin], ['Access-Control-Allow-Credentials', 'true']] : [];
}

export function answerPreflight(configuration, method, headers) {
  const said = allowed(configuration, headers);
  const wanted = first(headers, 'access-control-request-headers');

  if (method !== 'OPTIONS' || said.length === 0 || first(headers, 'access-control-request-method') === undefined) return undefined;
  return {
    status: 200, body: '',
    headers: [...said, ['Access-Control-Allow-Headers', `Authorization${wanted === undefined ? '' : `, ${wanted}`}, Accept, Accept-Language, Content-Language`],
      ['Access-Control-Allow-Methods', METHODS], ['Access-Control-Max-Age', '86400']],
  };
}

export function addCors(configuration, headers, answer) {
  const said = allowed(configuration, headers);

  return said.length === 0 ? answer : { ...answer, headers: [...answer.headers, ...said, ['Access-Control-Expose-Headers', EXPOSED]] };
}
