import type { Clock } from '#kit/clock.ts';
import { codeOf, late, stopped, type Caller } from './calls.ts';

/**
 * EC2 answers from replicas: an id it gave a moment ago may be unknown to the next request. For half a minute "not found" is
 * asked again and means nothing (EC2 developer guide, "Eventual consistency").
 */
export const FRESH_MS = 30_000;

const RETRY_MS = 1000;

export interface Freshness {
  readonly clock: Clock;
  readonly caller: Caller;
  /** Epoch ms at which the id came into being; undefined for one that is old. */
  readonly bornAt: number | undefined;
}

/**
 * Asks until there is something, or the id is no longer fresh. @throws LandfallError when the command ends before that: what was not
 * found by then is not known to be missing, and would be copied a second time.
 */
export async function seek<T>(
  { clock, caller, bornAt }: Freshness,
  look: () => Promise<T | undefined>,
): Promise<T | undefined> {
  for (;;) {
    const found = await look();
    if (found !== undefined || !isFresh(clock, bornAt)) return found;
    const now = await pause(caller);
    if (now === 'stopped') throw stopped('look for');
    if (now === 'late') throw late('look for', caller.region);
  }
}

/** Acts on a fresh id, again while EC2 does not know it. @throws CallRefused when it stays unknown. */
export async function actOnFresh<T>({ clock, caller, bornAt }: Freshness, act: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!codeOf(error).endsWith('.NotFound') || !isFresh(clock, bornAt)) throw error;
      if ((await pause(caller)) !== 'on') throw error;
    }
  }
}

function isFresh(clock: Clock, bornAt: number | undefined): boolean {
  const age = bornAt === undefined ? Infinity : clock.now() - bornAt;
  return age >= 0 && age < FRESH_MS;
}

function pause({ patience }: Caller) {
  return patience.sleep(Math.min(RETRY_MS, patience.pollMs));
}
