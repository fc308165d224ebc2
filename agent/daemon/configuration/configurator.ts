import {
  blankFetch,
  selectLayers,
  type Chosen,
  type EventLog,
  type Facts,
  type Fetched,
  type Generation,
  type GenerationPolicy,
} from '#config-service';
import type { Clock } from '#kit/clock.ts';
import { faultOf, type Fault } from '#kit/errors.ts';
import type { Logger } from '#kit/logger.ts';
import { fail, ok, retry, type Fail, type Outcome, type Retry } from '#kit/outcome.ts';
import { createSerial } from '#kit/serial.ts';
import type { Secrets } from '../../secrets/secrets.ts';
import { Activator, type ActivatorOptions } from './activator.ts';
import type { Applier } from './applier.ts';
import { isApplyFailure } from './apply-failure.ts';
import { isSameBasis, isSameContent, type Basis } from './basis.ts';
import { CheckHistory } from './check-history.ts';
import type { CheckState } from './check-state.ts';
import type { GenerationRing } from './generation-ring.ts';
import type { GuardTally } from './guard-tally.ts';
import type { Kept, StateStore } from '../runtime/state-store.ts';
import type { ActiveOverride, OverrideSet } from '../runtime/override-set.ts';
import type { ReleaseVerdict } from './release-verdict.ts';
import type { NamedFacts } from './named-facts.ts';
import { covers, fetchPhase, isSameScope, type OpenedSource, type Scope } from './scope.ts';

export interface ConfiguratorOptions extends Pick<
  ActivatorOptions,
  'addresses' | 'boot' | 'breathe' | 'judgeFurther'
> {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventLog;
  readonly ring: GenerationRing;
  readonly overrides: OverrideSet;
  readonly readFacts: (signal: AbortSignal) => Promise<Outcome<Facts>>;
  /** Facts that only some configurations name, with what is asked for them. */
  readonly nameFacts: (
    facts: Facts,
    layers: Fetched['layers'],
    signal: AbortSignal,
  ) => Promise<Outcome<NamedFacts>>;
  readonly openSource: (facts: Facts) => Outcome<OpenedSource>;
  readonly order: readonly string[];
  readonly policy: GenerationPolicy;
  readonly secrets?: Pick<Secrets, 'settle' | 'accepted'>;
  readonly applier?: Applier;
  readonly memory: Pick<StateStore, 'save'>;
  /** Told what became of a release. A candidate that was refused must not be chosen again. */
  readonly onVerdict?: (verdict: ReleaseVerdict) => void;
  /** The last known good of this instance, as it lay on the disk at boot. */
  readonly kept: Kept | undefined;
}

/** How many candidates were taken to be judged and brought into effect, and how many of them are through. */
export interface ChangeCounts {
  readonly begun: number;
  readonly ended: number;
}

export interface Checked {
  readonly changed: boolean;
  readonly generation: number;
}

/**
 * From the source to the active generation. What judges and activates takes turns, so that no two candidates interleave,
 * whether a tick, an override or an expiry asked for them; fetching and saving go on beside that.
 */
export class Configurator {
  readonly #options: ConfiguratorOptions;
  readonly #journal: CheckHistory;
  readonly #activator: Activator;
  /** Queue in which judgements and activations take turns. */
  readonly #serial = createSerial();
  /** What the last check was for, whether or not it got an answer. */
  #wanted: Scope | undefined;
  /** What `#fetched` is for. */
  #scope: Scope | undefined;
  /** What the last fetch gave, accepted or not: the base of conditional requests. */
  #fetched: Fetched | undefined;
  /** What the active generation was made from. */
  #accepted: { readonly fetched: Fetched; readonly scope: Scope } | undefined;
  /** What was judged last, and how that ended: the same is not judged again. */
  #verdict: { readonly basis: Basis; readonly fault: Fault | undefined } | undefined;
  /** What was fetched last and refused. An override that comes or goes has it judged again: that is no other content. */
  #refused: { readonly basis: Basis; readonly fault: Fault } | undefined;
  /** The last known good, until it was judged. */
  #kept: Kept | undefined;
  /** What was accepted in this tick and is not on the disk yet. */
  #unkept: { readonly fetched: Fetched; readonly scope: Scope } | undefined;
  #changes: ChangeCounts = { begun: 0, ended: 0 };

