import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { addCompletionCommands } from '#agent/console/completion.ts';
import { VERSION } from '#agent/version.ts';
import type { OpsContext } from './console/context.ts';

/** Roles and environments are those that the folder on the command line has a layer of. */
export function addCompletionCommand(program: Command, context: OpsContext): void {
  addCompletionCommands(
    program,
    { terminal: context, env: context.env, version: VERSION },
    {
      roles: (given) => layersIn(given, 'role'),
      environments: (given) => layersIn(given, 'environment'),
    },
  );
}

async function layersIn(given: readonly string[], parent: string): Promise<readonly string[]> {
  for (const folder of given.toReversed()) {
    const isFolder = await stat(folder).then(
      (status) => status.isDirectory(),
      () => false,
    );
    if (!isFolder) continue;
    const entries = await readdir(join(folder, parent), { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  }
  return [];
}
