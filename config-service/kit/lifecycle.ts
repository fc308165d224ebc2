import type { Clock } from './clock.ts';
import type { Logger } from './logger.ts';

/** Something that runs. `close` drains, is idempotent, and ignores being asked twice. */
export interface Closable {
  readonly name: string;
  close(): Promise<void>;
}

/** Started in order, stopped in reverse, each stop with a deadline in milliseconds. */
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

  close(deadlineMs: number): Promise<void> {
    this.#closing ??= this.#closeAll(deadlineMs);
    return this.#closing;
  }

  async #closeAll(deadlineMs: number): Promise<void> {
    for (const closable of this.#started.toReversed()) {
      const late = new AbortController();
      const closed = closable.close().then(
        () => true,
        (error: unknown) => {
          this.#logger.warn('stop failed', { part: closable.name, error: String(error) });
          return true;
        },
      );
      const expired = this.#clock.sleep(deadlineMs, late.signal).then(
        () => false,
        () => false,
      );
      if (!(await Promise.race([closed, expired]))) {
        this.#logger.warn('stop took too long, going on', { part: closable.name, deadlineMs });
      }
      late.abort();
    }
  }
}
