import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const PAGE = readFileSync('docs/faults.md', 'utf8');
const ROWS = PAGE.split('\n').filter((line) => /^\| (?!fault |kills |\*\*)/.test(line));
const cellsOf = (row: string): readonly string[] =>
  row.split(' | ').map((cell) => cell.replaceAll(/^\| | \|$/g, ''));
const KILL_ROWS = ROWS.filter((row) => /^\d+$/.test(cellsOf(row)[0] ?? ''));

/** Each file and name in the last cell of the rows. */
const TESTS = ROWS.flatMap((row) => (cellsOf(row).at(-1) ?? '').split('<br>')).map((named) => {
  const [, path = '', name = ''] = /^`(test\/[^`]+\.test\.ts)`: (.+)$/.exec(named) ?? [];
  return [path, name, named] as const;
});

describe('docs/faults.md', () => {
  it('has a promise and a test in every row', () => {
    expect(ROWS.length).toBeGreaterThan(40);
    for (const row of ROWS)
      expect(
        cellsOf(row).every((cell) => cell !== ''),
        row,
      ).toBe(true);
  });

  it.each(TESTS)('%s has: %s', (path, name, named) => {
    expect(existsSync(path), named).toBe(true);
    expect(name).not.toBe('');
    expect(readFileSync(path, 'utf8')).toContain(name);
  });

  it('adds up the kills, to 500 at least', () => {
    const total = KILL_ROWS.reduce((sum, row) => sum + Number(cellsOf(row)[0]), 0);
    expect(PAGE).toContain(`| **${total}** |`);
    expect(total).toBeGreaterThanOrEqual(500);
  });

  it.each(
    KILL_ROWS.map((row) => [cellsOf(row)[0] ?? '', /`([^`]+\.test\.ts)`/.exec(row)?.[1] ?? ''] as const),
  )('says how often really: %s kills in %s', (kills, path) => {
    const text = readFileSync(path, 'utf8');
    const counts = [...text.matchAll(/const [A-Z]+ = (\d+);|instants\((\d+),/g)].map(
      (found) => found[1] ?? found[2],
    );
    // The fence is killed so often in each of its two modes.
    expect([...counts, ...counts.map((count) => String(2 * Number(count)))]).toContain(kills);
  });
});
