import type { Generation } from '#config-service';
import type { Clock } from '#kit/clock.ts';
import type { Fault } from '#kit/errors.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';

/**
 * Waits for the first accepted generation. What is final ends a bootstrap at once: nobody is there to correct the source
 * while cloud-init waits. A daemon goes on, for somebody may.
 */
export class BootWatch {
  readonly outcome: Promise<Outcome<Generation>>;
  readonly #resolve: (outcome: Outcome<Generation>) => void;
  readonly #finalEnds: boolean;
  #last: Fault | undefined;
  #isApplying = (): boolean => false;
  #isOverdue = false;

  /** @param finalEnds whether a failure that no waiting heals is the outcome. */
  constructor(finalEnds: boolean) {
    const { promise, resolve } = Promise.withResolvers<Outcome<Generation>>();
    this.outcome = promise;
    this.#resolve = resolve;
    this.#finalEnds = finalEnds;
  }

  /** Gives up after `patienceMs` with the last fault; the returned signal aborts then. Undefined waits forever. */
  expireAfter(patienceMs: number | undefined, clock: Clock, cancel: AbortSignal): AbortSignal {
    const expired = new AbortController();
    if (patienceMs === undefined) return expired.signal;
    const giveUp = (): void => {
      expired.abort();
      if (this.#isApplying()) this.#isOverdue = true;
      else this.#resolve(fail(this.#last ?? NOTHING_YET));
    };
    clock.sleep(patienceMs, cancel).then(giveUp, () => {});
    return expired.signal;
  }

  /** While the first generation is being applied patience does not end: scripts have time limits of their own. */
  extendWhile(isApplying: () => boolean): void {
    this.#isApplying = isApplying;
  }

  note(outcome: Outcome<unknown>, active: Generation | undefined): void {
    if (active) this.#resolve(ok(active));
    if (outcome.kind === 'ok') return;
    this.#last = outcome.fault;
    if (this.#isOverdue || (outcome.kind === 'fail' && this.#finalEnds)) this.#resolve(fail(outcome.fault));
  }
}

const NOTHING_YET: Fault = {
  code: 'LF_SOURCE_UNREACHABLE',
  operation: 'boot from',
  subject: 'the source',
  cause: 'the first check did not end in time',
  hint: 'Raise LANDFALL_BOOT_TIMEOUT, or look at the network between this instance and S3.',
};
