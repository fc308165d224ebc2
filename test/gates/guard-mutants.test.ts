import { afterAll, describe, expect, it } from 'vitest';
import { MutantTree } from '../support/mutants.ts';
import { GUARD_MUTANTS } from './mutants/guard.ts';

const TREE = new MutantTree();
afterAll(() => TREE[Symbol.dispose]());

describe('a test goes red when', () => {
  it.each(GUARD_MUTANTS)('$breaks', { timeout: 120_000 }, async (mutant) => {
    const broken = await TREE.run(mutant, mutant.tests.split(' '));
    expect(broken.output).toContain('FAIL');
    expect(broken.green).toBe(false);
  });
});

it('none does when nothing is broken', { timeout: 60_000 }, async () => {
  expect(await TREE.intact(['test/region/guard.test.ts', 'test/region/regional-id.test.ts'])).toEqual({
    green: true,
    output: '',
  });
});
