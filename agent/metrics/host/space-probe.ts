import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '#kit/clock.ts';
import type { DiskSpace } from './host-sample.ts';
import type { Mount } from './mounts.ts';
import { bounded, type Bounded } from './bounded-call.ts';

/** The part of statfs(2) that is used. */
export type StatFs = (path: string) => Promise<{
  readonly bsize: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;
}>;

export interface SpaceProbe {
  measure(mounts: readonly Mount[]): Promise<readonly DiskSpace[]>;
  /** Mounts that have not answered yet, by path. */
  readonly hanging: readonly string[];
}

const LIMIT_MS = 2_000;

/** libuv has four threads for all files of this process: two may be lost to servers that are gone, and no more. */
const MAX_HANGING = 2;

/**
 * Asks file systems how full they are. One that does not answer is left out, and not asked again until it has answered:
 * each question holds a thread for as long as the kernel pleases (case 76).
 */
export function createSpaceProbe(clock: Clock, root: string, ask: StatFs = statfs): SpaceProbe {
  const probes = new Map<string, Bounded<DiskSpace | undefined>>();
  const hanging = (): readonly string[] => [...probes].flatMap(([path, { isBusy }]) => (isBusy ? path : []));
  return {
    get hanging() {
      return hanging();
    },
    async measure(mounts) {
      const paths = new Set(mounts.map(({ path }) => path));
      for (const [path, { isBusy }] of probes) if (!isBusy && !paths.has(path)) probes.delete(path);
      const spaces: DiskSpace[] = [];
      // One after another: a host whose mounts all hang loses no more threads than `MAX_HANGING`.
      for (const mount of mounts) {
        if (hanging().length >= MAX_HANGING) break;
        let probe = probes.get(mount.path);
        if (!probe) probes.set(mount.path, (probe = bounded(clock, LIMIT_MS)));
        const space = await probe.run(async () => spaceOf(mount, await ask(join(root, mount.path))));
        if (space) spaces.push(space);
      }
      return spaces;
    },
  };
}

/** Undefined for what has no blocks of its own. */
function spaceOf(mount: Mount, found: Awaited<ReturnType<StatFs>>): DiskSpace | undefined {
  const { bsize, blocks, bfree, bavail, files, ffree } = found;
  if (blocks === 0) return undefined;
  return {
    mount,
    total: blocks * bsize,
    used: (blocks - bfree) * bsize,
    free: bfree * bsize,
    available: bavail * bsize,
    inodes: files,
    inodesFree: ffree,
  };
}
