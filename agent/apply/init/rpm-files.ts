import { writeFile } from 'node:fs/promises';
import { ok, type Outcome } from '#kit/outcome.ts';
import { runChild, succeeded } from './child.ts';
import { fetched } from './fetched.ts';
import { INIT_LIMITS, INIT_TIMEOUTS } from './limits.ts';
import { triggerOf } from './service-entry.ts';
import { placeOf, progressKey, type ConfigRun, type Task } from './task.ts';

interface RpmFile {
  readonly name: string;
  readonly url: string;
  readonly key: string;
  readonly version: string;
  readonly path: string;
}

/** Packages of this region's S3, in one transaction. What was installed and is unchanged in S3 counts as installed. */
export async function* rpmFileTasks(run: ConfigRun): AsyncGenerator<Outcome<Task>> {
  const files: RpmFile[] = [];
  for (const { name, versions } of run.config.packages.filter(({ manager }) => manager === 'rpm')) {
    for (const url of versions) {
      const place = placeOf(run, 'packages', `rpm/${name}`);
      const key = progressKey(run, 'packages', `rpm/${name}/${url}`);
      const found = await fetched(run, { place, url, key, maxBytes: INIT_LIMITS.archiveBytes });
      if (found.kind !== 'ok') yield found;
      if (found.kind !== 'ok' || found.value === undefined) continue;
      const { bytes, version } = found.value;
      const path = `${run.scratch}/${files.length}.rpm`;
      if (!run.preview) await writeFile(path, bytes, { mode: 0o600 });
      files.push({ name, url, key, version, path });
    }
  }
  if (files.length > 0) yield ok(installation(run, files));
}

function installation(run: ConfigRun, files: readonly RpmFile[]): Task {
  const place = placeOf(run, 'packages', 'rpm');
  return {
    changes: files.map(({ url }) => ({ subject: `rpm ${url}`, action: 'install', reason: 'not installed' })),
    triggers: files.map(({ name }) => triggerOf('packages', `rpm/${name}`)),
    act: async () => {
      const argv = ['rpm', '-U', '--quiet', '--replacepkgs', ...files.map(({ path }) => path)] as const;
      const result = await runChild(run, place, argv, { timeoutMs: INIT_TIMEOUTS.packages });
      const done = succeeded(run, place, 'rpm', result);
      if (done.kind !== 'ok') return done;
      for (const { key, version } of files) {
        const seen = await run.progress.see(key, version);
        if (seen.kind !== 'ok') return seen;
      }
      return ok(undefined);
    },
  };
}
