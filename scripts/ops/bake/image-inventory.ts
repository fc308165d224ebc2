import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { rpmPackages } from '#agent/scan/records/rpm.ts';
import { textInside } from './inside-root.ts';

/** What is on an image, each by name with what tells whether it became another. */
export interface ImageInventory {
  /** Versions of packages of dpkg and rpm, by name and architecture. */
  readonly packages: ReadonlyMap<string, string>;
  /** By name: the rest of the line of /etc/passwd. */
  readonly users: ReadonlyMap<string, string>;
  /** Units of systemd and what enables them, by path. */
  readonly units: ReadonlyMap<string, string>;
  /** All other files, links and devices, by path. */
  readonly files: ReadonlyMap<string, string>;
}

/** What comes and goes without anybody changing an image. */
const PASSING =
  /^\/(?:proc|sys|dev|run|tmp|lost\+found|var\/(?:cache|tmp|log|run)|var\/lib\/apt\/lists)(?:\/|$)/;
const UNITS = /^\/(?:etc|lib|usr\/lib)\/systemd\/(?:system|user)\/./;

/** Reads, and follows no link. */
export async function readInventory(root: string, signal: AbortSignal): Promise<ImageInventory> {
  const units = new Map<string, string>();
  const files = new Map<string, string>();
  for await (const [path, mark] of entriesOf(root, '', signal)) {
    if (UNITS.test(path)) units.set(path, mark);
    else files.set(path, mark);
  }
  return {
    packages: new Map([...dpkgPackages(await textInside(root, 'var/lib/dpkg/status')), ...rpmPackages(root)]),
    users: usersOf(await textInside(root, 'etc/passwd')),
    units,
    files,
  };
}

/** deb822(5), of what is installed and nothing that only left its configuration. */
export function dpkgPackages(status: string): ReadonlyMap<string, string> {
  const packages = new Map<string, string>();
  for (const paragraph of status.split(/\n{2,}/)) {
    const field = (name: string): string | undefined =>
      new RegExp(`^${name}: *(.*)$`, 'm').exec(paragraph)?.[1];
    const name = field('Package');
    if (name === undefined || !field('Status')?.endsWith(' installed')) continue;
    packages.set(`${name}:${field('Architecture') ?? ''}`, field('Version') ?? '');
  }
  return packages;
}

function usersOf(passwd: string): ReadonlyMap<string, string> {
  const lines = passwd.split('\n').filter((line) => line.includes(':'));
  return new Map(
    lines.map((line): [string, string] => {
      const mark = line.indexOf(':');
      return [line.slice(0, mark), line.slice(mark + 1)];
    }),
  );
}

async function* entriesOf(
  root: string,
  folder: string,
  signal: AbortSignal,
): AsyncGenerator<readonly [string, string]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  for (const entry of entries) {
    signal.throwIfAborted();
    const path = `${folder}/${entry.name}`;
    if (PASSING.test(path)) continue;
    if (entry.isDirectory()) yield* entriesOf(root, path, signal);
    else yield [path, await markOf(join(root, path))];
  }
}

async function markOf(path: string): Promise<string> {
  const { mode, uid, gid, rdev } = await lstat(path);
  const owner = `${mode.toString(8)} ${uid}:${gid}`;
  // S_IFMT, inode(7).
  const kind = mode & 0o170000;
  if (kind === 0o120000) return `-> ${await readlink(path)}`;
  if (kind !== 0o100000) return `${owner} ${rdev}`;
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return `${owner} ${hash.digest('hex')}`;
}
