import type { Clock } from '#kit/clock.ts';
import { describeFault } from '#kit/errors.ts';
import type { Logger } from '#kit/logger.ts';
import type { Checkpoint, Checkpoints } from './checkpoints.ts';

/**
 * From one write to the next. The first acknowledgement after a while is written at once: a stream that sends less than every
 * second has, when it is killed, only the call under way to send again (case 24).
 */
const SAVE_MS = 1_000;

/** After a write that failed. */
const RETRY_MS = 10_000;

/**
 * The checkpoints of all sources in one place, written together and a little later. A disk that is full or read-only stops no
 * shipping: the write is tried again every now and then, and `failing` says so (case 26).
 */
export class CheckpointBook {
  readonly #port: Checkpoints;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #signal: AbortSignal;
  #pages: Map<string, Checkpoint> | undefined;
  #loading: Promise<Map<string, Checkpoint>> | undefined;
  readonly #noted = new Map<string, () => Checkpoint>();
  /** The pages differ from what is on the disk. */
  #dirty = false;
  #saving: Promise<void> | undefined;
  #failing = false;
  #savedAt = -Infinity;

  constructor(port: Checkpoints, clock: Clock, logger: Logger, signal: AbortSignal) {
    this.#port = port;
    this.#clock = clock;
    this.#logger = logger;
    this.#signal = signal;
  }

  get failing(): boolean {
    return this.#failing;
  }

  async load(key: string): Promise<Checkpoint | undefined> {
    const pages = await this.#open();
    return this.#noted.get(key)?.() ?? pages.get(key);
  }

  /** Written soon, as it is by then. Only after `load`: what was there must not be written over unread. */
  note(key: string, take: () => Checkpoint): void {
    this.#noted.set(key, take);
    this.#plan(this.#rest());
  }

  /** Writes what is not written yet, now. */
  async flush(): Promise<void> {
    await this.#saving;
    await this.#save();
  }

  #open(): Promise<Map<string, Checkpoint>> {
    this.#loading ??= this.#port.load().then((pages) => (this.#pages = new Map(pages)));
    return this.#loading;
  }

  #plan(ms: number): void {
    this.#saving ??= this.#clock
      .sleep(ms, this.#signal)
      .then(() => this.#save())
      .catch(() => {})
      .finally(() => this.#planAgain());
  }

  #planAgain(): void {
    this.#saving = undefined;
    if (this.#signal.aborted) return;
    if (this.#dirty) this.#plan(RETRY_MS);
    else if (this.#noted.size > 0) this.#plan(this.#rest());
  }

  #rest(): number {
    return Math.max(0, this.#savedAt + SAVE_MS - this.#clock.monotonic());
  }

  async #save(): Promise<void> {
    if (!this.#pages) return;
    for (const [key, take] of this.#noted) this.#pages.set(key, take());
    this.#dirty ||= this.#noted.size > 0;
    this.#noted.clear();
    if (!this.#dirty) return;
    this.#dirty = false;
    this.#savedAt = this.#clock.monotonic();
    const saved = await this.#port.save(new Map(this.#pages));
    if (saved.kind === 'ok') {
      this.#failing = false;
      return;
    }
    this.#dirty = true;
    if (!this.#failing) {
      this.#logger.error('log checkpoints cannot be written: a restart would send logs again', {
        code: saved.fault.code,
        error: describeFault(saved.fault),
      });
    }
    this.#failing = true;
  }
}
