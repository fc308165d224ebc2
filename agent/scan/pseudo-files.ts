/** File systems that the kernel makes up: nothing of them is on the disk, and reading some has effects. */
const PSEUDO: ReadonlySet<string> = new Set(
  (
    'autofs binfmt_misc bpf cgroup cgroup2 configfs debugfs devpts devtmpfs efivarfs fusectl hugetlbfs mqueue nsfs ' +
    'proc pstore ramfs rpc_pipefs securityfs selinuxfs sysfs tracefs'
  ).split(' '),
);

/** Where they stand in an image that is not running, and what of a running one is gone after a restart. */
const BY_NAME: readonly string[] = ['proc', 'sys', 'dev', 'run'];

/** Mount point to type, of the pseudo file systems in a `/proc/self/mountinfo` (proc_pid_mountinfo(5)). */
export function pseudoMounts(mountinfo: string): ReadonlyMap<string, string> {
  const mounts = new Map<string, string>();
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const type = after.split(' ')[0] ?? '';
    const point = before.split(' ')[4];
    if (point === undefined) continue;
    // Of two mounts on one point the later is the one that is seen.
    if (PSEUDO.has(type)) mounts.set(unescape(point), type);
    else mounts.delete(unescape(point));
  }
  return mounts;
}

/**
 * Folders to leave out below `names`, the entries of a scanned root: only when it is the root of a system, which has
 * `etc` and `proc`. A project's own `dev` or `run` is a folder like any other.
 */
export function pseudoFolders(names: readonly string[]): readonly string[] {
  return names.includes('etc') && names.includes('proc') ? BY_NAME : [];
}

/** Blanks and backslashes of a mount point are octal. */
function unescape(point: string): string {
  return point.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
