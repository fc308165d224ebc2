import { readFileSync } from 'node:fs';

/** One line of the endpoint corpus: a text, and the regions it names. */
export interface CorpusRow {
  readonly text: string;
  /** Sorted; empty for what the corpus calls `global` or `none`. */
  readonly regions: readonly string[];
  readonly kind: string;
}

/**
 * `endpoints`: the shapes of AWS. `endpoints-attacks`: what got past the guard once, and what it was wrong about. Both came
 * from outside. `endpoints-own`: rows of the same kinds with other contents, written beside the detector.
 */
export type Corpus = 'endpoints' | 'endpoints-attacks' | 'endpoints-own';

export function corpusRows(name: Corpus = 'endpoints'): readonly CorpusRow[] {
  const file = readFileSync(new URL(`fixtures/${name}.tsv`, import.meta.url), 'utf8');
  return file
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [text = '', expected = '', kind = ''] = line.split('\t');
      return { text, kind, regions: expected === 'global' || expected === 'none' ? [] : expected.split(',') };
    });
}

/** The score of a detector over rows: exact matches, and precision and recall over single regions. */
export interface Score {
  readonly rows: number;
  readonly exact: number;
  readonly precision: number;
  readonly recall: number;
  readonly misses: readonly string[];
}

export function score(rows: Iterable<CorpusRow>, regionsOf: (text: string) => readonly string[]): Score {
  let total = 0;
  let exact = 0;
  let right = 0;
  let wrong = 0;
  let missed = 0;
  const misses: string[] = [];
  for (const row of rows) {
    const found = regionsOf(row.text);
    const hits = found.filter((region) => row.regions.includes(region)).length;
    total++;
    right += hits;
    wrong += found.length - hits;
    missed += row.regions.length - hits;
    if (found.join() === row.regions.join()) exact++;
    else
      misses.push(
        `${row.kind}: ${row.text} -> ${found.join() || 'none'}, not ${row.regions.join() || 'none'}`,
      );
  }
  return { rows: total, exact, precision: right / (right + wrong), recall: right / (right + missed), misses };
}
