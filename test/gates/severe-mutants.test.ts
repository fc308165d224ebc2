import { afterAll, describe, expect, it } from 'vitest';
import { MutantTree } from '../support/mutants.ts';
import { SEVERE_MUTANTS } from './mutants/severe.ts';

const TREE = new MutantTree();
afterAll(() => TREE[Symbol.dispose]());

it('there is one for each kind', () => {
  expect(SEVERE_MUTANTS).toHaveLength(18);
});

describe('a test goes red when', () => {
  it.each(SEVERE_MUTANTS)('$breaks', { timeout: 120_000 }, async (mutant) => {
    const broken = await TREE.run(mutant, [mutant.test, '-t', mutant.name]);
    expect(broken.output).toContain('FAIL');
    expect(broken.green).toBe(false);
  });
});

it('none does when nothing is broken', { timeout: 60_000 }, async () => {
  expect(await TREE.intact(['test/daemon/application.test.ts', 'test/ops/content-slips.test.ts'])).toEqual({
    green: true,
    output: '',
  });
});
