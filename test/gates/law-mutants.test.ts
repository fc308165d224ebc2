import { afterAll, expect, it } from 'vitest';
import { MutantTree } from '../support/mutants.ts';
import { LAW_MUTANTS } from './mutants/law.ts';

const TREE = new MutantTree();
afterAll(() => TREE[Symbol.dispose]());

it('there is a mutant for each law', () => {
  expect(LAW_MUTANTS.map(({ law }) => law)).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

it.each(LAW_MUTANTS)('law $law goes red when $breaks', { timeout: 60_000 }, async (mutant) => {
  const broken = await TREE.run(mutant, [`test/laws/law-${mutant.law}-`]);
  expect(broken.output).toContain(`law ${mutant.law}:`);
  expect(broken.green).toBe(false);
});

it('none does when nothing is broken', { timeout: 60_000 }, async () => {
  expect(await TREE.intact(['test/laws/'])).toEqual({ green: true, output: '' });
});
