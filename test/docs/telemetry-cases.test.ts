import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** Of the specification: every one has a row, with the tests that name it or a word on why none does. */
const CASES = 77;

interface Row {
  readonly number: number;
  readonly paths: readonly string[];
  /** What stands there beside paths. */
  readonly words: string;
}

const rows = [
  ...readFileSync('docs/telemetry-cases.md', 'utf8').matchAll(/^\| (\d+) \| .* \| (.*) \|$/gm),
].map(([, number, tests = '']): Row => ({
  number: Number(number),
  paths: [...tests.matchAll(/`(test\/[^`]+)`/g)].map(([, path = '']) => path),
  words: tests.replaceAll(/`[^`]*`|[,; ]/g, ''),
}));

/** The cases that the names of tests in a file are of: `case 7`, `cases 24, 28`. */
function casesIn(path: string): ReadonlySet<number> {
  const names = readFileSync(path, 'utf8').match(/['"`][^'"`\n]*\bcases? \d[^'"`\n]*/g) ?? [];
  const lists = names.flatMap((name) => name.match(/\bcases? \d+(?:(?:, | and )\d+)*/g) ?? []);
  return new Set(lists.flatMap((list) => list.match(/\d+/g) ?? []).map(Number));
}

function filesOf(path: string): readonly string[] {
  return statSync(path).isDirectory() ? globSync(`${path.replace(/\/$/, '')}/**/*.test.ts`) : [path];
}

describe('docs/telemetry-cases.md', () => {
  it('has every case once, in order', () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: CASES }, (_, at) => at + 1));
  });

  it.each(rows)(
    'case $number names tests that are there, and one of them names it',
    ({ number, paths, words }) => {
      for (const path of paths) expect(existsSync(path), path).toBe(true);
      const named = paths.flatMap(filesOf).some((path) => casesIn(path).has(number));
      expect(named || words !== '', `${paths.join(', ')} say nothing of case ${number}`).toBe(true);
    },
  );

  it('lists every test of telemetry that names a case', () => {
    const listed = new Map(rows.map(({ number, paths }) => [number, new Set(paths.flatMap(filesOf))]));
    const unlisted = globSync('test/{logs,metrics,e2e}/**/*.test.ts').flatMap((path) =>
      [...casesIn(path)]
        .filter((number) => !listed.get(number)?.has(path))
        .map((number) => `${number}: ${path}`),
    );
    expect(unlisted).toEqual([]);
  });
});
