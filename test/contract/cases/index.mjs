// index.mjs: the groups of cases, in the order in which they run.

import { AUDIT } from './audit.mjs';
import { CORS } from './cors.mjs';
import { IMPERSONATION, REASON_REQUIRED } from './impersonation.mjs';
import { KEYS } from './keys.mjs';
import { LOGIN } from './login.mjs';
import { OAUTH } from './oauth.mjs';
import { REFRESH } from './refresh.mjs';
import { REQUESTS } from './requests.mjs';
import { ROUTES } from './routes.mjs';
import { SEARCH } from './search.mjs';
import { SESSIONS } from './sessions.mjs';

export const GROUPS = {
  routes: { cases: ROUTES },
  requests: { cases: REQUESTS },
  login: { cases: LOGIN },
  search: { cases: SEARCH },
  impersonation: { cases: IMPERSONATION },
  audit: { cases: AUDIT },
  refresh: { cases: REFRESH },
  sessions: { cases: SESSIONS },
  oauth: { cases: OAUTH },
  keys: { cases: KEYS },
  cors: { cases: CORS },
  'reason-required': { cases: REASON_REQUIRED, onlyWhenAsked: true },
};
