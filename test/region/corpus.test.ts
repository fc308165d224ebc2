import { describe, expect, test } from 'vitest';
import { findEndpoints } from '../../config-service/region/detector.ts';
import { corpusRows, score, type CorpusRow, type Score } from './corpus-row.ts';
import { variantsOf } from './corpus-variant.ts';

const ROWS = corpusRows();

describe('the endpoint corpus', () => {
  test('is there: a gate over nothing would always pass', () => {
    expect(ROWS.length).toBeGreaterThanOrEqual(328);
  });

  test('is matched exactly in at least 97% of its rows, with precision and recall as high', () => {
    expectScore('corpus', score(ROWS, regionsIn));
  });

  test.each(ROWS.filter((row) => row.kind.startsWith('trap-')))(
    '$kind finds nothing at all in $text',
    ({ text }) => {
      expect(findEndpoints(text)).toEqual([]);
    },
  );

  test('hints are hints and everything else is more than a hint', () => {
    const wrong = ROWS.filter((row) => row.regions.length > 0 && !row.kind.startsWith('multi')).filter(
      (row) => {
        const isHint = findEndpoints(row.text).every((finding) => finding.severity === 'info');
        return isHint !== row.kind.startsWith('hint:') && regionsIn(row.text).length > 0;
      },
    );
    expect(wrong).toEqual([]);
  });

  test('holds just as well with every other region of every partition put in the place of its own', () => {
    const variants: CorpusRow[] = ROWS.flatMap((row) => [...variantsOf(row)]);
    expect(variants.length).toBeGreaterThan(5000);
    expectScore('variants', score(variants, regionsIn));
  });

  test('a detector that reads nothing but names would not pass', () => {
    const { rows, exact } = score(ROWS, namesIn);
    expect(exact / rows).toBeLessThan(0.8);
  });
});

function regionsIn(text: string): readonly string[] {
  const regions = findEndpoints(text).flatMap((finding) => finding.region ?? []);
  return [...new Set(regions)].toSorted();
}

function expectScore(name: string, { rows, exact, precision, recall, misses }: Score): void {
  console.log(
    `${name}: ${rows} rows, exact ${share(exact / rows)}, precision ${share(precision)}, recall ${share(recall)}`,
  );
  for (const miss of misses.slice(0, 20)) console.log(`  ${miss}`);
  expect(exact / rows).toBeGreaterThanOrEqual(0.97);
  expect(precision).toBeGreaterThanOrEqual(0.97);
  expect(recall).toBeGreaterThanOrEqual(0.97);
}

function namesIn(text: string): readonly string[] {
  return [...new Set(text.match(/[a-z]{2}-(?:[a-z]+-)?[a-z]+-\d/g))].toSorted();
}

function share(part: number): string {
  return `${(part * 100).toFixed(2)}%`;
}
