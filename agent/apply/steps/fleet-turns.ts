import type { Clock } from '#kit/clock.ts';
import type { Fault } from '#kit/errors.ts';
import type { Logger } from '#kit/logger.ts';
import { ok, retry, type Outcome } from '#kit/outcome.ts';
import { leaseFor, parseLease, printLease, turnOf, type FleetLease } from './fleet-lease.ts';

/** Small objects below the source of this region. `met`: somebody else wrote first. */
export interface FleetStore {
  read(
    key: string,
    signal: AbortSignal,
  ): Promise<Outcome<{ readonly bytes: Uint8Array; readonly etag: string } | undefined>>;
  /** @param over the ETag of what is to be replaced; undefined: nothing may be there. */
  write(
    key: string,
    bytes: Uint8Array,
    over: string | undefined,
    signal: AbortSignal,
  ): Promise<Outcome<{ readonly etag: string } | 'met'>>;
}

export interface FleetParts {
  readonly store: FleetStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** See `Activity.during`. */
  readonly during: <T>(name: string, work: () => Promise<T>, limitMs?: number) => Promise<T>;
}

/** What one instance of the fleet does for all. */
export interface FleetStep {
  readonly key: string;
  /** Such as `scripts.migrate`. */
  readonly label: string;
  /** Time limit of the command. */
  readonly limitMs: number;
  /** This instance. */
  readonly me: string;
}

/** Between two looks at what another instance is at. */
const LOOK_MS = 5000;
/** So many instances may fail or die at it while we wait; then this one says so, and tries again as with anything that passes. */
const MOST_LEASES = 3;
/** To tell the others that this one is stopped, when the agent has to end. */
const RELEASE_MS = 5000;

/**
 * Runs `run` on one instance of the fleet, and on the others waits until it ended well there. At most one is at it while its
 * lease holds; at least one has done it to its end. A failure is this instance's own, and the next one's turn.
 * @returns who did it, `me` when it ran here.
 */
export async function onceInFleet(
  step: FleetStep,
  { store, clock, logger, during }: FleetParts,
  signal: AbortSignal,
  run: () => Promise<Outcome<void>>,
): Promise<Outcome<string>> {
  const { key, label, limitMs, me } = step;
  const seen = new Map<string, number>();
  for (let isFirst = true; ; isFirst = false) {
    // Written before it is read: without s3:ListBucket S3 denies what is merely absent.
    const found = isFirst ? ok(undefined) : await store.read(key, signal);
    if (found.kind !== 'ok') return found;
    const { bytes, etag } = found.value ?? { bytes: undefined, etag: undefined };
    const since = seen.get(etag ?? '') ?? clock.now();
    if (etag !== undefined) seen.set(etag, since);
    const turn = turnOf(bytes && parseLease(bytes), me, clock.now(), { since, limitMs });
    if (turn.kind === 'done') return ok(turn.by);
    if (turn.kind === 'wait') {
      if (seen.size > MOST_LEASES) return retry(busy(step, turn.by));
      const name = `${label}, which ${turn.by} runs for the fleet`;
      const stopped = await during(name, () => pause(clock, signal), turn.until - clock.now());
      if (stopped) return retry(busy(step, turn.by));
      continue;
    }
    const lease = leaseFor(me, clock.now(), limitMs);
    const taken = await store.write(key, printLease(lease), etag, signal);
    if (taken.kind !== 'ok') return taken;
    if (taken.value === 'met') {
      if (!isFirst && (await pause(clock, signal))) return retry(busy(step, 'another instance'));
      continue;
    }
    const outcome = await run();
    const end: FleetLease = { ...lease, state: outcome.kind === 'ok' ? 'done' : 'failed', at: clock.now() };
    const told = await store.write(key, printLease(end), taken.value.etag, AbortSignal.timeout(RELEASE_MS));
    if (told.kind !== 'ok')
      logger.warn('the fleet could not be told, and another instance may run it again', {
        step: label,
        code: told.fault.code,
      });
    return outcome.kind === 'ok' ? ok(me) : outcome;
  }
}

/** True when the agent stops. */
async function pause(clock: Clock, signal: AbortSignal): Promise<boolean> {
  await clock.sleep(LOOK_MS, signal).catch(() => {});
  return signal.aborted;
}

function busy({ key, label }: FleetStep, by: string): Fault {
  return {
    code: 'LF_APPLY_SCRIPT',
    operation: 'wait for',
    subject: label,
    cause: `${by} is at it for the fleet, and those before it did not end it`,
    hint: `Look at the log of ${by}; ${key} below the source says who is at it.`,
  };
}
