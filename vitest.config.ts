import { defineConfig } from 'vitest/config';

/** Rooms whose tests need nothing but their own process: files and sockets of theirs, and no program beside it. */
const QUICK =
  'aws clients convert dashboard kit layers leaks membership plan properties region release secrets server settings shapes sources store stores'.split(
    ' ',
  );
/** Their files that start a process, or take many seconds of the processor. */
const SLOW = [
  'test/properties/hostile-files.test.ts',
  'test/properties/java-oracle.test.ts',
  'test/properties/print.test.ts',
  'test/region/detector-laws.test.ts',
  'test/server/connections.test.ts',
  'test/server/peers.test.ts',
  'test/store/fence-kinds.test.ts',
  'test/store/hosts-mount.test.ts',
  'test/store/shared-registers.test.ts',
  'test/store/state-lock.test.ts',
];
/** Compare pages with what they speak of: a number or a path in a page is easily forgotten, and found here. */
const PAGES =
  'test/{docs/{columns,field-cases,reference,security,shown-outputs,ways},faults/table,gates/{floors,mutants-fit}}.test.ts';
/** Rooms whose files can share a process, too, with programs beside it. */
const SHARED = 'cli daemon doctor identity laws logs metrics peers sandbox scan termination'.split(' ');

const NO_OUTSIDE = 'test/support/no-outside.ts';
const filesOf = (rooms: readonly string[]): string => `test/{${rooms.join(',')}}/**/*.test.ts`;

// Everything that needs no binary: `vitest run` is all of it, `vitest run --project quick` what takes less than a minute.
// `vitest.e2e.config.ts` drives dist/.
export default defineConfig({
  test: {
    reporters: ['default', './test/support/closing-line.ts'],
    // Three beside each other, and beside programs that are built meanwhile, on two processors: the longest take 15 s where all is quiet.
    testTimeout: 45_000,
    hookTimeout: 60_000,
    // The closing lines name each that needed it, and more than two fail the run.
    retry: 1,
    pool: 'threads',
    maxWorkers: 3,
    globalSetup: 'test/support/oracles.ts',
    setupFiles: [NO_OUTSIDE],
    projects: [
      {
        extends: true,
        test: {
          name: 'quick',
          include: [filesOf(QUICK), PAGES],
          exclude: [...SLOW],
          setupFiles: ['test/support/no-process.ts'],
          // To load the modules of a room anew for each of its files takes longer than most files.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'shared',
          include: [filesOf(SHARED), ...SLOW],
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: [`test/!(e2e|${[...QUICK, ...SHARED].join('|')})/**/*.test.ts`],
          exclude: [PAGES],
        },
      },
    ],
  },
});
