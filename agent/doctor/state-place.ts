import { access, constants, lstat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { openStateFolder } from '#config-service';
import type { Settings } from '../settings/settings.ts';
import { failure, good, warning, type DoctorFinding } from './base/finding.ts';

/** Bytes: what the agent may want for state, rendered files and spools without thinking about it. */
const LOW_BYTES = 64 * 2 ** 20;
const LOW_FILES = 1000;

/** Whether state can be kept, and whether there is room for it. A folder that does not exist is not made. */
export async function* checkStatePlace(settings: Settings, uid: number): AsyncGenerator<DoctorFinding> {
  yield await checkStateFolder(settings.stateDir, uid);
  for (const [name, path] of [
    ['state', settings.stateDir],
    ['run', settings.runDir],
  ] as const) {
    const finding = await checkRoom(name, path);
    if (finding) yield finding;
  }
}

/** Root looks on behalf of the user that runs the agent: the one who owns its folder. */
export async function agentUser(stateDir: string, uid: number): Promise<number> {
  const status = uid === 0 ? await lstat(stateDir).catch(() => undefined) : undefined;
  return status?.isDirectory() ? status.uid : uid;
}

async function checkStateFolder(path: string, uid: number): Promise<DoctorFinding> {
  const status = await lstat(path).catch(() => undefined);
  if (status === undefined) {
    const above = await nearestFolder(path);
    const writable = await access(above, constants.W_OK).then(
      () => true,
      () => false,
    );
    return writable
      ? good('state', `${path} will be made`)
      : warning('state', `${path} cannot be made by this user`, `install -d -m 0700 ${path}`);
  }
  const opened = await openStateFolder(path, await agentUser(path, uid));
  if (opened.kind === 'ok') return good('state', `${opened.value} takes writes`);
  if (opened.kind === 'fail') return failure('state', opened.fault);
  const { cause, hint } = opened.fault;
  return warning('state', `${path}: ${cause}; nothing would be kept across restarts`, hint);
}

async function checkRoom(name: string, path: string): Promise<DoctorFinding | undefined> {
  const folder = await nearestFolder(path);
  const room = await statfs(folder).catch(() => undefined);
  if (room === undefined) return undefined;
  const free = room.bavail * room.bsize;
  // Some file systems count no files.
  const isShort = room.files > 0 && room.ffree < LOW_FILES;
  if (free >= LOW_BYTES && !isShort) return undefined;
  const left = free < LOW_BYTES ? `${Math.floor(free / 2 ** 20)} MiB` : `room for ${room.ffree} files`;
  return warning(
    'disk',
    `the file system of the ${name} folder has ${left} left`,
    `See what fills it: du -xh ${folder} | sort -h | tail`,
  );
}

async function nearestFolder(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    if (dirname(at) === at || (await lstat(at).catch(() => undefined))) return at;
  }
}
