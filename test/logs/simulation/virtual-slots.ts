import type { SlotName, Slots } from '#agent/logs/files/checkpoint-slots.ts';
import type { Clock, Random } from '#kit/clock.ts';
import { fail, ok } from '#kit/outcome.ts';
import { diskFull } from '../support/disk-full.ts';
import type { Life } from './life.ts';

/**
 * Slots on a disk that may be full. Of a durable save that a kill interrupts, the disk holds the old, the new or a part of it; of
 * another, which is a rename in memory, the old or the new.
 */
export class VirtualSlots {
  readonly #kept = new Map<SlotName, Uint8Array>();
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #failures: number;
  #underWay: { readonly name: SlotName; readonly bytes: Uint8Array } | undefined;
  /** When the save began that is the last one known to be whole, by the monotonic clock. */
  savedFrom = -Infinity;

  /** @param failures of a hundred saves. */
  constructor(clock: Clock, random: Random, failures: number) {
    this.#clock = clock;
    this.#random = random;
    this.#failures = failures;
  }

  seenBy(life: Life): Slots {
    return {
      load: (name) => life.step(() => this.#kept.get(name)),
      save: async (name, bytes) => {
        const from = this.#clock.monotonic();
        if (this.#random() * 100 < this.#failures) return fail(diskFull());
        this.#underWay = { name, bytes };
        await life.clock.sleep(this.#random() * (name === 'recent' ? 2 : 40));
        this.#underWay = undefined;
        this.#kept.set(name, bytes);
        this.savedFrom = from;
        return ok(undefined);
      },
    };
  }

  /** Whether what is kept names a file. */
  hold(path: string): boolean {
    return [...this.#kept.values()].some((bytes) =>
      Buffer.from(bytes).toString().includes(JSON.stringify(path)),
    );
  }

  /** What the kill leaves of a save that was under way. */
  interrupt(): void {
    if (!this.#underWay) return;
    const { name, bytes } = this.#underWay;
    this.#underWay = undefined;
    const fate = this.#random();
    if (fate < (name === 'recent' ? 0.5 : 0.25)) this.#kept.set(name, bytes);
    else if (name === 'recent') return;
    else if (fate < 0.75) this.#kept.set(name, bytes.subarray(0, Math.floor(this.#random() * bytes.length)));
  }
}
