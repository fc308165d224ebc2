import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Each takes most of a minute: begun last, it would keep one of two processors alone at the end. */
const LONG =
  'arm64 bake cutover head-to-head images no-debugger packages-life real-boot relocation reproducible-build scan-jobs source-faults ' +
  'swap swap-around swap-kill sync-kill telemetry-kill terraform termination-group termination-spot';

/** Without results of an earlier run, as in CI, vitest goes by the size of the files. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const long = new Set(LONG.split(' ').map((name) => `${name}.test.ts`));
    const isLong = ({ moduleId }: TestSpecification): boolean => long.has(moduleId.split('/').at(-1) ?? '');
    // oxlint-disable-next-line unicorn/no-array-sort -- it is vitest that sorts
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

// Black box: drives dist/landfall and dist/landfall-ops. Run `npm run build` first.
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    setupFiles: ['test/support/no-outside.ts'],
    reporters: ['default', './test/support/closing-line.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // The closing lines name each that needed it, and more than two fail the run.
    retry: 1,
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: LongFirst },
  },
});
