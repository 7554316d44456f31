// failures.mjs: what goes wrong, with the status and in the shape that PostgREST
// gives it.

export class Failure extends Error {
  constructor(status, code, message, headers = []) {
    super(message);
    Object.assign(this, { status, code, headers, details: null });
  }
}

// What Haskell code raises, nothing catches, and the HTTP library answers
export class Exception extends Error {}

// By SQLSTATE; what nobody thought of is said to be the client's fault, and so is
// a connection that ended without any.
const STATUS = [
  [/^08|^53|^57P01/, 503], [/^0L|^0P|^28/, 403], [/^23503|^23505/, 409], [/^25006/, 405], [/^09|^25|^2D|^38|^39|^3B|^40|^54|^55|^57|^58|^F0|^HV|^P0(?!001)|^XX/, 500],
  [/^42883|^42P01/, 404],
];

export function statusOf(code, authenticated) {
  if (code === '42501') return authenticated ? 403 : 401;
  if (/^PT\d{3}$/.test(code)) return Number(code.slice(2));
  return STATUS.find(([pattern]) => pattern.test(code))?.[1] ?? 400;
}

// An error of node-postgres, from within a transaction
export function failureOf(error, authenticated) {
  if (error instanceof Failure || error instanceof Exception) return error;
  const code = /^[0-9A-Z]{5}$/.test(error.code ?? '') ? error.code : '';
  const message = code === '' ? 'server closed the connection unexpectedly' : error.message;
  const status = statusOf(code, authenticated);

  return new Failure(status, code, message, status === 401 ? [['WWW-Authenticate', 'Bearer']] : []);
}

export const unreachable = (error) => Object.assign(new Failure(503, 'PGRST000', 'Database connection error. Retrying the connection.'), { details: error.message });

export function shapeOf(error) {
  if (!(error instanceof Failure)) return { status: 500, headers: [['Content-Type', 'text/plain; charset=utf-8']], body: 'Something went wrong' };
  const body = JSON.stringify({ code: error.code, details: error.details, hint: null, message: error.message });

  return {
    status: error.status, body,
    headers: [['Content-Type', 'application/json; charset=utf-8'], ['Content-Length', String(Buffer.byteLength(body))],
      ['Proxy-Status', `PostgREST; error=${error.code}`], ...(error.status === 503 ? [['Retry-After', '0']] : []), ...error.headers],
  };
}
