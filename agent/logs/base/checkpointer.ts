import type { Clock } from '#kit/clock.ts';
import { describeFault } from '#kit/errors.ts';
import type { Logger } from '#kit/logger.ts';
import type { Checkpoint, Checkpoints } from './checkpoints.ts';

/** From one durable write to the next: a flush of the disk takes longer than to send a batch. */
const SAVE_MS = 1_000;

/** From one write to the next, where streams wait for it: a hundred of them cause no more writes than this. */
const PACE_MS = 5;

/** After a write that failed. */
const RETRY_MS = 10_000;

/**
 * The checkpoints of all sources in one place, written together: a little later, or at once when `keep` asks. What is written
 * less than a second after a durable write outlives any kill, and is made durable when the second is over. A disk that is full or
 * read-only stops no shipping: the write is tried again every now and then, and `failing` says so (case 26).
 */
export class Checkpointer {
  readonly #port: Checkpoints;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #signal: AbortSignal;
  #pages: Map<string, Checkpoint> | undefined;
  #loading: Promise<Map<string, Checkpoint>> | undefined;
  readonly #noted = new Map<string, () => Checkpoint>();
  /** The pages differ from what was written. */
  #dirty = false;
  /** What was written last is not durable. */
  #passing = false;
  #planned: Promise<void> | undefined;
  /** The write under way, or the last one. */
  #writing: Promise<void> = Promise.resolve();
  /** The one behind it. */
  #next: Promise<void> | undefined;
  #failing = false;
  #savedAt = -Infinity;
  #durableAt = -Infinity;
  /** Nothing is written any more that is not durable: it would lie behind what is. */
  #ending = false;

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

  /**
   * Resolves when what is noted by now outlives this process, or cannot. A write under way holds only what was noted before it: all
   * who ask meanwhile share the next one.
   */
  keep(): Promise<void> {
    if (this.#failing) return Promise.resolve();
    return this.#noted.size === 0 ? this.#writing : this.#write();
  }

  /** For the end: writes what is not durable yet, now. */
  async flush(): Promise<void> {
    this.#ending = true;
    await this.#writing;
    await this.#save(true);
    // One that was asked for before may have begun in between, and taken all there was.
    await this.#writing;
  }

  #open(): Promise<Map<string, Checkpoint>> {
    this.#loading ??= this.#port.load().then((pages) => (this.#pages = new Map(pages)));
    return this.#loading;
  }

  #plan(ms: number): void {
    if (this.#planned) return;
    this.#planned = this.#clock
      .sleep(ms, this.#signal)
      .then(() => this.#write())
      .catch(() => {})
      .finally(() => this.#planAgain());
  }

  #planAgain(): void {
    this.#planned = undefined;
    if (this.#signal.aborted) return;
    if (this.#dirty) this.#plan(RETRY_MS);
    else if (this.#noted.size > 0 || this.#passing) this.#plan(this.#rest());
  }

  #rest(): number {
    return Math.max(0, this.#durableAt + SAVE_MS - this.#clock.monotonic());
  }

  #write(): Promise<void> {
    this.#next ??= this.#writing
      .then(() => {
        const wait = this.#savedAt + PACE_MS - this.#clock.monotonic();
        return wait > 0 ? this.#clock.sleep(wait, this.#signal) : undefined;
      })
      .then(() => {
        this.#next = undefined;
        this.#writing = this.#save(this.#ending || this.#rest() === 0);
        return this.#writing;
      });
    return this.#next;
  }

  async #save(durable: boolean): Promise<void> {
    if (!this.#pages) return;
    for (const [key, take] of this.#noted) this.#pages.set(key, take());
    this.#dirty ||= this.#noted.size > 0;
    this.#noted.clear();
    if (!this.#dirty && !(durable && this.#passing)) return;
    this.#dirty = false;
    this.#savedAt = this.#clock.monotonic();
    if (durable) this.#durableAt = this.#savedAt;
    const saved = await this.#port.save(new Map(this.#pages), durable);
    if (saved.kind === 'ok') {
      this.#failing = false;
      this.#passing = !durable;
      if (this.#passing) this.#plan(this.#rest());
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
