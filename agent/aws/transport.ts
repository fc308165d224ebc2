import type { Fault } from '#kit/errors.ts';
import type { Clock } from '#kit/clock.ts';
import type { ConnectionPools } from './connection-pools.ts';
import { exchange } from './exchange.ts';
import type { HostGuard } from './host-guard.ts';
import type { HttpAnswer, HttpFailure, HttpRequest, TimeLimits } from './http.ts';

export interface Forbidden {
  readonly kind: 'forbidden';
  readonly fault: Fault;
}

export interface Transport {
  send(request: HttpRequest): Promise<HttpAnswer | HttpFailure | Forbidden>;
}

export interface TransportOptions {
  readonly agents: ConnectionPools;
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
