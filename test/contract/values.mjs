// values.mjs: what $name stands for in a case: the run's own values, and
// sessions that are begun when they are first named.

import { randomBytes } from 'node:crypto';

import { agent, envelope, login, post } from './language.mjs';
import { send } from './client.mjs';

const IMPERSONATIONS = '/agent-customer-impersonation-access-tokens';

async function tokens(base, { method, target, headers, body }) {
  const answer = await send(base, { method, target, headers, body });

  if (answer.status !== 201) throw new Error(`${method} ${target} gave ${answer.status} ${answer.body}`);
  return JSON.parse(answer.body).data.attributes;
}

// Sessions by name; those with "new" in their name are one case's own.
const SESSIONS = {
  agent: ({ base, username, password }) => tokens(base, post('/agent-access-tokens', login(username, password))),
  other: ({ base, otherUsername, password }) => tokens(base, post('/agent-access-tokens', login(otherUsername, password))),
  customer: async (run, session) => tokens(run.base, post(IMPERSONATIONS,
    envelope('agent-customer-impersonation-access-tokens', { customerReference: 'CT--1' }), agent((await session('agent')).accessToken))),
  newother: (run) => SESSIONS.other(run),
  newagent: (run) => SESSIONS.agent(run),
  newcustomer: async (run, session) => tokens(run.base, post(IMPERSONATIONS,
    envelope('agent-customer-impersonation-access-tokens', { customerReference: 'CT--1' }), agent((await session('newagent')).accessToken))),
  ended: async (run) => {
    const dead = await SESSIONS.agent(run);

    await send(run.base, { method: 'DELETE', target: `/refresh-tokens/${dead.refreshToken}`, headers: Object.entries(agent(dead.accessToken)) });
    return dead;
  },
};

const sidOf = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url')).sid;

export class Values {
  constructor(run) {
    this.run = run;
    this.shared = new Map();
    this.beginCase();
  }

  beginCase() {
    this.own = new Map([['random', randomBytes(8).toString('hex')]]);
  }

  keep(name, value) {
    this.own.set(name, value);
  }

  session = async (name) => {
    const sessions = name.startsWith('new') ? this.own : this.shared;

    if (!sessions.has(name)) sessions.set(name, await SESSIONS[name](this.run, this.session));
    return sessions.get(name);
  };

  // Everything that the text names is there before fill() needs it.
  async prepare(text) {
    for (const [, name] of (text ?? '').matchAll(/\$([a-z]\w*)/gi)) if (name in SESSIONS) await this.session(name);
  }

  // $agent: its access token; $agent.refresh, $agent.sid; $base and other values
  fill = (text) => text.replace(/\$([a-z]\w*)(?:\.(refresh|sid))?/gi, (whole, name, part) => {
    const value = this.own.get(name) ?? this.shared.get(name) ?? this.run[name];

    if (value === undefined) throw new Error(`nothing is called ${whole}`);
    if (typeof value === 'string') return value + (part === undefined ? '' : `.${part}`);
    if (part === 'refresh') return value.refreshToken;
    return part === 'sid' ? sidOf(value.accessToken) : value.accessToken;
  });
}
