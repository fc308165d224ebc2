import type { Facts } from '#config-service';

/** What an object of a fleet's turn says: who is at it or was, and until when it is that instance's. Times are epoch ms. */
export interface FleetLease {
  readonly state: 'running' | 'done' | 'failed';
  /** An instance id. */
  readonly by: string;
  readonly at: number;
  readonly until: number;
}

export type FleetTurn =
  | { readonly kind: 'ours' }
  | { readonly kind: 'done'; readonly by: string }
  | { readonly kind: 'wait'; readonly by: string; readonly until: number };

/** Beyond the time limit of the command itself: for ending it, and for telling. */
const MARGIN_MS = 60_000;
/** How far two clocks of a region may be apart. */
const SKEW_MS = 60_000;

/**
 * Whose turn it is. Nobody's yet, one that failed or let it run out, and our own of before a crash are ours to take.
 * @param seen when this very lease was first seen here, and for how long it can hold at most: a clock that is far ahead
 * keeps nobody waiting longer.
 */
export function turnOf(
  lease: FleetLease | undefined,
  me: string,
  now: number,
  seen: { readonly since: number; readonly limitMs: number },
): FleetTurn {
  if (lease === undefined || lease.state === 'failed') return { kind: 'ours' };
  if (lease.state === 'done') return { kind: 'done', by: lease.by };
  const until = Math.min(lease.until + SKEW_MS, seen.since + seen.limitMs + MARGIN_MS + SKEW_MS);
  return lease.by === me || now >= until ? { kind: 'ours' } : { kind: 'wait', by: lease.by, until };
}

export function leaseFor(me: string, now: number, limitMs: number): FleetLease {
  return { state: 'running', by: me, at: now, until: now + limitMs + MARGIN_MS };
}

/**
 * Below the source. The fleet is what reads this source in this environment: a script of `base` that migrates a database has
 * another one in each.
 */
export function leaseKey({ environment }: Facts, name: string, sha256: string): string {
  const scope = environment === undefined ? 'any' : `environment/${encodeURIComponent(environment)}`;
  return `fleet/${scope}/${name}/${sha256}.json`;
}

export function printLease({ state, by, at, until }: FleetLease): Uint8Array {
  const times = { at: new Date(at).toISOString(), until: new Date(until).toISOString() };
  return new TextEncoder().encode(`${JSON.stringify({ state, by, ...times })}\n`);
}

/** Undefined for what no agent writes there: the next one writes over it. */
export function parseLease(bytes: Uint8Array): FleetLease | undefined {
  try {
    const { state, by, at, until } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    if (state !== 'running' && state !== 'done' && state !== 'failed') return undefined;
    const times = [Date.parse(String(at)), Date.parse(String(until))] as const;
    if (typeof by !== 'string' || times.some((time) => Number.isNaN(time))) return undefined;
    return { state, by, at: times[0], until: times[1] };
  } catch {
    return undefined;
  }
}
