import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostRoots } from '#agent/claims/base/claims-host.ts';
import { mountPointsBelow } from '#agent/claims/volume/mount-table.ts';
import { bakeFault, failed } from './bake-halt.ts';
import { runTool } from './mount-tool.ts';
import type { Part } from './block-devices.ts';

export interface MountHost {
  readonly roots: HostRoots;
  readonly say: (line: string) => void;
  readonly sleep: (ms: number) => Promise<unknown>;
}

/** How often what is busy is asked to go, and how far apart. */
const TRIES = 10;
const BETWEEN_MS = 500;

/**
 * @param isWritable else it is mounted read-only: its journal is replayed all the same, which is the state an instance would see.
 * @returns why not.
 */
export async function mountPart(part: Part, at: string, isWritable: boolean): Promise<string | undefined> {
  const options = [
    // Of an image that is only looked at nothing is run, whoever comes by.
    ...(isWritable ? ['rw'] : ['ro', 'nosuid', 'nodev', 'noexec']),
    // The builder may run from the same base, and XFS refuses a second file system of one UUID (xfs(5)).
    ...(part.type === 'xfs' ? ['nouuid'] : []),
  ];
  const ran = await runTool('mount', '-t', part.type, '-o', options.join(','), part.path, at);
  return ran.code === 0 ? undefined : ran.why;
}

/**
 * Unmounts all at and below a folder, the last mounted first. What a dead run left inside is ended; a file of somebody else's that
 * is still open holds a mount for some seconds, then it is let go of lazily, and said. @throws BakeHalt.
 */
export async function unmountAll(at: string, host: MountHost): Promise<void> {
  await endProcessesIn(at, host);
  for (;;) {
    const points = mountPointsBelow(await readFile(join(host.roots.proc, 'self/mountinfo'), 'utf8'), at);
    const last = points.at(-1);
    if (last === undefined) return;
    await unmount(last, host);
  }
}

async function unmount(path: string, host: MountHost): Promise<void> {
  // Whatever becomes of the mount, what was written is on the volume.
  await runTool('sync', '-f', path);
  let why = '';
  for (let left = TRIES; left > 0; left -= 1) {
    const ran = await runTool('umount', path);
    if (ran.code === 0) return;
    ({ why } = ran);
    if (left === TRIES) host.say(`${path} is still in use${users(await holdersOf(path, host))}`);
    await host.sleep(BETWEEN_MS);
  }
  const lazy = await runTool('umount', '-l', path);
  if (lazy.code === 0) {
    const holders = users(await holdersOf(path, host));
    host.say(`warning: ${path} was unmounted lazily, for it is in use${holders}: ${why}`);
    return;
  }
  throw failed(bakeFault('LF_BAKE_ROOT', path, lazy.why, 'Unmount it by hand, and run it again.'));
}

interface Holder {
  readonly pid: number;
  readonly name: string;
  /** Whether it has this for its root: nobody but a chroot of ours. */
  readonly isInside: boolean;
}

async function endProcessesIn(at: string, host: MountHost): Promise<void> {
  for (const { pid, name, isInside } of await holdersOf(at, host)) {
    if (!isInside) continue;
    host.say(`end ${name} (${pid}), which runs in ${at}`);
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  }
}

/** Who has a root, a working directory or an open file there. */
async function holdersOf(at: string, { roots }: MountHost): Promise<readonly Holder[]> {
  const below = (target: string | undefined): boolean =>
    target !== undefined && (target === at || target.startsWith(`${at}/`));
  const holders: Holder[] = [];
  for (const entry of await readdir(roots.proc).catch(() => [])) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    const folder = join(roots.proc, entry);
    const link = (name: string): Promise<string | undefined> =>
      readlink(join(folder, name)).catch(() => undefined);
    const isInside = below(await link('root'));
    const open = await readdir(join(folder, 'fd')).catch(() => []);
    const used = [await link('cwd'), ...(await Promise.all(open.map((fd) => link(`fd/${fd}`))))];
    if (!isInside && !used.some(below)) continue;
    const name = await readFile(join(folder, 'comm'), 'utf8').then(
      (text) => text.trim(),
      () => 'a program',
    );
    holders.push({ pid: Number(entry), name, isInside });
  }
  return holders;
}

function users(holders: readonly Holder[]): string {
  return holders.length === 0 ? '' : ` by ${holders.map(({ name, pid }) => `${name} (${pid})`).join(', ')}`;
}
