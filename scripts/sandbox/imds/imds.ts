import { header } from '../wire/exchange.ts';
import type { Answer, Dialect, Reaction, SandboxRequest, Service } from '../wire/exchange.ts';
import type { SessionTokens } from './session-tokens.ts';

/**
 * How the metadata service of an instance stands: `required` is IMDSv2 only, `optional` serves v1 beside it, `v1-only` is from
 * before tokens, `disabled` refuses everything (HttpEndpoint=disabled), `hop-limit` accepts the PUT for a token and never
 * answers (its reply's TTL died on the way to a container), `down` cuts connections.
 */
export type ImdsMode = 'required' | 'optional' | 'v1-only' | 'disabled' | 'hop-limit' | 'down';

const TOKEN_PATH = '/latest/api/token';
const TTL_HEADER = 'x-aws-ec2-metadata-token-ttl-seconds';
const TOKEN_HEADER = 'x-aws-ec2-metadata-token';

/** `latest`, or a dated version of the API, which answers the same. */
const VERSIONED = /^\/(?:latest|\d{4}-\d{2}-\d{2})\/?(.*)$/;

export interface ImdsState {
  readonly mode: ImdsMode;
  readonly tokens: SessionTokens;
  /** The body below `/latest/`, `undefined` for 404. */
  lookUp(path: string): string | undefined;
  /** A GET came without a token: an IMDSv1 read, which the product must never do. */
  noteTokenless(path: string): void;
}

/** The Instance Metadata Service of one instance. */
export function imdsService(state: ImdsState): Service {
  return {
    name: 'imds',
    dialect: () => imdsDialect,
    describe: ({ path }) => ({ operation: path === TOKEN_PATH ? 'Token' : 'Metadata', path }),
    answer(request) {
      if (state.mode === 'down') return 'reset';
      if (state.mode === 'disabled') return plain(403, 'Forbidden');
      if (request.method === 'PUT') return putToken(state, request);
      if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405, 'Method Not Allowed');
      return getMetadata(state, request);
    },
  };
}

function putToken(state: ImdsState, request: SandboxRequest): Reaction {
  if (request.path !== TOKEN_PATH) return plain(404, 'Not Found');
  if (state.mode === 'v1-only') return plain(405, 'Method Not Allowed');
  if (state.mode === 'hop-limit') return 'hang';
  // A request that passed a proxy is not from this instance: the reason IMDSv2 looks for this header.
  if (header(request, 'x-forwarded-for') !== undefined) return plain(403, 'Forbidden');
  const ttl = header(request, TTL_HEADER);
  const token = state.tokens.issue(ttl);
  if (token === undefined || ttl === undefined) return plain(400, 'Bad Request');
  return { ...plain(200, token), headers: { ...plain(200, token).headers, [TTL_HEADER]: ttl } };
}

function getMetadata(state: ImdsState, request: SandboxRequest): Answer {
  const token = header(request, TOKEN_HEADER);
  if (token === undefined && state.mode !== 'v1-only') state.noteTokenless(request.path);
  const open = state.mode === 'v1-only' || (state.mode === 'optional' && token === undefined);
  if (!open && (token === undefined || !state.tokens.holds(token))) return plain(401, 'Unauthorized');
  const below = VERSIONED.exec(request.path)?.[1];
  const path = below === undefined ? undefined : decode(below);
  const body = path === undefined ? undefined : state.lookUp(path);
  return body === undefined ? plain(404, 'Not Found') : plain(200, body);
}

const imdsDialect: Dialect = {
  error: (status, code) => plain(status, code),
  throttle: { status: 429, code: 'Too Many Requests' },
};

function plain(status: number, body: string): Answer {
  return { status, headers: { server: 'EC2ws', 'content-type': 'text/plain' }, body };
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
