import { createHash } from 'node:crypto';
import type { Family, Sample } from '#kit/metric-family.ts';
import type { Checkpointer } from './base/checkpointer.ts';
import type { Checkpoint } from './base/checkpoints.ts';
import { labelOf } from './settings/pattern-settings.ts';
import {
  compilePatterns,
  type PatternHit,
  type PatternMatch,
  type PatternRule,
} from './text/pattern-match.ts';

/** What a pattern has measured in one line, for the metrics that are sent. */
export interface PatternSample {
  readonly metric: string;
  readonly unit: string;
  readonly value: number;
  readonly dimensions: readonly { readonly name: string; readonly value: string }[];
  /** Time of the line, in epoch milliseconds. */
  readonly at: number;
}

export type OnSample = (sample: PatternSample) => void;

/** A line that patterns meet, until it is settled. */
export interface Measured {
  readonly at: number;
  readonly hits: readonly PatternHit[];
}

/** Most sets of labels that one pattern may have; all beyond are counted as one. */
const MOST_SETS = 100;
const OTHER = '(other)';

interface Row {
  readonly rule: PatternRule;
  readonly labels: readonly string[];
  count: number;
  sum: number;
}

/**
 * How often the patterns of one entry were met, since the entry was first in a plan: also through restarts and kills. A line counts
 * when its place in the source is settled, and both are written in one piece, so that a line that comes again after a kill was
 * counted in no checkpoint. The checkpoint is not sealed and must hold no byte of a log: labels stand in it as digests, and a
 * count is told again when its labels are met again.
 */
export class PatternCounts {
  readonly #entry: string;
  readonly #book: Checkpointer;
  readonly #onSample: OnSample;
  #match: PatternMatch | undefined;
  readonly #rows = new Map<string, Row>();
  /** By digest, of an earlier run and not met since. */
  readonly #kept: Map<string, readonly [count: number, sum: number]>;
  readonly #sets = new Map<string, number>();

  private constructor(entry: string, book: Checkpointer, onSample: OnSample, page: Checkpoint | undefined) {
    this.#entry = entry;
    this.#book = book;
    this.#onSample = onSample;
    this.#kept = keptIn(page);
  }

  static async open(entry: string, book: Checkpointer, onSample: OnSample): Promise<PatternCounts> {
    return new PatternCounts(entry, book, onSample, await book.load(pageOf(entry)));
  }

  /** For lines that are read from now on. */
  async follow(rules: readonly PatternRule[]): Promise<void> {
    this.#match = rules.length === 0 ? undefined : await compilePatterns(rules);
    // What is parted by nothing is told from the start, also while it is nothing: alarms need a nought.
    for (const rule of rules) if (rule.by.length === 0) this.#rowOf(rule, []);
  }

  /** Undefined for a line that is nothing to any pattern. */
  measure(line: string, at: number): Measured | undefined {
    const hits = this.#match?.(line) ?? [];
    return hits.length === 0 ? undefined : { at, hits };
  }

  /** The line will not come again. Called with what acknowledges it, so that one write holds both. */
  settled({ at, hits }: Measured): void {
    for (const { rule, value, labels } of hits) {
      const row = this.#rowOf(rule, labels);
      row.count += 1;
      row.sum += value;
      const { metric, unit } = rule;
      this.#onSample({ metric, unit, value, dimensions: labelsOf(row), at });
    }
    this.#book.note(pageOf(this.#entry), () => this.#page());
  }

  /** For `GET /metrics`. */
  get rows(): readonly Sample[] {
    return [...this.#rows.values()].map((row) => this.#sampleOf(row, row.count));
  }

  get sums(): readonly Sample[] {
    const valued = [...this.#rows.values()].filter(({ rule }) => rule.value !== undefined);
    return valued.map((row) => this.#sampleOf(row, row.sum));
  }

  #sampleOf(row: Row, value: number): Sample {
    const labels = Object.fromEntries(labelsOf(row).map((label) => [label.name, label.value]));
    return { labels: { entry: this.#entry, pattern: row.rule.name, ...labels }, value };
  }

  #rowOf(rule: PatternRule, labels: readonly string[]): Row {
    const known = this.#rows.get(keyOf(rule, labels));
    if (known) return known;
    const sets = this.#sets.get(rule.name) ?? 0;
    if (sets >= MOST_SETS && labels.some((label) => label !== OTHER)) {
      return this.#rowOf(
        rule,
        labels.map(() => OTHER),
      );
    }
    this.#sets.set(rule.name, sets + 1);
    const key = keyOf(rule, labels);
    const [count, sum] = this.#kept.get(digestOf(key)) ?? [0, 0];
    this.#kept.delete(digestOf(key));
    const row = { rule, labels, count, sum };
    this.#rows.set(key, row);
    return row;
  }

  #page(): Checkpoint {
    const rows = [...this.#rows].map(([key, { count, sum }]) => [digestOf(key), [count, sum]]);
    // Those of patterns that are gone go with the first that are too many.
    return { counts: Object.fromEntries([...this.#kept, ...rows].slice(-MOST_KEPT)) };
  }
}

const MOST_KEPT = 4_000;

/** Metric families of all entries. Names of labels differ from pattern to pattern. */
export function patternFamilies(counts: Iterable<PatternCounts>): readonly Family[] {
  const all = [...counts];
  const matches = all.flatMap(({ rows }) => rows);
  if (matches.length === 0) return [];
  return [
    {
      name: 'landfall_log_pattern_matches',
      type: 'counter',
      help: 'Lines that a pattern of the plan met, by entry and pattern.',
      samples: matches,
    },
    {
      name: 'landfall_log_pattern_value_sum',
      type: 'gauge',
      help: 'What patterns with a value have read out of lines, added up.',
      samples: all.flatMap(({ sums }) => sums),
    },
  ];
}

function pageOf(entry: string): string {
  return `patterns/${entry}`;
}

function keyOf({ name }: PatternRule, labels: readonly string[]): string {
  return [name, ...labels].join('\u0000');
}

function digestOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url').slice(0, 22);
}

function labelsOf({ rule, labels }: Row): readonly { readonly name: string; readonly value: string }[] {
  return rule.by.map((source, at) => ({ name: labelOf(source), value: labels[at] ?? '' }));
}

/** A page that is none counts from nothing. */
function keptIn(page: Checkpoint | undefined): Map<string, readonly [number, number]> {
  const counts = page?.['counts'];
  const kept = new Map<string, readonly [number, number]>();
  if (typeof counts !== 'object' || counts === null) return kept;
  for (const [digest, row] of Object.entries(counts)) {
    const [count, sum] = Array.isArray(row) ? (row as unknown[]) : [];
    if (typeof count === 'number' && typeof sum === 'number') kept.set(digest, [count, sum]);
  }
  return kept;
}
