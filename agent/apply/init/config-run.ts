import { ok, type Outcome } from '#kit/outcome.ts';
import type { Change } from '../apply-work.ts';
import { groups, users } from './accounts.ts';
import { sources } from './archives.ts';
import { commands } from './commands.ts';
import { files } from './files.ts';
import { packages } from './packages.ts';
import { rpmFileTasks } from './rpm-files.ts';
import { progressKey, type ConfigRun, type Section } from './task.ts';
import { services, waitingFor } from './units.ts';

/** cfn-init's order. */
const SECTIONS: readonly Section[] = [packages, groups, users, sources, files, commands, services];

/** What commands may have edited: when one of these is written again, what edited it has to run again. */
const WRITTEN: ReadonlySet<Section> = new Set([sources, files]);

/** Of a document that ended well: what says for itself when it is to be done again. */
const STANDING: readonly Section[] = [commands, services];

/** One config from packages to services; ends at the first failure, and goes on from there when it is run again. */
export async function runConfig(
  run: ConfigRun,
  state: 'begun' | 'ended',
): Promise<Outcome<readonly Change[]>> {
  const changes: Change[] = [];
  for (const section of state === 'ended' ? STANDING : SECTIONS) {
    if (section === files && run.progress.isDone(progressKey(run, 'files', ''), run.digest)) continue;
    for await (const found of section(run)) {
      if (found.kind !== 'ok') return found;
      const task = found.value;
      // Before the change: a crash right after it must not lose the restart.
      const owed = await run.progress.owe(waitingFor(run, task.triggers), 'restart');
      if (owed.kind !== 'ok') return owed;
      const undone = WRITTEN.has(section) ? await undoCommands(run) : ok(undefined);
      if (undone.kind !== 'ok') return undone;
      if (!run.preview) {
        const done = await task.act();
        if (done.kind !== 'ok') return done;
      }
      changes.push(...task.changes.map((change) => ({ entry: `init.${run.document}`, ...change })));
    }
    if (section !== files) continue;
    // A run that goes on here later must not put back what its commands have edited since.
    const written = await run.progress.finish(progressKey(run, 'files', ''), run.digest);
    if (written.kind !== 'ok') return written;
  }
  return ok(changes);
}

/** Whether something that the config unpacks or installs from S3 is another than it was, or is gone from the host. */
export async function hasNews(run: ConfigRun): Promise<Outcome<boolean>> {
  for (const section of [sources, rpmFileTasks]) {
    for await (const found of section({ ...run, preview: true }))
      return found.kind === 'ok' ? ok(true) : found;
  }
  return ok(false);
}

/** Before the first file is written: a kill between the two costs one run of the commands more. */
async function undoCommands(run: ConfigRun): Promise<Outcome<void>> {
  const undone = await run.progress.undo(progressKey(run, 'files', ''));
  return undone.kind === 'ok' ? run.progress.undo(progressKey(run, 'commands', '')) : undone;
}
