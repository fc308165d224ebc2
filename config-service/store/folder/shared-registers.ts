import { createHash } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeFileAtomic } from '../../kit/atomic-file.ts';
import { errnoOf, errnoOrText } from '../../kit/errno.ts';
import { mountOf, type MountPoint } from './mounts.ts';
import {
  printRegister,
  type ReadRegister,
  type RegisterOwner,
  type RenderedFile,
} from './register-format.ts';
import { inspectRegister } from './register-file.ts';
import { printStamp, type Stamp } from '../stamp/stamp.ts';

/** On a volume, in its root. */
export const VOLUME_FOLDER = '.landfall-registers';

const NAME = /^[0-9a-f]{16}\.register$/;

/** In one place; on a host there are one or two. Whoever fills a volume with them only keeps a boot busy for so long. */
const MAX_REGISTERS = 256;
const MAX_LOOKS = 1000;

/** Where copies of the register lie, so that they are found when the state folder is not. */
export interface RegisterSharing {
  /** The same folder for every daemon of this user on this host, whatever its settings say. */
  readonly home: string;
  readonly owner: RegisterOwner;
}

export interface SharedRegister {
  readonly path: string;
  readonly read: ReadRegister;
  /** The mount point of the volume it lies on; undefined for those in `home`. */
  readonly within?: string;
}

/**
 * Writes what is registered to `home`, and what of it lies on a volume to that volume, by names that hold wherever it is
 * mounted. A file for each daemon, so that two never write the same.
 * @returns what could not be written, for people.
 */
export async function shareRegister(
  sharing: RegisterSharing,
  { here, uid }: { readonly here: Stamp; readonly uid: number },
  files: readonly RenderedFile[],
  mounts: readonly MountPoint[],
): Promise<readonly string[]> {
  const name = nameOf(here, sharing.owner);
  const places = new Map<string, RenderedFile[]>([[sharing.home, [...files]]]);
  for (const { path } of volumesOf(mounts)) places.set(`${path}/${VOLUME_FOLDER}`, []);
  for (const { mount, ...file } of files) {
    if (mount === undefined || file.path === mount) continue;
    places.get(`${mount}/${VOLUME_FOLDER}`)?.push({ ...file, path: file.path.slice(mount.length) });
  }
  const failed: string[] = [];
  for (const [folder, listed] of places) {
    const path = `${folder}/${name}`;
    try {
      if (listed.length === 0) await rm(path, { force: true });
      else {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        if (!(await isTrusted(folder, uid))) throw new Error('it belongs to somebody else');
        await writeFileAtomic(path, printRegister(here, listed, { owner: sharing.owner }), 0o600);
      }
    } catch (error) {
      if (listed.length > 0) failed.push(`${folder}: ${errnoOrText(error)}`);
    }
  }
  return failed;
}

/** With the mount point of what does not lie on the root file system. */
export function withMounts(
  files: readonly RenderedFile[],
  mounts: readonly MountPoint[],
): readonly RenderedFile[] {
  return files.map((file) => {
    const mount = mountOf(file.path, mounts)?.path;
    const { mount: _, ...rest } = file;
    return mount === undefined || mount === '/' ? rest : { ...rest, mount };
  });
}

/**
 * The registers of daemons that are gone and that this one comes after. One that runs keeps its own. In the same boot of the
 * host they are neighbours rather than ancestors, unless they shared the run folder, or have their state side by side.
 * What is not ours or root's, or could be written by others, is not believed.
 */
export async function findSharedRegisters(
  sharing: RegisterSharing,
  uid: number,
  mounts: readonly MountPoint[],
): Promise<readonly SharedRegister[]> {
  const places = [
    { folder: sharing.home },
    ...volumesOf(mounts).map(({ path }) => ({ folder: `${path}/${VOLUME_FOLDER}`, within: path })),
  ];
  const found: SharedRegister[] = [];
  for (const place of places) {
    if (!(await isTrusted(place.folder, uid))) continue;
    const names = (await readdir(place.folder).catch(() => [])).filter((name) => NAME.test(name));
    for (const name of names.toSorted().slice(0, MAX_REGISTERS)) {
      const path = `${place.folder}/${name}`;
      const read = await inspectRegister(path, uid).catch(() => undefined);
      if (read?.kind !== 'read') continue;
      if (!(await isAncestor(read.owner, sharing.owner))) {
        if (await isForgotten(read)) await rm(path, { force: true }).catch(() => {});
        continue;
      }
      const { within } = place as { readonly within?: string };
      const files = within === undefined ? read.files : read.files.map((file) => below(within, file));
      found.push({ path, read: { ...read, files }, ...(within !== undefined && { within }) });
    }
  }
  return found;
}

/** Who runs as `pid`, by when it started; empty where nobody does, or Linux does not say. */
export async function startOf(pid: number | 'self'): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name in parentheses may hold anything (proc_pid_stat(5)); field 22, counted from behind it.
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

async function isAncestor(other: RegisterOwner | undefined, self: RegisterOwner): Promise<boolean> {
  if (!other) return false;
  if (other.bootId !== self.bootId || self.bootId === '') return true;
  const isSelf = other.pid === self.pid && other.startedAt === self.startedAt;
  if (!isSelf && other.startedAt !== '' && (await startOf(other.pid)) === other.startedAt) return false;
  if (other.stateFolder === self.stateFolder || other.runDir === self.runDir) return true;
  return dirname(other.stateFolder) === dirname(self.stateFolder);
}

/** Of a daemon that is gone together with its state and all it put on the host: nobody will ever ask for it. */
async function isForgotten({ owner, files }: ReadRegister): Promise<boolean> {
  if (!owner || files.length > MAX_LOOKS || (await startOf(owner.pid)) === owner.startedAt) return false;
  for (const path of [owner.stateFolder, ...files.map((file) => file.path)])
    if (await isThere(path)) return false;
  return true;
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: unknown) => errnoOf(error) !== 'ENOENT',
  );
}

async function isTrusted(folder: string, uid: number): Promise<boolean> {
  try {
    const status = await lstat(folder);
    return status.isDirectory() && (status.uid === uid || status.uid === 0) && (status.mode & 0o022) === 0;
  } catch (error) {
    if (errnoOf(error) === '') throw error;
    return false;
  }
}

function volumesOf(mounts: readonly MountPoint[]): readonly MountPoint[] {
  return mounts.filter(({ path, holdsFiles }) => holdsFiles && path !== '/');
}

function below(mount: string, file: RenderedFile): RenderedFile {
  return { ...file, path: `${mount}${file.path}`, mount };
}

function nameOf(here: Stamp, { stateFolder }: RegisterOwner): string {
  const digest = createHash('sha256')
    .update(`${printStamp(here)}\n${stateFolder}`)
    .digest('hex');
  return `${digest.slice(0, 16)}.register`;
}
