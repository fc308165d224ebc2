import { defineConfig } from 'vitest/config';

/** Rooms whose tests need nothing but their own process: files and sockets of theirs, and no program beside it. */
const QUICK = 'aws kit layers plan properties region release secrets server settings sources store'.split(
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
  'test/store/shared-registers.test.ts',
  'test/store/state-lock.test.ts',
];
/** Remembers for the whole process what it has read once: the SDK, of files of the user's. */
const ALONE = 'test/aws/client-config.test.ts';
/** Rooms whose files can share a process, too, with programs beside it. */
const SHARED = 'cli daemon doctor identity laws logs metrics peers sandbox scan termination'.split(' ');

const NO_OUTSIDE = 'test/support/no-outside.ts';
const filesOf = (rooms: readonly string[]): string => `test/{${rooms.join(',')}}/**/*.test.ts`;

// Everything that needs no binary: `vitest run` is all of it, `vitest run --project quick` what takes less than a minute.
// `vitest.e2e.config.ts` drives dist/.
export default defineConfig({
  test: {
    reporters: ['default', './test/support/closing-line.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    pool: 'threads',
    maxWorkers: 2,
    setupFiles: [NO_OUTSIDE],
    projects: [
      {
        extends: true,
        test: {
          name: 'quick',
          include: [filesOf(QUICK)],
          exclude: [...SLOW, ALONE],
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
          include: [ALONE, `test/!(e2e|${[...QUICK, ...SHARED].join('|')})/**/*.test.ts`],
        },
      },
    ],
  },
});
