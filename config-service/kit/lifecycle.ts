import type { Clock } from './clock.ts';
import type { Logger } from './logger.ts';

/** Something that runs. `close` drains, is idempotent, and ignores being asked twice. */
export interface Closable {
  readonly name: string;
  close(): Promise<void>;
}

/** Started in order, stopped in reverse, all within one deadline: what is late is left behind, never waited for. */
export class Lifecycle {
  readonly #started: Closable[] = [];
  readonly #clock: Clock;
  readonly #logger: Logger;
  #closing: Promise<void> | undefined;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  add(closable: Closable): void {
    this.#started.push(closable);
  }

  /** @param deadlineMs for all parts together, in milliseconds. */
  close(deadlineMs: number): Promise<void> {
    this.#closing ??= this.#closeAll(deadlineMs);
    return this.#closing;
  }

  async #closeAll(deadlineMs: number): Promise<void> {
    const end = this.#clock.monotonic() + deadlineMs;
    for (const closable of this.#started.toReversed()) {
      const late = new AbortController();
      const closed = closable.close().then(
        () => true,
        (error: unknown) => {
          this.#logger.warn('stop failed', { part: closable.name, error: String(error) });
          return true;
        },
      );
      const expired = this.#clock.sleep(Math.max(0, end - this.#clock.monotonic()), late.signal).then(
        () => false,
        () => false,
      );
      if (!(await Promise.race([closed, expired]))) {
        this.#logger.warn('stop took too long, going on', { part: closable.name });
      }
      late.abort();
    }
  }
}
