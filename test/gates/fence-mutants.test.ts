import { afterAll, describe, expect, it } from 'vitest';
import { MutantTree } from '../support/mutants.ts';
import { FENCE_MUTANTS, SHARED } from './mutants/fence.ts';

const TREE = new MutantTree();
afterAll(() => TREE[Symbol.dispose]());

describe('a test goes red when', () => {
  it.each(FENCE_MUTANTS)('$breaks', { timeout: 120_000 }, async (mutant) => {
    const broken = await TREE.run(mutant, mutant.tests);
    expect(broken.output).toContain('FAIL');
    expect(broken.green).toBe(false);
  });
});

it('none does when nothing is broken', { timeout: 60_000 }, async () => {
  expect(await TREE.intact([SHARED, 'test/store/fence-rendered.test.ts'])).toEqual({
    green: true,
    output: '',
  });
});
