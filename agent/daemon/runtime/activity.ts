import { isoTime } from '#kit/iso-time.ts';
import type { Clock } from '#kit/clock.ts';
import { formatDuration } from '#kit/duration.ts';
import type { Logger } from '#kit/logger.ts';

/** Until the log says that a step still runs; each pause is twice the one before. */
const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 600_000;

interface Running {
  readonly name: string;
  /** Epoch ms. */
  readonly since: number;
  /** Epoch ms when it is ended at the latest; undefined: nothing bounds it. */
  readonly until: number | undefined;
}

/** `activity` and `waits` of the status: what goes on, and since when. */
export interface Ongoing {
  readonly name: string;
  readonly since: string;
  /** How long already, as a duration. */
  readonly for: string;
  /** When it ends at the latest, or comes; null: nobody knows. */
  readonly until: string | null;
}

/** What the agent is at, or waits for, at this moment: steps of a plan and their commands, the inner one last. */
export class Activity {
  readonly #clock: Clock;
  readonly #logger: Logger;
  #running: readonly Running[] = [];

  constructor({ clock, logger }: { readonly clock: Clock; readonly logger: Logger }) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** @param name such as `scripts`, or the label of a command. @param limitMs its time limit, if it has one. */
  async during<T>(name: string, work: () => Promise<T>, limitMs?: number): Promise<T> {
    const since = this.#clock.now();
    const until = limitMs === undefined ? undefined : since + limitMs;
    const running: Running = { name, since, until };
    const over = new AbortController();
    this.#running = [...this.#running, running];
    void this.#remind(running, over.signal);
    try {
      return await work();
    } finally {
      over.abort();
      this.#running = this.#running.filter((other) => other !== running);
    }
  }

  /** One line for people; undefined: nothing is under way. */
  get line(): string | undefined {
    if (this.#running.length === 0) return undefined;
    const now = this.#clock.now();
    return this.#running.map((one) => describe(one, now)).join(', ');
  }

  /** For `status`, the outer one first. */
  get document(): readonly Ongoing[] {
    const now = this.#clock.now();
    return this.#running.map(({ name, since, until }) => ({
      name,
      since: isoTime(since),
      for: formatDuration(Math.max(0, now - since)),
      until: until === undefined ? null : isoTime(until),
    }));
  }

  async #remind(running: Running, over: AbortSignal): Promise<void> {
    for (let pauseMs = FIRST_PAUSE_MS; !over.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      await this.#clock.sleep(pauseMs, over).catch(() => {});
      if (over.aborted) return;
      // What is inside it says so itself.
      if (this.#running.at(-1) !== running) continue;
      this.#logger.info('still under way', { what: this.line });
    }
  }
}

function describe({ name, since, until }: Running, now: number): string {
  const bound = until === undefined ? '' : `, until ${isoTime(until)} at the latest`;
  return `${name} for ${formatDuration(Math.max(0, now - since))}${bound}`;
}