  constructor(options: ConfiguratorOptions) {
    this.#options = options;
    this.#kept = options.kept;
    this.#journal = new CheckHistory(options);
    this.#activator = new Activator(options);
  }

  get state(): CheckState {
    return this.#journal.state;
  }

  /** For whom and from where the last check was; undefined before the first. */
  get scope(): Scope | undefined {
    return this.#wanted;
  }

  /** What the active generation was made from; undefined before the first. */
  get layers(): Fetched['layers'] | undefined {
    return this.#accepted?.fetched.layers;
  }

  /** What the source has beside the layers of this instance, as far as it was listed. */
  get others(): readonly string[] | undefined {
    return this.#fetched?.others;
  }

  /** What was fetched last, accepted or not. */
  get fetchedLayers(): Fetched['layers'] | undefined {
    return this.#fetched?.layers;
  }

  /** As the last fetch found the source; undefined before the first. */
  get layout(): string | undefined {
    return this.#fetched?.layout ?? this.#accepted?.fetched.layout;
  }

  /** In release layout, what there is to follow, and what is followed. */
  get chosen(): Chosen | undefined {
    return this.#fetched?.chosen;
  }

  get refusals(): ReadonlyMap<string, number> {
    return this.#activator.refusals;
  }

  /** See `Activator`. */
  get sighted(): GuardTally {
    return this.#activator.sighted;
  }

  get changes(): ChangeCounts {
    return this.#changes;
  }

  /** False while the first generation is on its way into this host. */
  get settled(): boolean {
    return this.#activator.settled;
  }

