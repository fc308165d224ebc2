import { dirname } from 'node:path';
import { errnoOf } from '#kit/errno.ts';
import { ok, type Outcome } from '#kit/outcome.ts';
import { idOf } from './accounts.ts';
import type { FileEntry } from './file-entry.ts';
import { difference, putFile, type Wanted } from './put-file.ts';
import { reachFolder } from './safe-path.ts';
import { triggerOf } from './service-entry.ts';
import { initFault, placeOf, type ConfigRun, type Section, type Task } from './task.ts';

/** Files and links, by path. Their content is here already: `prepare` fetched it for the guard. */
export const files: Section = async function* (run) {
  for (const entry of run.config.files) {
    const task = await taskFor(run, entry);
    if (task.kind !== 'ok') yield task;
    else if (task.value !== undefined) yield ok(task.value);
  }
};

async function taskFor(run: ConfigRun, entry: FileEntry): Promise<Outcome<Task | undefined>> {
  const place = placeOf(run, 'files', entry.path);
  const wrong = await reachFolder(dirname(entry.path), { uid: run.host.uid, make: false });
  if (wrong !== undefined) return refused(place, wrong);
  const wanted = await wantedOf(run, place, entry);
  if (wanted.kind !== 'ok') return wanted;
  const found = await onDisk(place, () => difference(wanted.value));
  if (found.kind !== 'ok' || found.value === undefined) return found.kind === 'ok' ? ok(undefined) : found;
  if (found.value.kind === 'folder') return refused(place, `${entry.path} is a folder`);
  const { kind, reason } = found.value;
  return ok({
    changes: [{ subject: entry.path, action: kind === 'missing' ? 'create' : 'replace', reason }],
    triggers: [triggerOf('files', entry.path)],
    act: async () => {
      const made = await reachFolder(dirname(entry.path), { uid: run.host.uid, make: true });
      if (made !== undefined) return refused(place, made);
      return onDisk(place, () => putFile(wanted.value));
    },
  });
}

async function wantedOf(run: ConfigRun, place: string, entry: FileEntry): Promise<Outcome<Wanted>> {
  const { path, content, mode } = entry;
  if (content.kind === 'object') throw new Error(`${path} was not fetched`);
  const uid = await accountId(run, place, 'passwd', entry.owner);
  if (uid.kind !== 'ok') return uid;
  const gid = await accountId(run, place, 'group', entry.group);
  if (gid.kind !== 'ok') return gid;
  return ok({ path, content, mode, uid: uid.value, gid: gid.value });
}

async function accountId(
  run: ConfigRun,
  place: string,
  database: 'passwd' | 'group',
  name: string | undefined,
): Promise<Outcome<number | undefined>> {
  if (name === undefined) return ok(undefined);
  const id = await idOf(run, place, database, name);
  // A preview has not made the user that an earlier section would.
  if (id.kind !== 'ok' || id.value !== undefined) return id;
  // Users of containers have no account here.
  if (/^\d{1,9}$/.test(name)) return ok(Number(name));
  if (run.preview) return id;
  const what = database === 'passwd' ? 'user' : 'group';
  return initFault(
    place,
    `there is no ${what} ${name}`,
    `Make it in the section ${what}s, or install what brings it.`,
  );
}

function refused(place: string, cause: string): Outcome<never> {
  return initFault(place, cause, 'Name another path in the document, or clear the way.');
}

export async function onDisk<T>(place: string, work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return ok(await work());
  } catch (error) {
    return initFault(
      place,
      `the file system gives ${errnoOf(error)}`,
      'Look at the path and its file system.',
    );
  }
}
