import {
  building,
  type Built,
  type Candidate,
  type EventLog,
  type Fetched,
  type Generation,
  type GenerationPolicy,
  type LookUpExternal,
  type Sighted,
} from '#config-service';
import type { Clock } from '#kit/clock.ts';
import { faultOf, type Fault } from '#kit/errors.ts';
import type { Logger } from '#kit/logger.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import type { Secrets } from '../../secrets/secrets.ts';
import type { AddressBook } from './address-book.ts';
import type { BootTimes } from '../runtime/boot-times.ts';
import { inSlices, type SliceOptions } from '../runtime/slices.ts';
import { NOTHING_RENDERED, type Applier, type ApplyOrder } from './applier.ts';
import type { GenerationRing } from './generation-ring.ts';
import { logSighted, NOTHING_SIGHTED, tallyOf, type GuardTally } from './guard-tally.ts';
import type { OverrideSet } from '../runtime/override-set.ts';
import type { Scope } from './scope.ts';

export interface ActivatorOptions extends Pick<SliceOptions, 'breathe'> {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventLog;
  readonly ring: GenerationRing;
  readonly overrides: OverrideSet;
  readonly policy: GenerationPolicy;
  /** Whose regions public addresses are; left out: unknown. */
  readonly addresses?: Pick<AddressBook, 'note' | 'settle'>;
  /** Left out: there are none, and a reference to one refuses. */
  readonly secrets?: Pick<Secrets, 'settle' | 'accepted'>;
  readonly boot: Pick<BootTimes, 'during' | 'over'>;
  /** What else is wrong with the plans, after all that can be said at once. */
  readonly judgeFurther?: (layers: Fetched['layers']) => Promise<Fault | undefined>;
  /** Brings the plan of a generation into this host; left out: nothing is applied. */
  readonly applier?: Applier;
}

/** Something fetched, for whom, and what it is measured against. */
export interface Activation {
  readonly fetched: Fetched;
  readonly scope: Scope;
  readonly before: Generation | undefined;
  /** Somebody ordered it and waits for the answer: nobody has published it. */
  readonly isOrder?: boolean;
  /** Why the same content was refused before, beside other overrides. */
  readonly refusedFor?: Fault | undefined;
  readonly signal: AbortSignal;
}

/**
 * From fetched layers to the generation in effect: build, judge, apply, flip. The one place where `active` changes, and
 * not to be called again before it has ended.
 */
export class Activator {
  readonly #options: ActivatorOptions;
  readonly #refusals = new Map<string, number>();
  #sighted = NOTHING_SIGHTED;
  #applying = false;

  constructor(options: ActivatorOptions) {
    this.#options = options;
  }

  get refusals(): ReadonlyMap<string, number> {
    return this.#refusals;
  }

  /** What the guard let pass of the active generation and the lines rendered from it. */
  get sighted(): GuardTally {
    return this.#sighted;
  }

  /** False while the first generation is on its way into this host: readers see it already, nobody may rely on it. */
  get settled(): boolean {
    return !this.#applying;
  }

  /** A retry is no verdict: the same content may be activated later. */
  async activate(activation: Activation): Promise<Outcome<void>> {
    const { ring, logger, boot } = this.#options;
    const number = ring.nextNumber;
    this.#options.policy.beginRound?.();
    const settled = await boot.during('resolve', () => this.build(activation, number));
    if (settled.kind !== 'ok') return settled;
    const built = settled.value;
    for (const { message, ...place } of built.warnings) logger.warn(message, place);
    if (built.kind === 'refused') return this.#refuse(number, activation, built.digest, built.fault);
    const unfit = await this.#options.judgeFurther?.(activation.fetched.layers);
    if (unfit) return this.#refuse(number, activation, built.digest, unfit);
    // Hooks and events name the generation that readers will see.
    const next = { ...built.generation, number: ring.numberFor(built.generation) };
    const applied = await boot.during('plan', () =>
      this.#apply(next, activation, (rendered) => this.#flip(built, rendered, activation)),
    );
    if (applied.kind === 'fail') return this.#refuse(number, activation, built.digest, applied.fault);
    if (applied.kind === 'ok') {
      boot.over();
      this.#options.secrets?.accepted();
    }
    return applied;
  }

