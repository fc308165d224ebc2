import type { Fault } from '#kit/errors.ts';
import type { Clock } from '#kit/clock.ts';
import type { Agents } from './agents.ts';
import { exchange } from './exchange.ts';
import type { HostGuard } from './host-guard.ts';

/** `path` goes out byte for byte: a URL would fold `..` segments, which are ordinary letters in an S3 key. */
export interface HttpRequest {
  /** When left out PUT with a body, else GET. */
  readonly method?: 'POST';
  /** A POST that does no harm when it is carried out twice: it only reads, or sets what it would set again. */
  readonly repeatable?: boolean;
  readonly origin: URL;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Largest body of a 2xx answer. Of any other answer the first 64 KiB are kept: enough for an error document. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly kind: 'answer';
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Why there is no answer, decided here so that nobody else reads an errno. */
export type FailureReason =
  | 'aborted'
  | 'dns'
  | 'malformed'
  | 'refused'
  | 'reset'
  | 'timeout'
  | 'tls'
  | 'too-large'
  | 'truncated'
  | 'unreachable';

export interface HttpFailure {
  readonly kind: 'failure';
  readonly reason: FailureReason;
  /** One clause for people, with the errno where there is one. */
  readonly detail: string;
  /** The connection was a kept one that the other side had closed meanwhile. */
  readonly stale: boolean;
}

export interface Forbidden {
  readonly kind: 'forbidden';
  readonly fault: Fault;
}

/** All in milliseconds. */
export interface TimeLimits {
  /** Until the request has left this host: name, connection, TLS. */
  readonly connectMs: number;
  /** Until the head of the answer is here. */
  readonly firstByteMs: number;
  /** Until its last byte: what stops a body that trickles. */
  readonly totalMs: number;
}

export interface Transport {
  send(request: HttpRequest): Promise<HttpAnswer | HttpFailure | Forbidden>;
}

export interface TransportOptions {
  readonly agents: Agents;
  /** Not optional: there is no transport without one. */
  readonly guard: HostGuard;
  readonly limits: TimeLimits;
  readonly clock: Clock;
}

/** Requests over kept connections, guarded, bounded in time and bytes. Redirects are answers like any other. */
export function createTransport(options: TransportOptions): Transport {
  const { agents, guard, limits, clock } = options;
  return {
    send: async (request) => {
      const fault = guard(request.origin);
      if (fault) return { kind: 'forbidden', fault };
      const secure = request.origin.protocol === 'https:';
      const agent = secure ? agents.tls(request.origin) : agents.plain;
      const first = await exchange(request, agent, limits, clock);
      // The other side may close a kept connection in the instant we use it (RFC 9112, 9.5): that says nothing about the
      // service, and a GET or a PUT of the same bytes may be sent again. Not so a POST (RFC 9110, 9.2.2): a reset before
      // the head looks alike whether the request was never read or was carried out by a server that then died, so only
      // its caller can say that twice does no harm.
      const again = request.method === undefined || request.repeatable === true;
      return first.kind === 'failure' && first.stale && again
        ? exchange(request, agent, limits, clock)
        : first;
    },
  };
}