  /**
   * One tick: facts, fetch, judge, activate.
   * @throws only when the signal aborts.
   */
  async check(signal: AbortSignal): Promise<Outcome<Checked>> {
    const before = this.#options.ring.active?.number;
    const outcome = await this.#attempt(signal).catch((error: unknown) => {
      if (signal.aborted) throw error;
      // A defect of ours: the good generation stays, and is as stale as after any other failure.
      return retry(faultOf(error, 'check', 'the source'));
    });
    if (!signal.aborted) this.#journal.note(outcome, this.#options.ring.active !== undefined);
    // Noted first: what was just fetched must not be seen as stale for as long as the disk takes.
    await this.#keep();
    if (outcome.kind !== 'ok') return outcome;
    const generation = this.#options.ring.active?.number ?? 0;
    return ok({ changed: generation !== before, generation });
  }

  /**
   * Takes the last known good of this instance, judged like anything else, when the source gave no first generation.
   * It stands in only for exactly the layers that apply now: without the tags of now there is nothing to say that.
   */
  async recover(signal: AbortSignal): Promise<void> {
    const wanted = this.#wanted;
    const kept = wanted && this.#keptFor(wanted);
    if (!kept) return;
    const named = await this.#named(kept.fetched, wanted, signal);
    if (named.kind !== 'ok') return;
    const scope = named.value;
    this.#kept = undefined;
    const judged = await this.#serial.run(() => this.#judge(kept.fetched, scope, signal));
    // What passes may have passed with the next check that fails.
    if (judged.kind === 'retry') this.#kept = kept;
    if (judged.kind !== 'ok') return;
    this.#journal.servedFromLastGood(kept.savedAt);
    const { release } = kept.fetched;
    this.#options.logger.warn('serving the last known good configuration', { release });
  }

  /** What comes next is judged anew, though the source did not change; `failed`: only where it was this host that failed. */
  reconsider(which: 'all' | 'failed'): void {
    const fault = this.#verdict?.fault;
    if (which === 'all' || (fault && isApplyFailure(fault))) this.#verdict = undefined;
  }

  /** Judges what is there again, after the overrides changed. Undefined, or why the outcome was refused. */
  rebuild(signal: AbortSignal): Promise<Fault | undefined> {
    return this.#serial.run(() => this.#rejudge(signal, false));
  }

  /** All or nothing: a set of overrides that is refused leaves the one before in force. */
  override(
    change: (overrides: OverrideSet) => readonly ActiveOverride[],
    signal: AbortSignal,
  ): Promise<Fault | undefined> {
    const { overrides } = this.#options;
    return this.#serial.run(async () => {
      const before = overrides.active;
      overrides.replace(change(overrides));
      const fault = await this.#rejudge(signal, true);
      if (fault) overrides.replace(before);
      return fault;
    });
  }

  async #rejudge(signal: AbortSignal, isOrder: boolean): Promise<Fault | undefined> {
    if (!this.#accepted) return undefined;
    const { fetched, scope } = this.#accepted;
    const judged = await this.#judge(fetched, scope, signal, isOrder);
    return judged.kind === 'ok' ? undefined : judged.fault;
  }

  async #attempt(signal: AbortSignal): Promise<Outcome<unknown>> {
    const scope = await this.#readScope(signal);
    if ('kind' in scope) return scope;
    this.#wanted = scope;
    return this.#follow(scope, signal, true);
  }

  /** A candidate that is refused gives its place to the stable release within the tick: nobody waits, nothing is stale. */
  async #follow(scope: Scope, signal: AbortSignal, mayFallBack: boolean): Promise<Outcome<unknown>> {
    const { opened, selection } = scope;
    const previous = this.#scope?.opened.address === opened.address ? this.#fetched : undefined;
    const fetched = await this.#options.boot.during(fetchPhase(opened), () =>
      opened.source.fetch({ layers: selection.selected, previous, signal }),
    );
    if (fetched.kind !== 'ok') return fetched;
    const { chosen } = fetched.value;
    if (chosen?.refused) this.#tell({ ...chosen.refused, track: 'candidate' }, scope);
    const accepted = this.#accepted?.scope.opened.address === opened.address ? this.#accepted : undefined;
    const good = accepted?.fetched ?? this.#keptFor(scope)?.fetched;
    const blank = blankFetch(fetched.value, good, opened.address);
    if (blank && chosen) this.#tell({ ...chosen, fault: blank.fault }, scope);
    const refused = blank ?? (await this.#serial.run(() => this.#take(fetched.value, scope, signal)));
    if (!refused) return ok(undefined);
    const fallsBack = refused.kind === 'fail' && chosen?.track === 'candidate' && mayFallBack;
    return fallsBack ? this.#follow(scope, signal, false) : refused;
  }

  /** Judges what was fetched, unless the same was judged before. */
  async #take(fetched: Fetched, wanted: Scope, signal: AbortSignal): Promise<Retry | Fail | undefined> {
    const named = await this.#named(fetched, wanted, signal);
    if (named.kind !== 'ok') return named;
    const scope = named.value;
    this.#fetched = fetched;
    this.#scope = scope;
    const known = this.#verdict;
    if (known && isSameBasis(known.basis, this.#basisOf(fetched, scope))) {
      return known.fault && fail(known.fault);
    }
    const judged = await this.#judge(fetched, scope, signal);
    if (judged.kind === 'retry') return judged;
    const fault = judged.kind === 'fail' ? judged.fault : undefined;
    if (fetched.chosen) this.#tell({ ...fetched.chosen, fault }, scope);
    this.#refused = fault && { basis: this.#basisOf(fetched, scope), fault };
    if (judged.kind === 'fail') return judged;
    this.#unkept = { fetched, scope };
    return undefined;
  }

  /** Makes what was accepted the last known good of this instance. */
  async #keep(): Promise<void> {
    const unkept = this.#unkept;
    this.#unkept = undefined;
    if (unkept) await this.#options.memory.save(unkept.fetched, unkept.scope.facts.tags);
  }

  #tell(verdict: Pick<ReleaseVerdict, 'release' | 'track' | 'fault'>, { facts, opened }: Scope): void {
    const { release, track, fault } = verdict;
    this.#options.onVerdict?.({ release, track, fault, facts, write: opened.write });
  }

  async #readScope(signal: AbortSignal): Promise<Scope | Exclude<Outcome<never>, { kind: 'ok' }>> {
    const facts = await this.#options.readFacts(signal);
    if (facts.kind !== 'ok') return facts;
    const address = this.#options.openSource(facts.value);
    if (address.kind !== 'ok') return address;
    const known = this.#scope?.opened.address === address.value.address ? this.#scope.opened : undefined;
    const selection = selectLayers(this.#options.order, facts.value);
    return { facts: facts.value, selection, opened: known ?? address.value };
  }

  async #named({ layers }: Fetched, scope: Scope, signal: AbortSignal): Promise<Outcome<Scope>> {
    const named = await this.#options.nameFacts(scope.facts, layers, signal);
    return named.kind === 'ok' ? ok({ ...scope, ...named.value }) : named;
  }

  async #judge(fetched: Fetched, scope: Scope, signal: AbortSignal, isOrder = false): Promise<Outcome<void>> {
    const { begun } = this.#changes;
    this.#changes = { ...this.#changes, begun: begun + 1 };
    try {
      return await this.#bringIn(fetched, scope, signal, isOrder);
    } finally {
      // One at a time: all before this one are through.
      this.#changes = { ...this.#changes, ended: begun + 1 };
    }
  }

  async #bringIn(
    fetched: Fetched,
    scope: Scope,
    signal: AbortSignal,
    isOrder: boolean,
  ): Promise<Outcome<void>> {
    // As it is judged: an override may expire meanwhile.
    const basis = this.#basisOf(fetched, scope);
    const before = await this.#before(scope, signal);
    if (before.kind !== 'ok') return before;
    const refused = this.#refused;
    const refusedFor = refused && isSameContent(refused.basis, basis) ? refused.fault : undefined;
    const activation = { fetched, scope, before: before.value, isOrder, refusedFor, signal };
    const judged = await this.#activator.activate(activation);
    if (judged.kind === 'retry') return judged;
    // It is gone with the answer: what was judged before it stays judged, and is not refused once more.
    if (judged.kind === 'fail' && isOrder) return judged;
    this.#verdict = { basis, fault: judged.kind === 'fail' ? judged.fault : undefined };
    if (judged.kind === 'fail') return judged;
    this.#accepted = { fetched, scope };
    this.#kept = undefined;
    return judged;
  }

  #basisOf({ layers }: Fetched, scope: Scope): Basis {
    return { layers, scope, overrides: JSON.stringify(this.#options.overrides.active) };
  }

  /** What a candidate is measured against: the active generation, after a restart the one that would be recovered. */
  async #before(scope: Scope, signal: AbortSignal): Promise<Outcome<Generation | undefined>> {
    if (this.#accepted)
      return ok(isSameScope(this.#accepted.scope, scope) ? this.#options.ring.active : undefined);
    const kept = this.#keptFor(scope);
    if (!kept) return ok(undefined);
    const built = await this.#activator.build({ fetched: kept.fetched, scope, before: undefined, signal }, 0);
    if (built.kind !== 'ok') return built;
    return ok(built.value.kind === 'accepted' ? built.value.generation : undefined);
  }

  #keptFor(scope: Scope): Kept | undefined {
    return this.#kept && covers(this.#kept.fetched, scope) ? this.#kept : undefined;
  }
}