  /** Judged, once every secret it asks for was read. */
  async build(activation: Activation, number: number): Promise<Outcome<Built>> {
    const { policy, secrets, addresses } = this.#options;
    const { before, signal } = activation;
    const build = async (external?: LookUpExternal): Promise<Built> => {
      const candidate = this.#candidate(activation, number);
      const steps = building(external ? { ...candidate, external } : candidate, policy, before);
      const built = await inSlices(steps, { ...this.#options, signal });
      return addresses ? addresses.note(built) : built;
    };
    const settled = async () => (secrets ? secrets.settle(build, signal) : ok(await build()));
    return addresses ? addresses.settle(settled, signal) : settled();
  }

  #candidate({ fetched, scope }: Activation, number: number): Candidate {
    const { overrides, clock } = this.#options;
    const { facts, selection } = scope;
    const { skipped } = selection;
    return { number, fetched, facts, skipped, overrides: overrides.active, activatedAt: clock.now() };
  }

  async #apply(
    next: Generation,
    { fetched, signal }: Activation,
    flip: ApplyOrder['flip'],
  ): Promise<Outcome<void>> {
    const { ring, applier, events } = this.#options;
    if (!applier?.concerns(next, fetched.layers)) return ok(flip(NOTHING_RENDERED));
    const before = ring.active;
    const point = ring.mark();
    const sighted = this.#sighted;
    const flipBack = (): void => {
      ring.revert(point);
      this.#sighted = sighted;
    };
    this.#applying = before === undefined;
    const { layers, objects } = fetched;
    const order = { next, before, layers, ...(objects ? { objects } : {}), flip, flipBack };
    try {
      const applied = await applier.apply(order, signal);
      if (applied.kind !== 'ok') {
        // Nobody reads what did not come into effect, whether or not it is tried again.
        if (ring.active !== before) flipBack();
        return applied;
      }
      if (applied.value.length > 0) {
        const { release } = fetched;
        events.record('applied', { number: next.number, release, changes: applied.value.slice(0, 1000) });
      }
      return ok(undefined);
    } catch (error) {
      // A defect of ours, half way: what readers see must be what is on the host as far as that is known.
      flipBack();
      if (signal.aborted) throw error;
      return fail(faultOf(error, 'apply', 'the new generation'));
    } finally {
      this.#applying = false;
    }
  }

  /** Readers hold the one before or this one from here on (law 5). */
  #flip(built: Extract<Built, { kind: 'accepted' }>, rendered: Sighted, { fetched }: Activation): void {
    const { ring, events, logger } = this.#options;
    const { generation } = built;
    this.#sighted = tallyOf([built, rendered]);
    const isKnown = ring.refresh(generation);
    for (const sighted of isKnown ? [rendered] : [built, rendered]) logSighted(sighted, logger);
    if (isKnown) return;
    const diff = ring.activate(generation);
    const keys = [...diff.added, ...diff.changed, ...diff.removed].map(({ key }) => key).toSorted();
    const { number, digest } = generation;
    const { release } = fetched;
    events.record('generation', { number, release, digest, keys: keys.slice(0, 1000) });
    logger.info('generation active', { number, release, changed: keys.length });
  }

  #refuse(number: number, activation: Activation, digest: string, fault: Fault): Outcome<never> {
    const { ring, clock, events } = this.#options;
    const { fetched, isOrder = false, refusedFor } = activation;
    // An order that is refused is an answer to who gave it, and what is refused again for the same is no news. A number they have only
    // where readers saw them, before they were taken back.
    const isNews = !isOrder && (refusedFor?.code !== fault.code || refusedFor.cause !== fault.cause);
    if (!isNews && ring.nextNumber === number) return fail(fault);
    ring.refuse(number, fetched.release, digest, clock.now(), fault);
    if (isNews) this.#refusals.set(fault.code, (this.#refusals.get(fault.code) ?? 0) + 1);
    events.record('refused', { number, release: fetched.release, code: fault.code });
    return fail(fault);
  }
}
