import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';

/**
 * The file a command name stands for; undefined when this machine has none. Looks beside python3 first, where pip puts
 * `aws` and `moto_server`: what stands on PATH may be a version switcher's shim, which adds a tenth of a second to each call.
 */
export function findProgram(name: string): string | undefined {
  const python = spawnSync('python3', ['-c', 'import sys; print(sys.prefix)'], { encoding: 'utf8' });
  const beside = python.status === 0 ? [join(python.stdout.trim(), 'bin')] : [];
  const folders = [...beside, ...(process.env['PATH'] ?? '').split(delimiter)];
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

/** Whether what is measured can have a core for itself, and what it talks to another. */
export function canPin(): boolean {
  return findProgram('taskset') !== undefined && availableParallelism() > 1;
}
