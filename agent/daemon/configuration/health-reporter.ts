import { isoTime } from '#kit/iso-time.ts';
import { healthKey, printHealth, type Health } from '#config-service';
import { atMost } from '#kit/at-most.ts';
import type { Clock } from '#kit/clock.ts';
import type { Closable } from '#kit/lifecycle.ts';
import type { Logger } from '#kit/logger.ts';
import { faultFields } from '../runtime/fault-fields.ts';
import type { ReleaseVerdict, WriteBelow } from './release-verdict.ts';

interface Report {
  readonly health: Health;
  readonly write: WriteBelow;
}

/** A tick has at most two: a candidate that failed, and the stable release that took its place. */
const MAX_WAITING = 4;
/** Far longer than AWS takes; a report is worth no more. */
const GIVE_UP_MS = 10_000;
/** Time for a last report, out of the 5 s that a stop may take; most of them are for clients of the API. */
const CLOSE_MS = 500;

/**
 * Tells the operators what became of a release here, with one small PUT below the source. Nothing depends on it: it never
 * delays a tick, and an instance that may not write says so once in its log.
 */
export class HealthReporter implements Closable {
  readonly name = 'health reports';
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #relocated: boolean;
  #waiting: readonly Report[] = [];
  /** What was said last of the release said last: the same is not said twice. */
  #said: string | undefined;
  #sending: Promise<void> | undefined;
  #warned = false;

  /** @param relocated whether the fence found state of another region at this boot. */
  constructor(clock: Clock, logger: Logger, relocated: boolean) {
    this.#clock = clock;
    this.#logger = logger;
    this.#relocated = relocated;
  }

  /** Keeps the report for the next `flush`. */
  note({ release, fault, facts, write }: ReleaseVerdict): void {
    const code = fault?.code ?? null;
    const saying = `${release.id} ${code}`;
    if (!write || this.#said === saying) return;
    this.#said = saying;
    const health = {
      release: release.id,
      ok: fault === undefined,
      code,
      at: isoTime(this.#clock.now()),
      instanceId: facts.instanceId,
      role: facts.role ?? null,
      environment: facts.environment ?? null,
      zone: facts.zone,
      relocated: this.#relocated,
    };
    this.#waiting = [...this.#waiting, { health, write }].slice(-MAX_WAITING);
  }

  /** Sends what waits, in the background. Called once a tick: what does not get through is tried again at the next. */
  flush(): void {
    this.#sending ??= this.#send().finally(() => (this.#sending = undefined));
  }

  /** Gives what waits and what is under way a moment; closing the AWS clients, later in the stop, ends the rest. */
  async close(): Promise<void> {
    this.flush();
    await atMost(this.#clock, CLOSE_MS, this.#sending);
  }

  async #send(): Promise<void> {
    for (const report of this.#waiting) {
      if (!(await this.#deliver(report))) return;
      this.#waiting = this.#waiting.filter((other) => other !== report);
    }
  }

  /** False when it is worth another try. */
  async #deliver({ health, write }: Report): Promise<boolean> {
    const outcome = await write(
      healthKey(health),
      Buffer.from(printHealth(health), 'utf8'),
      AbortSignal.timeout(GIVE_UP_MS),
    );
    if (outcome.kind === 'ok') return true;
    if (!this.#warned) this.#logger.warn('health cannot be reported', faultFields(outcome.fault));
    this.#warned = true;
    return outcome.kind === 'fail' || outcome.fault.code === 'LF_SOURCE_DENIED';
  }
}
