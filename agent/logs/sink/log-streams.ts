import type { Destination } from '../base/destination.ts';
import type { Drift } from './group-form.ts';
import { LogGroupProvisioner } from './log-group-provisioner.ts';
import type { LogGroupSpec } from './log-group-spec.ts';
import { AccountThrottle } from './account-throttle.ts';
import { StreamQueue, type LaneParts, type LaneState } from './stream-queue.ts';

/** A lane that had nothing to do for so long goes: streams that carry a date would pile up. */
const FORGET_MS = 3_600_000;

/** A hundred streams that have little to say each make no more calls than fifty a second all the same. */
const CALL_MS = 20;

/** All streams this agent writes to: each moves by itself, so that a bad destination holds up no other (case 54). */
export class LogStreams {
  readonly #parts: LaneParts;
  readonly #lanes = new Map<string, StreamQueue>();
  #hurried = false;

  constructor(parts: Omit<LaneParts, 'pace' | 'keeper' | 'gapMs'>) {
    this.#parts = {
      ...parts,
      pace: new AccountThrottle(parts.clock, parts.random),
      keeper: new LogGroupProvisioner(parts),
      gapMs: () => this.#busy() * CALL_MS,
    };
  }

  /** The one lane of a stream, whoever writes to it; of several wishes for its group the last one counts. */
  lane(to: Destination, wish: LogGroupSpec): StreamQueue {
    const key = `${to.group}\n${to.stream}`;
    const known = this.#lanes.get(key);
    if (known) {
      known.wish = wish;
      return known;
    }
    this.#forgetIdle();
    const lane = new StreamQueue(this.#parts, to, wish);
    if (this.#hurried) lane.flush(true);
    this.#lanes.set(key, lane);
    return lane;
  }

  get states(): readonly LaneState[] {
    return [...this.#lanes.values()].map(({ state }) => state);
  }

  /** What of their groups is not as the plan has it, and why. */
  get misfits(): readonly Drift[] {
    return this.#parts.keeper.misfits;
  }

  /** What is gathered now waits for no more company. */
  flush(): void {
    for (const lane of this.#lanes.values()) lane.flush();
  }

  /** From now on nothing waits for company. */
  hurry(): void {
    this.#hurried = true;
    for (const lane of this.#lanes.values()) lane.flush(true);
  }

  /** Resolves when everything that was offered is settled. */
  async idle(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.idle()));
  }

  #busy(): number {
    return [...this.#lanes.values()].filter(({ isIdle }) => !isIdle).length;
  }

  #forgetIdle(): void {
    const before = this.#parts.clock.monotonic() - FORGET_MS;
    for (const [key, lane] of this.#lanes) {
      if (lane.isIdle && lane.usedAt < before) this.#lanes.delete(key);
    }
  }
}
