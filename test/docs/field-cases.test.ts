import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cellsOf, holdsTest, rowsOf, testsIn } from '../support/tests-in-tables.ts';

const ROWS = rowsOf(readFileSync('docs/field-cases.md', 'utf8'), ['report']);
/** A last cell that names no test says why there is none. */
const TESTS = ROWS.filter((row) => (cellsOf(row).at(-1) ?? '').includes('`test/'))
  .flatMap((row) => testsIn(row))
  .map((test) => [test.path, test.name, test] as const);

describe('docs/field-cases.md', () => {
  it('says in every row what was reported, what we do, and by which test or why not', () => {
    expect(ROWS.length).toBeGreaterThan(20);
    for (const row of ROWS) {
      expect(cellsOf(row), row).toHaveLength(3);
      expect(
        cellsOf(row).every((cell) => cell.trim() !== ''),
        row,
      ).toBe(true);
    }
  });

  it.each(TESTS)('%s has: %s', (_path, _name, test) => {
    expect(holdsTest(test), test.named).toBe(true);
  });
});
