import type { Clock, Random } from '#kit/clock.ts';
import { faultOf } from '#kit/errors.ts';
import type { Closable } from '#kit/lifecycle.ts';
import { retry, type Outcome } from '#kit/outcome.ts';
import { backoffDelay, type Backoff } from '#kit/retry.ts';
import { phaseOf, untilNextSlot } from '../runtime/schedule.ts';

export interface PollerOptions<T> {
  readonly clock: Clock;
  readonly random: Random;
  readonly intervalMs: number;
  readonly phaseMs: number;
  /** How to space the tries after a passing failure while somebody waits; undefined: nobody does. */
  readonly hurry: () => Backoff | undefined;
  /** One check of the source. */
  readonly tick: (signal: AbortSignal) => Promise<Outcome<T>>;
}

const STOPPING = {
  code: 'LF_AGENT_NOT_RUNNING',
  operation: 'poll',
  subject: 'the source',
  cause: 'the agent is stopping',
  hint: 'Ask again when it runs.',
} as const;

/**
 * A boot asks for every object where a poll asks for the pointer: for six things, if there are four objects and a report. So that a
 * fleet that has booted into an outage does not come back as six fleets when it is over, its tries end up further apart than polls.
 */
const BOOT_INTERVALS = 7;
/** With a long interval nobody waits for as many of them. */
const BOOT_CAP_MS = 210_000;
const BOOT_BASE_MS = 500;

/**
 * For who has nothing and waits: the first tries are quick, and a pause is about as long as the outage has been, some seconds into it
 * they are seconds, an hour into it minutes.
 * @param leftMs until it is given up: the tries come closer again before that.
 */
export function bootBackoff(intervalMs: number, leftMs = Infinity): Backoff {
  const capMs = Math.min(BOOT_INTERVALS * intervalMs, BOOT_CAP_MS, leftMs);
  return { baseMs: BOOT_BASE_MS, capMs: Math.max(capMs, BOOT_BASE_MS) };
}

/** That of an instance with its source: before the first generation somebody waits, after it nobody does. */
export function paceOf(
  instanceId: string,
  intervalMs: number,
  isBooting: () => boolean,
  leftMs: () => number = () => Infinity,
): Pick<PollerOptions<unknown>, 'intervalMs' | 'phaseMs' | 'hurry'> {
  return {
    intervalMs,
    phaseMs: phaseOf(instanceId, intervalMs),
    hurry: () => (isBooting() ? bootBackoff(intervalMs, leftMs()) : undefined),
  };
}

/**
 * In intervals: between a failure and the slot after it, a third of a fleet tries once more. An outage is then asked 1.4 times
 * (e^(1/3)) as often as a quiet day, from its first second on. With half an interval, growing to a whole one, it was 3 times.
 */
const JITTER_INTERVALS = 3;

/**
 * One tick at a time, one per interval, at this instance's own place in it, which it keeps through an outage. After a passing
 * failure full jitter may bring it back before: what fails at that moment of each interval does not strand an instance, and no
 * herd comes back at once.
 */
export class Poller<T> implements Closable {
  readonly name = 'poller';
  readonly #options: PollerOptions<T>;
  readonly #stop = new AbortController();
  #waiters: ((outcome: Outcome<T>) => void)[] = [];
  #wake: AbortController | undefined;
  #loop: Promise<void> = Promise.resolve();
  #attempt = 0;
  #nextAt: number | undefined;

  constructor(options: PollerOptions<T>) {
    this.#options = options;
  }

  /** Epoch ms of the next tick, if nobody asks for one before; undefined while one runs. */
  get nextAt(): number | undefined {
    return this.#nextAt;
  }

  /** The first tick comes after `firstDelayMs`, or at the next slot when that is undefined. */
  start(firstDelayMs?: number): void {
    this.#loop = this.#run(firstDelayMs ?? this.#untilSlot());
  }

  /**
   * Ticks now. A tick under way may have read the old state already, so this waits for one that starts later; after
   * `close` there is none, and the answer says so.
   */
  pollNow(): Promise<Outcome<T>> {
    if (this.#stop.signal.aborted) return Promise.resolve(retry(STOPPING));
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
      this.#wake?.abort();
    });
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#wake?.abort();
    await this.#loop;
    for (const answer of this.#waiters.splice(0)) answer(retry(STOPPING));
  }

  async #run(firstDelayMs: number): Promise<void> {
    let delayMs = firstDelayMs;
    for (;;) {
      this.#nextAt = this.#options.clock.now() + delayMs;
      await this.#sleep(delayMs);
      this.#nextAt = undefined;
      if (this.#stop.signal.aborted) return;
      const asked = this.#waiters;
      this.#waiters = [];
      const outcome = await this.#tick();
      for (const answer of asked) answer(outcome);
      delayMs = this.#delayAfter(outcome);
    }
  }

  /** Aborted calls throw; and whatever a defect throws must not end the loop that would outlive it. */
  async #tick(): Promise<Outcome<T>> {
    try {
      return await this.#options.tick(this.#stop.signal);
    } catch (error) {
      return retry(this.#stop.signal.aborted ? STOPPING : faultOf(error, 'check', 'the source'));
    }
  }

  async #sleep(ms: number): Promise<void> {
    if (this.#waiters.length > 0 || this.#stop.signal.aborted) return;
    const wake = new AbortController();
    this.#wake = wake;
    await this.#options.clock.sleep(ms, wake.signal).catch(() => {});
    this.#wake = undefined;
  }

  #delayAfter(outcome: Outcome<T>): number {
    const { intervalMs, hurry, random } = this.#options;
    if (outcome.kind !== 'retry') {
      this.#attempt = 0;
      return this.#untilSlot();
    }
    const hurried = hurry();
    const ownMs = hurried
      ? backoffDelay(hurried, this.#attempt, random)
      : Math.min(random() * JITTER_INTERVALS * intervalMs, this.#untilSlot());
    this.#attempt += 1;
    return Math.max(ownMs, Math.min(outcome.afterMs ?? 0, intervalMs));
  }

  #untilSlot(): number {
    return untilNextSlot(this.#options.clock.now(), this.#options.intervalMs, this.#options.phaseMs);
  }
}
