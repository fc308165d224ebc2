import { mkdir, realpath, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { argvOf } from '#agent/apply/commands/interpreter.ts';
import { findBlockDevice, type BlockDevice } from '#agent/claims/volume/block-device.ts';
import { HOST_ROOTS, type HostRoots } from '#agent/claims/base/claims-host.ts';
import { childFails } from '../across/child-run.ts';
import type { Patience } from '../across/patience.ts';
import type { OpsContext } from '../console/context.ts';
import { bakeFault, failed, goOn } from './bake-halt.ts';
import { partsOf, type Part } from './block-devices.ts';
import { CHROOT_SCRIPT } from './chroot-script.ts';
import type { AttachedVolume, RootKeeper } from './image-root.ts';
import { placeInside, textInside } from './inside-root.ts';
import { mountPart, unmountAll, type MountHost } from './mounts.ts';
import { runTool } from './mount-tool.ts';

export interface MountedRootParts {
  /** What runs inside, and from where it is read; undefined: the root is only looked at. */
  readonly provision: { readonly path: string; readonly content: Buffer } | undefined;
  /** Where it is mounted. */
  readonly mountPoint: string;
  readonly context: Pick<OpsContext, 'env' | 'err' | 'clock'>;
  readonly say: (line: string) => void;
  /** The kernel's folders; a test's own. */
  readonly roots?: HostRoots;
}

/** What the kernel takes to show an attached volume, at most, and how often it is looked for. */
const DEVICE_MS = 120_000;
const LOOK_MS = 500;
/** Looks for partitions after which there are none. */
const PART_LOOKS = 10;

const TOOLS = ['blkid', 'mount', 'umount', 'sync', 'unshare', 'setpriv', 'chroot'];

/** The root of a volume that is attached to this very machine. */
export function mountedRoot(parts: MountedRootParts): RootKeeper {
  const { provision, mountPoint, context, say, roots = HOST_ROOTS } = parts;
  const host: MountHost = { roots, say, sleep: (ms) => context.clock.sleep(ms) };
  return {
    course: [
      provision === undefined
        ? 'mount its root file system read-only'
        : `mount its root file system, and run ${provision.path} in a chroot there`,
    ],
    unready: async () => {
      if (process.getuid?.() !== 0)
        return unfit('only root may mount', 'Run it as root, or give --root with what is mounted.');
      for (const tool of TOOLS) {
        const { code } = await runTool(tool, '--version');
        if (code === undefined) return unfit(`there is no ${tool}`, 'Install util-linux and coreutils.');
      }
      return undefined;
    },
    open: async (volume, noted, patience) => {
      const device = await awaitDevice(volume, roots, parts, patience);
      const found = await awaitParts(device, roots, context, patience);
      await mkdir(mountPoint, { recursive: true, mode: 0o700 });
      // As the kernel's table of mounts has it.
      const path = await realpath(mountPoint);
      await noted(path);
      const close = async (): Promise<void> => {
        await unmountAll(path, host);
        await rmdir(path).catch(() => {});
      };
      try {
        await mountRoot(found, path, provision !== undefined, device);
        await mountFstab(found, path, provision !== undefined, say);
      } catch (error) {
        await close();
        throw error;
      }
      return {
        path,
        provision: async (how) =>
          provision === undefined ? undefined : await provisionIn(path, provision, context, how),
        close,
      };
    },
    leave: async (left) => {
      await unmountAll(left, host);
      await rmdir(left).catch(() => {});
    },
  };
}

function unfit(cause: string, hint: string) {
  return bakeFault('LF_BAKE_BUILDER', 'this machine', cause, hint);
}

async function awaitDevice(
  { id, device }: AttachedVolume,
  roots: HostRoots,
  { context: { clock }, say }: MountedRootParts,
  patience: Patience,
): Promise<BlockDevice> {
  const until = clock.monotonic() + DEVICE_MS;
  for (let looks = 0; ; looks += 1) {
    const found = await findBlockDevice(id, device, roots);
    if (found) return found;
    goOn(patience, id);
    if (clock.monotonic() > until) {
      const hint = 'Run it on the instance that --builder names; NVMe devices carry the id of their volume.';
      throw failed(bakeFault('LF_BAKE_ROOT', id, 'no block device of it appears on this machine', hint));
    }
    if (looks === 0) say(`wait for the device of ${id}`);
    await patience.sleep(LOOK_MS);
  }
}

async function awaitParts(
  device: BlockDevice,
  roots: HostRoots,
  { clock }: Pick<OpsContext, 'clock'>,
  patience: Patience,
): Promise<readonly Part[]> {
  for (let left = PART_LOOKS; ; left -= 1) {
    const found = await partsOf(device, roots);
    if (found.length > 0) return found;
    goOn(patience, device.path);
    if (left === 0) {
      const cause =
        'it holds no file system that is known here (ext2 to 4, xfs, btrfs), on all of it or a partition';
      throw failed(bakeFault('LF_BAKE_ROOT', device.path, cause, 'LVM, LUKS and ZFS are not opened.'));
    }
    // Made before the kernel had read the table, perhaps.
    await runTool('partx', '-u', device.path);
    await clock.sleep(LOOK_MS);
  }
}

/** What tells a root from a boot or a data partition. */
const SIGNS = ['etc/os-release', 'usr/lib/os-release', 'etc/passwd'];

async function mountRoot(
  parts: readonly Part[],
  at: string,
  isWritable: boolean,
  { path }: BlockDevice,
): Promise<void> {
  const causes: string[] = [];
  for (const part of parts.filter(({ type }) => type !== 'vfat')) {
    const cause = await mountPart(part, at, isWritable);
    if (cause !== undefined) causes.push(`${part.path}: ${cause}`);
    else if (await isRoot(at)) return;
    else {
      causes.push(`${part.path} (${part.type}) has no /etc/os-release`);
      const ran = await runTool('umount', at);
      if (ran.code !== 0) throw failed(bakeFault('LF_BAKE_ROOT', at, ran.why, 'See what uses it.'));
    }
  }
  const cause = `no root is on it: ${causes.join('; ')}`;
  throw failed(bakeFault('LF_BAKE_ROOT', path, cause, 'Mount it yourself, and give --root.'));
}

async function isRoot(at: string): Promise<boolean> {
  for (const sign of SIGNS) {
    // A link of os-release leads to /usr/lib on the host; that it is one is enough.
    if (await stat(join(at, sign)).catch(() => undefined)) return true;
  }
  return false;
}

/** Kernels and loaders are written to /boot: without its partition they would lie below it, unseen, and the image boots the old ones. */
async function mountFstab(
  parts: readonly Part[],
  at: string,
  isWritable: boolean,
  say: (line: string) => void,
): Promise<void> {
  const text = await textInside(at, 'etc/fstab');
  for (const [spec, point] of fstabEntries(text)) {
    const part = parts.find(({ names }) => names.includes(spec));
    if (!part) continue;
    const target = await placeInside(at, point);
    const cause =
      target === undefined ? 'there is no such folder' : await mountPart(part, target, isWritable);
    if (cause !== undefined) say(`warning: ${point} of the image is not mounted: ${cause}`);
  }
}

/** What an fstab(5) mounts beside the root, the outer ones first. */
export function fstabEntries(text: string): readonly (readonly [spec: string, point: string])[] {
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([spec = '#', point = '']) => !spec.startsWith('#') && /^\/[\w./-]+$/.test(point))
    .filter(([, point = '']) => !point.split('/').includes('..'))
    .map(([spec = '', point = '']) => [spec.replaceAll('"', ''), point] as const)
    .toSorted(([, a], [, b]) => a.length - b.length);
}

/** What a script may need of the operator's environment; no credentials get into an image by way of it. */
const PASSED = /^(?:https?|ftp|no)_proxy$/i;

/**
 * In namespaces of its own. The program dies with this one, whatever ends it (PR_SET_PDEATHSIG), and all that it started dies
 * with the program, so that no kill leaves anything running inside.
 */
async function provisionIn(
  root: string,
  { path, content }: { readonly path: string; readonly content: Buffer },
  context: Pick<OpsContext, 'env' | 'err' | 'clock'>,
  patience: Patience,
): Promise<string | undefined> {
  const inside = argvOf(content, `/run/landfall-bake/beside/${basename(path)}`);
  const env = {
    ...Object.fromEntries(Object.entries(context.env).filter(([name]) => PASSED.test(name))),
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    LANG: 'C.UTF-8',
    DEBIAN_FRONTEND: 'noninteractive',
    LANDFALL_ROOT: '/',
  };
  const script = ['/bin/sh', '-c', CHROOT_SCRIPT, 'sh', root, dirname(path), ...inside];
  const isolated = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--', ...script];
  return await childFails(
    { argv: ['setpriv', '--pdeathsig', 'KILL', ...isolated], cwd: '/', env, endsRest: true },
    patience,
    context,
  );
}
