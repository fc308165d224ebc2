import { Agent } from 'node:http';
import type { Clock, Random } from '#kit/clock.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import { backoffDelay } from '#kit/retry.ts';
import { exchange, type Answer, type Line } from './imds-exchange.ts';
import { judgeRead, judgeTokenRequest, tokenRefused } from './imds-verdict.ts';

const ENDPOINT = 'AWS_EC2_METADATA_SERVICE_ENDPOINT';
const ENDPOINT_MODE = 'AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE';
/** The only place that names the service: whoever else needs it is given an `Imds`. */
const DEFAULT_ENDPOINTS: ReadonlyMap<string, string> = new Map([
  ['ipv4', 'http://169.254.169.254'],
  ['ipv6', 'http://[fd00:ec2::254]'],
]);

/** Seconds; the longest IMDS gives. */
const TOKEN_TTL = 21_600;
/** The share of a token's life after which a new one is fetched, so that none expires on its way. */
const RENEW_AFTER = 0.9;
const BACKOFF = { baseMs: 100, capMs: 1000 };
const MAX_BYTES = 1024 * 1024;
const MAX_SOCKETS = 8;

/** Where the metadata service is, as the AWS SDKs read it: the endpoint wins over the mode, empty counts as unset. */
export function imdsEndpoint(env: Readonly<Record<string, string | undefined>>): Outcome<string> {
  const given = env[ENDPOINT]?.trim();
  if (given) return parseEndpoint(given);
  const mode = env[ENDPOINT_MODE]?.trim() || 'IPv4';
  const endpoint = DEFAULT_ENDPOINTS.get(mode.toLowerCase());
  if (endpoint) return ok(endpoint);
  const cause = `"${mode}" is neither IPv4 nor IPv6`;
  return fail({ code: 'LF_SETTINGS', operation: 'read', subject: ENDPOINT_MODE, cause, hint: 'Unset it.' });
}

export interface ImdsOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Milliseconds for one request; 1000 unless given. */
  readonly timeoutMs?: number;
  /** How often one request is sent before a passing failure is reported; 3 unless given. */
  readonly attempts?: number;
}

interface Token {
  readonly text: string;
  /** On the monotonic clock. A hibernated instance wakes with a token this trusts too long; the 401 then renews it. */
  readonly renewAt: number;
}

/**
 * A client of the instance metadata service, version 2 only: no request but the one for a token ever goes out without a
 * token. One token serves all reads, concurrent ones wait for the same request, and no proxy is ever used.
 */
export class Imds {
  readonly #endpoint: string;
  readonly #line: Line;
  readonly #random: Random;
  readonly #attempts: number;
  readonly #closing = new AbortController();
  #token: Token | undefined;
  #renewal: Promise<Outcome<Token>> | undefined;
  readonly #ahead = new Map<string, Promise<Outcome<string | undefined>>>();

  constructor(endpoint: string, options: ImdsOptions) {
    const { clock, random, timeoutMs = 1000, attempts = 3 } = options;
    this.#endpoint = endpoint;
    this.#random = random;
    this.#attempts = attempts;
    // A connection a request: it costs next to nothing on this link, and a kept one costs 40 ms a read with any server that
    // sends head and body apart (its Nagle waits for our delayed ACK, which a fresh connection does not delay).
    const agent = new Agent({ keepAlive: false, maxSockets: MAX_SOCKETS });
    this.#line = { agent, clock, timeoutMs, maxBytes: MAX_BYTES };
  }

