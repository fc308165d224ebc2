import type { Clock, Random } from '#kit/clock.ts';
import { backoffDelay } from '#kit/retry.ts';
import { sameVariables, type Variables } from './variables.ts';

/** What this program sees of the configuration at one time. */
export interface Snapshot {
  readonly variables: Variables;
  /** Entity tag of the answer that the properties came from. */
  readonly etag: string;
}

export interface FeedParts {
  /**
   * Waits for another configuration than that of `etag`; undefined when time was up first. Rejects when there is no
   * answer, or none that can be used: then the last one stays in effect.
   */
  readonly next: (etag: string, signal: AbortSignal) => Promise<Snapshot | undefined>;
  readonly clock: Clock;
  readonly random: Random;
  /** A trouble, said once until it has passed. */
  readonly onTrouble: (error: unknown) => void;
}

export interface ConfigurationFeed {
  readonly latest: Variables;
  differsFrom(known: Variables): boolean;
  /** Resolves as soon as the latest is not `known`; rejects when the signal aborts. */
  differs(known: Variables, signal: AbortSignal): Promise<void>;
}

/** An agent that restarts is back in seconds; one that is gone is not worth asking all the time. */
const BACKOFF = { baseMs: 1000, capMs: 30_000 };

/** An agent that is about to stop answers every wait at once. */
const PAUSE_MS = 250;

/** Follows the agent of this host until the signal aborts, through its restarts and outages. */
export function followConfiguration(
  first: Snapshot,
  { next, clock, random, onTrouble }: FeedParts,
  signal: AbortSignal,
): ConfigurationFeed {
  let snapshot = first;
  const waiting = new Set<() => void>();

  const follow = async (): Promise<void> => {
    for (let failures = 0; ;) {
      try {
        snapshot = (await next(snapshot.etag, signal)) ?? snapshot;
        failures = 0;
        for (const look of waiting) look();
        await clock.sleep(PAUSE_MS, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (failures === 0) onTrouble(error);
        await clock.sleep(backoffDelay(BACKOFF, failures, random), signal);
        failures += 1;
      }
    }
  };
  follow().catch(() => {});
  const differsFrom = (known: Variables): boolean => !sameVariables(snapshot.variables, known);

  return {
    differsFrom,
    get latest() {
      return snapshot.variables;
    },
    differs: (known, until) =>
      new Promise((resolve, reject) => {
        const settle = (act: () => void): void => {
          waiting.delete(look);
          act();
        };
        const look = (): void => {
          if (differsFrom(known)) settle(resolve);
        };
        until.addEventListener('abort', () => settle(() => reject(until.reason as Error)), { once: true });
        waiting.add(look);
        look();
      }),
  };
}
