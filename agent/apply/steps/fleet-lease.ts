import { isoTime } from '#kit/iso-time.ts';
import { isRecord } from '#kit/is-record.ts';
import { jsonOfBytes } from '#kit/json-text.ts';
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
  const times = { at: isoTime(at), until: isoTime(until) };
  return new TextEncoder().encode(`${JSON.stringify({ state, by, ...times })}\n`);
}

/** Undefined for what no agent writes there: the next one writes over it. */
export function parseLease(bytes: Uint8Array): FleetLease | undefined {
  const document = jsonOfBytes(bytes);
  if (!isRecord(document)) return undefined;
  const { state, by } = document;
  if (state !== 'running' && state !== 'done' && state !== 'failed') return undefined;
  const at = Date.parse(String(document['at']));
  const until = Date.parse(String(document['until']));
  return typeof by !== 'string' || Number.isNaN(at + until) ? undefined : { state, by, at, until };
}
