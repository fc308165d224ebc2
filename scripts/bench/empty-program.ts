import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hostArch, makeExecutable } from '#scripts/build/executable.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** An executable made as Landfall's are, of a script that does nothing: no start on this machine can be faster. */
export interface EmptyProgram {
  /** Milliseconds from its start to its end. */
  run(): number;
}

/** Below `.cache`, anew each time: made in two seconds, and never of another Node than the one under test. */
export async function makeEmptyProgram(): Promise<EmptyProgram> {
  const folder = join(ROOT, '.cache', 'bench');
  mkdirSync(folder, { recursive: true });
  const script = join(folder, 'empty.cjs');
  writeFileSync(script, '"use strict";\n');
  const executable = join(folder, 'empty');
  await makeExecutable(ROOT, { script, assets: {} }, hostArch(), executable);
  return {
    run() {
      const started = performance.now();
      const { status } = spawnSync(executable, { stdio: 'ignore', env: {} });
      if (status !== 0) throw new Error(`${executable} ended with ${status}`);
      return performance.now() - started;
    },
  };
}
