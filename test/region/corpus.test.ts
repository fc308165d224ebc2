import { describe, expect, test } from 'vitest';
import { findEndpoints } from '../../config-service/region/detect/detector.ts';
import { corpusRows, score, type CorpusRow, type Score } from './corpus-row.ts';
import { variantsOf } from './corpus-variant.ts';

const ROWS = corpusRows();

describe('the endpoint corpus', () => {
  test('is there: a gate over nothing would always pass', () => {
    expect(ROWS.length).toBeGreaterThanOrEqual(328);
  });

  test('is matched exactly in at least 98% of its rows, with precision and recall as high', () => {
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

const ATTACKS = corpusRows('endpoints-attacks');
const OWN = corpusRows('endpoints-own');
const isHint = ({ kind }: CorpusRow) => kind.startsWith('hint:') || kind.endsWith('-hint');

describe.each([
  ['what got past the guard once', ATTACKS, 84],
  ['rows of the same kinds with other contents', OWN, 450],
] as const)('%s', (name, rows, most) => {
  test('is there', () => {
    expect(rows.length).toBeGreaterThanOrEqual(most);
  });

  test('is judged exactly', () => {
    expectScore(name, score(rows, refusedIn), 0.98);
  });

  test.each(rows.filter(({ regions }) => regions.length > 0))('$kind names its regions: $text', (row) => {
    const found = isHint(row) ? regionsIn(row.text) : refusedIn(row.text);
    expect(found).toEqual(expect.arrayContaining([...row.regions]));
  });
});

describe('all corpora together', () => {
  const harmless = [...ROWS, ...ATTACKS, ...OWN].filter(({ regions }) => regions.length === 0);
  test('raise a false alarm in at most 1% of what is harmless', () => {
    const alarms = harmless.filter(({ text }) => refusedIn(text).length > 0).map(({ text }) => text);
    expect(harmless.length).toBeGreaterThan(200);
    expect(alarms.length / harmless.length, alarms.join('\n')).toBeLessThanOrEqual(0.01);
  });
});

/** What the guard would refuse, by the region's name; hints where nothing else is expected of the row are left to the row. */
function refusedIn(text: string): readonly string[] {
  const findings = findEndpoints(text).filter(
    ({ severity }) => severity === 'error' || severity === 'warning',
  );
  const hints = [...ATTACKS, ...OWN].some((row) => row.text === text && isHint(row)) ? regionsIn(text) : [];
  const named = findings.map(({ region, text: name }) => region ?? name.toLowerCase());
  return [...new Set([...named, ...hints])].toSorted();
}

function regionsIn(text: string): readonly string[] {
  const regions = findEndpoints(text).flatMap((finding) => finding.region ?? []);
  return [...new Set(regions)].toSorted();
}

function expectScore(name: string, { rows, exact, precision, recall, misses }: Score, least = 0.98): void {
  console.log(
    `${name}: ${rows} rows, exact ${share(exact / rows)}, precision ${share(precision)}, recall ${share(recall)}`,
  );
  for (const miss of misses.slice(0, 20)) console.log(`  ${miss}`);
  expect(exact / rows).toBeGreaterThanOrEqual(least);
  expect(precision).toBeGreaterThanOrEqual(least);
  expect(recall).toBeGreaterThanOrEqual(least);
}

function namesIn(text: string): readonly string[] {
  return [...new Set(text.match(/[a-z]{2}-(?:[a-z]+-)?[a-z]+-\d/g))].toSorted();
}

function share(part: number): string {
  return `${(part * 100).toFixed(2)}%`;
}
