import type { Clock, Random } from '#kit/clock.ts';
import type { Logger } from '#kit/logger.ts';
import { backoffDelay, type Backoff } from '#kit/retry.ts';
import { createSerial } from '#kit/serial.ts';
import type { AwsCalls } from '../../aws/aws-calls.ts';
import { fitGroup, isLasting, makeChanges, type ReconcileResult, type GroupCall } from './group-fit.ts';
import { retentionChange, type Drift } from './group-form.ts';
import { filterChanges } from './metric-filters.ts';
import { isSameWish, unitedWish, wishesNothing, type LogGroupSpec } from './log-group-spec.ts';

export interface GroupParts {
  readonly aws: AwsCalls;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Before each group is looked at, and twice as long where filters are, of which DescribeMetricFilters tells five times a second. DescribeLogGroups and the calls that change a group are good for 5 to 10 a second, of the
 * whole account: a thousand instances that boot in one second look 9 times a second, and all but the first find nothing to do.
 * One looks at one group at a time, so that more groups take longer and not more calls a second.
 */
const JITTER_MS = 120_000;

const RETRY: Backoff = { baseMs: 5_000, capMs: 300_000 };

/** Then a group is left as it is, until its wish changes or the agent starts again: nothing depends on it. */
const ATTEMPTS = 8;

/** Groups that are remembered. Names that carry a date would pile up. */
const MOST_GROUPS = 1_000;

interface TendedGroup {
  /** By entry, the latest last. */
  readonly wishes: Map<string, LogGroupSpec>;
  /** They were not looked into yet. */
  isAsked: boolean;
  misfits: readonly Drift[];
}

/** Brings groups that are there into the form the plan asks for. Shipping never waits for it (case 52). */
export class LogGroupReconciler {
  readonly #parts: GroupParts;
  readonly #groups = new Map<string, TendedGroup>();
  readonly #serial = createSerial();
  #hasToldOfBlindness = false;

  constructor(parts: GroupParts) {
    this.#parts = parts;
  }

  /** What is not as the plan has it, and why. */
  get misfits(): readonly Drift[] {
    return [...this.#groups.values()].flatMap(({ misfits }) => misfits);
  }

  /** Called with every call of a stream; does something once for each wish of an entry. */
  tend(group: string, wish: LogGroupSpec): void {
    const known = this.#groups.get(group)?.wishes.get(wish.entry);
    if (known === wish || (!known && wishesNothing(wish))) return;
    const tended = this.#note(group, wish);
    if (known && isSameWish(known, wish)) return;
    tended.isAsked = true;
    this.#serial
      .run(() => this.#takeTurn(group, tended))
      // The only thing that is thrown is the end of the agent.
      .catch(() => {});
  }

  /** This agent has just created it, with all of `wish` but what CreateLogGroup does not take. */
  created(group: string, wish: LogGroupSpec): void {
    this.forget(group);
    const tended = this.#note(group, wish);
    const { retentionDays: days, metricFilters = [], entry } = wish;
    const changes = [
      ...(days === undefined ? [] : [retentionChange(group, days)]),
      ...filterChanges(group, entry, new Map(), metricFilters),
    ];
    if (changes.length === 0) return;
    const make = async () => ({ misfits: await makeChanges(this.#call, group, changes) });
    void this.#bring(group, tended, make).catch(() => {});
  }

  /** It is another one now, of the same name. */
  forget(group: string): void {
    this.#groups.delete(group);
  }

  #note(group: string, wish: LogGroupSpec): TendedGroup {
    const tended = this.#groups.get(group) ?? { wishes: new Map(), isAsked: false, misfits: [] };
    tended.wishes.delete(wish.entry);
    tended.wishes.set(wish.entry, wish);
    this.#groups.set(group, tended);
    for (const [name, { isAsked }] of this.#groups) {
      if (this.#groups.size <= MOST_GROUPS) break;
      if (!isAsked) this.#groups.delete(name);
    }
    return tended;
  }

  async #takeTurn(group: string, tended: TendedGroup): Promise<void> {
    const { clock, random, signal } = this.#parts;
    if (!tended.isAsked || this.#groups.get(group) !== tended) return;
    const hasFilters = [...tended.wishes.values()].some(({ metricFilters }) => metricFilters !== undefined);
    await clock.sleep(random() * JITTER_MS * (hasFilters ? 2 : 1), signal);
    await this.#bring(group, tended, () => this.#fit(group, tended));
  }

  /** `first`, and then a look at what is there by now, until nothing is left that passes. */
  async #bring(group: string, tended: TendedGroup, first: () => Promise<ReconcileResult>): Promise<void> {
    const { clock, random, signal } = this.#parts;
    let fit = await first();
    tended.misfits = fit.misfits;
    for (let attempt = 1; attempt < ATTEMPTS && !fit.misfits.every(isLasting); attempt += 1) {
      await clock.sleep(backoffDelay(RETRY, attempt - 1, random), signal);
      fit = await this.#fit(group, tended);
      tended.misfits = fit.misfits;
    }
    signal.throwIfAborted();
    this.#tell(fit);
  }

  #fit(group: string, tended: TendedGroup): Promise<ReconcileResult> {
    tended.isAsked = false;
    return fitGroup(this.#call, group, unitedWish(tended.wishes.values()));
  }

  #tell({ misfits, blind }: ReconcileResult): void {
    const { logger } = this.#parts;
    if (blind && !this.#hasToldOfBlindness) {
      this.#hasToldOfBlindness = true;
      const { code, detail: error } = blind;
      const message = 'log groups may not be looked at: their retention is set, and nothing else is seen to';
      logger.warn(message, { action: 'DescribeLogGroups', code, error });
    }
    for (const { detail: error, ...misfit } of misfits) {
      if (blind && misfit.action === 'DescribeLogGroups') continue;
      const message = 'a log group is not as the plan has it; its logs are shipped all the same';
      logger.warn(message, { ...misfit, ...(error === undefined ? {} : { error }) });
    }
  }

  readonly #call: GroupCall = (action, body) => {
    const { aws, signal } = this.#parts;
    return aws.json('logs', `Logs_20140328.${action}`, body, { signal, repeatable: true });
  };
}
