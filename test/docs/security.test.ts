import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cellsOf, holdsTest, rowsOf, testsIn } from '../support/tests-in-tables.ts';

const PAGE = readFileSync('docs/security.md', 'utf8');
/** The table of what lies where has no promises. */
const PROMISES = rowsOf(PAGE, ['promise', 'where']).filter((row) => row.includes('`test/'));
const TESTS = PROMISES.flatMap((row) => testsIn(row)).map((test) => [test.path, test.name, test] as const);

describe('docs/security.md', () => {
  it('has a test beside every promise, in every part of the threat model', () => {
    const parts = PAGE.split(/^## /m).filter((part) => part.includes('| promise | test |'));
    expect(parts.length).toBeGreaterThanOrEqual(5);
    expect(PROMISES.length).toBeGreaterThanOrEqual(25);
    for (const row of PROMISES) expect(cellsOf(row), row).toHaveLength(2);
    for (const part of parts) {
      const [, table = ''] = part.split('| promise | test |\n|---|---|\n');
      const rows = table.split('\n').filter((line) => line.startsWith('| '));
      expect(rows.filter((row) => !row.includes('`test/'))).toEqual([]);
    }
  });

  it.each(TESTS)('%s has: %s', (_path, _name, test) => {
    expect(holdsTest(test), test.named).toBe(true);
  });

  it('is linked where a hole is reported, and from the front page', () => {
    expect(readFileSync('SECURITY.md', 'utf8')).toContain('docs/security.md');
    expect(readFileSync('README.md', 'utf8')).toContain('docs/security.md');
  });
});
