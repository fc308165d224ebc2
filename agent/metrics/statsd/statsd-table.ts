import type { Aggregator } from '../base/aggregator.ts';
import { seriesKey, type Dimension, type Series } from '../base/series.ts';
import { SeriesBudget } from '../base/series-budget.ts';
import type { StatsdSample } from './statsd-line.ts';

export interface StatsdTableOptions {
  readonly aggregator: Pick<Aggregator, 'add' | 'windowAt'>;
  readonly maxSeries: number;
  /** The series of a name with these tags; undefined when nothing can be made of it. */
  readonly seriesFor: (
    name: string,
    unit: 'None' | 'Count' | 'Milliseconds',
    tags: readonly Dimension[],
  ) => Series | undefined;
  /** Tags that become dimensions; undefined: all. */
  readonly tags: readonly string[] | undefined;
}

/** Distinct members of all sets of a window; of more, the count is a lower bound. */
const MAX_MEMBERS = 10_000;

/** "Data points with time stamps from 24 hours ago or longer can take at least 48 hours to become available"; of two weeks at most, and two hours ahead (PutMetricData). */
const OLDEST_MS = 14 * 86_400_000;
const NEWEST_MS = 2 * 3_600_000;

/** Counters, gauges and sets of the window that is open; times go on at once. */
export class StatsdTable {
  readonly budget: SeriesBudget;
  /** Samples no series could be made for: the name is empty, or the namespace waits for a tag. */
  unnamed = 0;
  /** Samples with a time that CloudWatch does not take. */
  outOfTime = 0;
  /** Members that found no room. */
  overflowMembers = 0;
  readonly #options: StatsdTableOptions;
  readonly #allowed: ReadonlySet<string> | undefined;
  readonly #counters = new Map<string, { series: Series; sum: number }>();
  readonly #sets = new Map<string, { series: Series; members: Set<string> }>();
  /** Over windows: a delta goes on from the last value. Told only in windows in which something was said. */
  readonly #gauges = new Map<string, { series: Series; value: number; isFresh: boolean }>();
  /** What came of a name and its tags, for as long as the facts of the instance cannot have changed much: a window. */
  readonly #known = new Map<string, { readonly series: Series; readonly key: string }>();
  #members = 0;
  #window: number | undefined;

  constructor(options: StatsdTableOptions) {
    this.#options = options;
    this.#allowed = options.tags && new Set(options.tags);
    this.budget = new SeriesBudget(options.maxSeries);
  }

  /** @param now of the wall clock: what arrives belongs to the window of its arrival, unless it says when it was. */
  take(sample: StatsdSample, now: number): void {
    this.roll(now);
    const found = this.#find(sample);
    if (!found) {
      this.unnamed += 1;
      return;
    }
    const { series, key } = found;
    if (!this.budget.admit(key, now)) return;
    if (this.#known.size < this.budget.max) this.#known.set(textOf(sample), found);
    if (sample.at !== undefined && this.#takeOwnTime(sample, series, sample.at, now)) return;
    switch (sample.kind) {
      case 'counter': {
        const counter = this.#counters.get(key);
        if (counter) counter.sum += sample.value;
        else this.#counters.set(key, { series, sum: sample.value });
        break;
      }
      case 'gauge': {
        const before = sample.isDelta ? (this.#gauges.get(key)?.value ?? 0) : 0;
        this.#gauges.set(key, { series, value: before + sample.value, isFresh: true });
        break;
      }
      case 'set':
        this.#addMember(key, series, sample.member);
        break;
      case 'value':
        this.#options.aggregator.add(series, sample.value, now, sample.count);
        break;
      default:
        sample satisfies never;
    }
  }

  /** What comes with a time is told for that time: CloudWatch adds it to what it has of then. */
  #takeOwnTime(sample: StatsdSample, series: Series, at: number, now: number): boolean {
    const hasTime = sample.kind === 'counter' || (sample.kind === 'gauge' && !sample.isDelta);
    if (!hasTime) return false;
    if (at < now - OLDEST_MS || at > now + NEWEST_MS) this.outOfTime += 1;
    else this.#options.aggregator.add(series, sample.value, at);
    return true;
  }

  /** Hands the window that was open over, once `now` lies in another one. */
  roll(now: number): void {
    const window = this.#options.aggregator.windowAt(now);
    if (this.#window !== undefined && window !== this.#window) this.flush();
    this.#window = window;
  }

  flush(): void {
    const at = this.#window;
    if (at === undefined) return;
    const { aggregator } = this.#options;
    for (const { series, sum } of this.#counters.values()) aggregator.add(series, sum, at);
    for (const { series, members } of this.#sets.values()) aggregator.add(series, members.size, at);
    for (const [key, gauge] of this.#gauges) {
      if (gauge.isFresh) aggregator.add(gauge.series, gauge.value, at);
      gauge.isFresh = false;
      // Gauges nobody speaks of any more would stay for ever; the budget bounds those that are in use.
      if (this.#gauges.size > this.budget.max) this.#gauges.delete(key);
    }
    this.#counters.clear();
    this.#sets.clear();
    this.#known.clear();
    this.#members = 0;
  }

  #find(sample: StatsdSample): { readonly series: Series; readonly key: string } | undefined {
    const known = this.#known.get(textOf(sample));
    if (known) return known;
    const series = this.#options.seriesFor(sample.name, unitOf(sample), this.#dimensionsOf(sample));
    return series && { series, key: seriesKey(series) };
  }

  #addMember(key: string, series: Series, member: string): void {
    let set = this.#sets.get(key);
    if (!set) this.#sets.set(key, (set = { series, members: new Set() }));
    if (set.members.has(member)) return;
    if (this.#members >= MAX_MEMBERS) {
      this.overflowMembers += 1;
      return;
    }
    set.members.add(member);
    this.#members += 1;
  }

  #dimensionsOf({ tags }: StatsdSample): readonly Dimension[] {
    const allowed = this.#allowed;
    return tags.filter(([name]) => allowed?.has(name) ?? true).map(([name, value]) => ({ name, value }));
  }
}

/** One text for samples of one series; several may stand for the same one. */
function textOf(sample: StatsdSample): string {
  return `${unitOf(sample)}\u0000${sample.name}\u0000${sample.tags.join('\u0000')}`;
}

function unitOf(sample: StatsdSample): 'None' | 'Count' | 'Milliseconds' {
  if (sample.kind === 'counter' || sample.kind === 'set') return 'Count';
  return sample.kind === 'value' && sample.isTime ? 'Milliseconds' : 'None';
}
