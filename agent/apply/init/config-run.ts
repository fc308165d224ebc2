import { ok, type Outcome } from '#kit/outcome.ts';
import type { Change } from '../apply-work.ts';
import { groups, users } from './accounts.ts';
import { sources } from './archives.ts';
import { commands } from './commands.ts';
import { files } from './files.ts';
import { packages } from './packages.ts';
import type { ConfigRun, Section } from './task.ts';
import { services, waitingFor } from './units.ts';

/** cfn-init's order. */
const SECTIONS: readonly Section[] = [packages, groups, users, sources, files, commands, services];

/** One config from packages to services; ends at the first failure, and goes on from there when it is run again. */
export async function runConfig(run: ConfigRun): Promise<Outcome<readonly Change[]>> {
  const changes: Change[] = [];
  for (const section of SECTIONS) {
    for await (const found of section(run)) {
      if (found.kind !== 'ok') return found;
      const task = found.value;
      // Before the change: a crash right after it must not lose the restart.
      const owed = await run.progress.owe(waitingFor(run, task.triggers), 'restart');
      if (owed.kind !== 'ok') return owed;
      if (!run.preview) {
        const done = await task.act();
        if (done.kind !== 'ok') return done;
      }
      changes.push(...task.changes.map((change) => ({ entry: `init.${run.document}`, ...change })));
    }
  }
  return ok(changes);
}
