import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cellsOf, holdsTest, rowsOf, testsIn } from '../support/tests-in-tables.ts';

const PAGE = readFileSync('docs/faults.md', 'utf8');
const ROWS = rowsOf(PAGE, ['fault', 'kills']).filter((row) => !row.startsWith('| **'));
const KILL_ROWS = ROWS.filter((row) => /^\d+$/.test(cellsOf(row)[0] ?? ''));
const TESTS = ROWS.flatMap((row) => testsIn(row)).map((test) => [test.path, test.name, test] as const);

describe('docs/faults.md', () => {
  it('has a promise and a test in every row', () => {
    expect(ROWS.length).toBeGreaterThan(40);
    for (const row of ROWS)
      expect(
        cellsOf(row).every((cell) => cell !== ''),
        row,
      ).toBe(true);
  });

  it.each(TESTS)('%s has: %s', (_path, _name, test) => {
    expect(holdsTest(test), test.named).toBe(true);
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
    // What CI does; a number by hand (LANDFALL_KILLS) does more.
    const counts = [
      ...text.matchAll(
        /const [A-Z]+ = (?:Number\(process\.env\['LANDFALL_KILLS'\] \?\? )?(\d+)\)?;|instants\((\d+),/g,
      ),
    ].map((found) => found[1] ?? found[2]);
    // The fence is killed so often in each of its two modes.
    expect([...counts, ...counts.map((count) => String(2 * Number(count)))]).toContain(kills);
  });
});
