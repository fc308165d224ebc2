import { readFile } from 'node:fs/promises';

/** A file system of this host that holds files, on a disk of its own or in memory. */
export interface MountPoint {
  readonly path: string;
  /** False for what others see as well (NFS) and for what is no disk (proc): nothing is registered there. */
  readonly holdsFiles: boolean;
}

/** What is mounted, as one reads it: `changed` tells whether it is the same as last time. */
export const MOUNT_TABLE = '/proc/self/mountinfo';

/** Local file systems. Others are kept by the kernel, by a program, or by a server that other instances use, too. */
const LOCAL = /^(?:ext[234]|xfs|btrfs|f2fs|zfs|tmpfs|overlay|vfat|exfat|ntfs3?|bcachefs)$/;

/** Never from a disk, whatever is mounted there. */
const VOLATILE = /^\/(?:proc|sys|dev|run)(?:\/|$)/;

/** Empty where the kernel does not say. */
export async function readMounts(table = MOUNT_TABLE): Promise<readonly MountPoint[]> {
  return mountsIn(await readFile(table, 'utf8').catch(() => ''));
}

/** proc_pid_mountinfo(5): `id parent major:minor root mount-point options [optional...] - type source superoptions`. */
export function mountsIn(table: string): readonly MountPoint[] {
  const found = new Map<string, MountPoint>();
  for (const line of table.split('\n')) {
    const fields = line.split(' ');
    const type = fields[fields.indexOf('-', 6) + 1];
    const [, , , root, mounted] = fields;
    if (mounted === undefined || type === undefined) continue;
    const path = unescape(mounted);
    // A bind mount shows a part of what lies elsewhere: its register is that of the whole.
    const holdsFiles = LOCAL.test(type) && root === '/' && !VOLATILE.test(path);
    // The last one hides those before it.
    found.set(path, { path, holdsFiles });
  }
  return [...found.values()];
}

/** The innermost mount point above `path`, which holds no links. */
export function mountOf(path: string, mounts: readonly MountPoint[]): MountPoint | undefined {
  let best: MountPoint | undefined;
  for (const mount of mounts) {
    const isAbove = mount.path === '/' || path === mount.path || path.startsWith(`${mount.path}/`);
    if (isAbove && mount.path.length >= (best?.path.length ?? 0)) best = mount;
  }
  return best;
}

function unescape(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCodePoint(Number.parseInt(octal, 8)),
  );
}
