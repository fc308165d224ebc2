import { createVitest, type TestModule } from 'vitest/node';

/** What a mutant is tried with. */
export interface MutantOrder {
  /** Files that were changed since the order before, absolute. */
  readonly changed: readonly string[];
  readonly files: readonly string[];
  /** A pattern of the names of tests. */
  readonly name?: string;
}

export interface MutantRun {
  readonly green: boolean;
  /** A line that begins with FAIL for each test that did, and what could not be loaded. */
  readonly output: string;
}

/**
 * A vitest that stays for all mutants of a tree: to start it anew for each took longer than most of the tests that are to go red.
 * In a process of its own, for a vitest cannot run inside of another. Orders and answers are messages.
 */
const vitest = await createVitest('test', { watch: false, bail: 1, retry: 0, reporters: [{}] });

async function carryOut({ changed, files, name }: MutantOrder): Promise<MutantRun> {
  for (const file of changed) vitest.invalidateFile(file);
  if (name === undefined) vitest.resetGlobalTestNamePattern();
  else vitest.setGlobalTestNamePattern(name);
  const specifications = await vitest.globTestSpecifications([...files]);
  const asked = new Set(specifications.map(({ moduleId }) => moduleId));
  const known = new Set(vitest.state.getUnhandledErrors());
  const result = await vitest.runTestSpecifications(specifications);
  // It tells of everything that it ever ran.
  const testModules = result.testModules.filter(({ moduleId }) => asked.has(moduleId));
  const unhandledErrors = result.unhandledErrors.filter((error) => !known.has(error));
  const failed = testModules.flatMap(failuresOf);
  const passed = testModules.flatMap((module) => [...module.children.allTests('passed')]);
  if (failed.length + passed.length === 0) throw new Error(`no test ran of ${files.join(' ')} ${name ?? ''}`);
  return {
    green: failed.length === 0 && unhandledErrors.length === 0,
    output: [...failed, ...unhandledErrors.map(String)].join('\n'),
  };
}

function failuresOf(module: TestModule): readonly string[] {
  return [
    ...module.errors().map(({ message }) => `FAIL ${module.relativeModuleId}: ${message}`),
    ...[...module.children.allTests('failed')].map(
      (test) => `FAIL ${module.relativeModuleId} > ${test.fullName}`,
    ),
  ];
}

process.on('message', (order: MutantOrder) => {
  carryOut(order)
    .catch((error: unknown): MutantRun => ({ green: true, output: `not tried: ${String(error)}` }))
    .then((run) => process.send?.(run))
    .catch(() => process.exit(1));
});
process.once('disconnect', () => process.exit());
process.send?.('ready');