  /**
   * The item at `path`, such as `latest/meta-data/instance-id`, already percent-encoded; undefined when IMDS has no such
   * item. Passing failures are retried with jitter and then reported as `retry`.
   * @throws the signal's reason when aborted, or an AbortError once closed.
   */
  async read(path: string, signal?: AbortSignal): Promise<Outcome<string | undefined>> {
    const ahead = this.#ahead.get(path);
    if (ahead === undefined) return this.#read(path, signal);
    this.#ahead.delete(path);
    const outcome = await abortable(ahead, signal ?? this.#closing.signal);
    return outcome.kind === 'ok' ? outcome : this.#read(path, signal);
  }

  /** Asks for items now that will be read in a moment: the next `read` of each, and only that one, gets this answer. */
  readAhead(paths: readonly string[]): void {
    for (const path of paths) {
      const reading = this.#read(path);
      // Whoever reads it hears of the failure; when nobody does, nobody minds.
      reading.catch(() => {});
      this.#ahead.set(path, reading);
    }
  }

  async #read(path: string, signal?: AbortSignal): Promise<Outcome<string | undefined>> {
    const stop = signal ? AbortSignal.any([signal, this.#closing.signal]) : this.#closing.signal;
    const url = `${this.#endpoint}/${path}`;
    let answer = await this.#get(url, stop);
    if (answer.kind === 'ok' && answer.value.status === 401) answer = await this.#get(url, stop);
    if (answer.kind !== 'ok') return answer;
    if (answer.value.status === 401) return tokenRefused(url);
    return ok(answer.value.status === 404 ? undefined : answer.value.body);
  }

  /** Ends what is under way and drops the connections. */
  close(): void {
    this.#closing.abort();
    this.#line.agent.destroy();
  }

  async #get(url: string, signal: AbortSignal): Promise<Outcome<Answer>> {
    const token = await abortable(this.#currentToken(), signal);
    if (token.kind !== 'ok') return token;
    const headers = { 'x-aws-ec2-metadata-token': token.value.text };
    const ask = { method: 'GET', url, headers } as const;
    const answer = await this.#persist(
      async () => judgeRead(ask, await exchange(this.#line, ask, signal)),
      signal,
    );
    // Another reader may have met the 401 first; the token it fetched since is not thrown away.
    const refused = answer.kind === 'ok' && answer.value.status === 401;
    if (refused && this.#token === token.value) this.#token = undefined;
    return answer;
  }

  #currentToken(): Promise<Outcome<Token>> {
    if (this.#token && this.#line.clock.monotonic() < this.#token.renewAt) {
      return Promise.resolve(ok(this.#token));
    }
    this.#renewal ??= this.#renewToken().finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  /** Shared by all who wait, so only `close` stops it: one reader that gives up must not fail the others. */
  async #renewToken(): Promise<Outcome<Token>> {
    const signal = this.#closing.signal;
    const headers = { 'x-aws-ec2-metadata-token-ttl-seconds': String(TOKEN_TTL) };
    const ask = { method: 'PUT', url: `${this.#endpoint}/latest/api/token`, headers } as const;
    return this.#persist(async () => {
      const askedAt = this.#line.clock.monotonic();
      const answer = judgeTokenRequest(ask, await exchange(this.#line, ask, signal));
      if (answer.kind !== 'ok') return answer;
      const lifeMs = tokenLife(answer.value) * 1000;
      this.#token = { text: answer.value.body, renewAt: askedAt + lifeMs * RENEW_AFTER };
      return ok(this.#token);
    }, signal);
  }

  async #persist<T>(once: () => Promise<Outcome<T>>, signal: AbortSignal): Promise<Outcome<T>> {
    for (let attempt = 0; ; attempt += 1) {
      signal.throwIfAborted();
      const outcome = await once();
      if (outcome.kind !== 'retry' || attempt + 1 >= this.#attempts) return outcome;
      await this.#line.clock.sleep(backoffDelay(BACKOFF, attempt, this.#random), signal);
    }
  }
}

function parseEndpoint(text: string): Outcome<string> {
  const url = URL.parse(text);
  const plain = url?.protocol === 'http:' && url.search + url.hash + url.username + url.password === '';
  if (url && plain) return ok(`${url.origin}${url.pathname.replace(/\/+$/, '')}`);
  const hint = 'Give it as http://ADDRESS[:PORT], or unset it.';
  const cause = `"${text}" is not a plain http address`;
  return fail({ code: 'LF_SETTINGS', operation: 'read', subject: ENDPOINT, cause, hint });
}

/** Seconds; a service that gave less than was asked for says so in the header. */
function tokenLife(answer: Answer): number {
  const given = Number(answer.headers['x-aws-ec2-metadata-token-ttl-seconds']);
  return given > 0 ? Math.min(given, TOKEN_TTL) : TOKEN_TTL;
}

/** Waits for shared work without owning it: the signal ends the waiting, not the work. */
function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    const settle = (): void => signal.removeEventListener('abort', abort);
    work.then(resolve, reject).finally(settle);
  });
}
