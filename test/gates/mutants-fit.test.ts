import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FENCE_MUTANTS } from './mutants/fence.ts';
import { GUARD_MUTANTS } from './mutants/guard.ts';
import { LAW_MUTANTS } from './mutants/law.ts';
import { SEVERE_MUTANTS } from './mutants/severe.ts';

/** A file that moves, or a line that is written anew, is found here in a moment, and not when all of them are tried. */
it.each([...FENCE_MUTANTS, ...GUARD_MUTANTS, ...LAW_MUTANTS, ...SEVERE_MUTANTS])(
  'the mutant fits $file: $breaks',
  ({ file, from }) => {
    expect(readFileSync(file, 'utf8').split(from)).toHaveLength(2);
  },
);
