import picomatch from 'picomatch';
import type { HostFilters } from '../base/metrics-settings.ts';
import type { Mount } from './mounts.ts';

/** They hold no data of this host's disks. `overlay` and `squashfs` are other file systems seen once more. */
const PSEUDO =
  /^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|efivarfs|fusectl|hugetlbfs|iso9660|mqueue|nsfs|overlay|proc|pstore|ramfs|rpc_pipefs|securityfs|selinuxfs|squashfs|sysfs|tmpfs|tracefs|fuse\.(lxcfs|portal|gvfsd-fuse))$/;

/** Asking one of these may wait for another host, for ever (case 76). A FUSE program may hang as well as a server. */
const REMOTE =
  /^(nfs4?|nfsd|cifs|smb3?|smbfs|ncpfs|afs|9p|ceph|coda|lustre|glusterfs|beegfs|gpfs|gfs2?|ocfs2|virtiofs|fuse(\..+)?)$/;

/** `veth*` and their like come and go with containers: each would be a series for ever. */
const PASSING_INTERFACES = [
  'lo',
  'veth*',
  'docker*',
  'br-*',
  'virbr*',
  'cni*',
  'cali*',
  'tunl*',
  'ifb*',
  'dummy*',
];
const PASSING_DEVICES = ['loop*', 'ram*', 'sr*', 'fd*', 'zram*'];

/** Instances do not have more, and each is several series. */
const MAX_EACH = 64;

/**
 * The mounts to ask for their space. By default those of local disks, each device once, by its first mount; of the named
 * ones all that are mounted, those of other hosts included, or with `holders` the mounts they lie on, as df(1) has it. What
 * lies below a remote one is left out either way: the way there leads through it.
 */
export function mountsToProbe(mounts: readonly Mount[], filters: HostFilters): readonly Mount[] {
  const excluded = picomatch([...filters.exclude], { dot: true });
  // Of several at one path the last is the one to be seen.
  const visible = [...new Map(mounts.map((mount) => [mount.path, mount])).values()];
  const named = namedMounts(visible, filters);
  const remote = visible.filter(({ type }) => REMOTE.test(type));
  const devices = new Set<string>();
  const wanted = visible.filter(({ device, path, type }) => {
    if (remote.some((far) => path !== far.path && isBelow(path, far.path))) return false;
    if (named) return named.has(path);
    if (PSEUDO.test(type) || REMOTE.test(type) || devices.has(device)) return false;
    if (filters.exclude.length > 0 && excluded(path)) return false;
    devices.add(device);
    return true;
  });
  return wanted.slice(0, MAX_EACH);
}

/** Undefined when none are named; a wildcard stands for the mounts it matches, in every profile. */
function namedMounts(
  visible: readonly Mount[],
  { mounts, holders }: Pick<HostFilters, 'mounts' | 'holders'>,
): ReadonlySet<string> | undefined {
  if (mounts.length === 0) return undefined;
  return new Set(
    mounts.flatMap((path) => {
      if (!isWild(path)) return [holders ? holderOf(path, visible) : path];
      const matches = picomatch(path, { dot: true });
      return visible.map((mount) => mount.path).filter((one) => matches(one));
    }),
  );
}

/** Those of the plan that are not mounted, or match no mount. */
export function mountsNotThere(
  mounts: readonly Mount[],
  filters: Pick<HostFilters, 'mounts' | 'holders'>,
): readonly string[] {
  const paths = new Set(mounts.map(({ path }) => path));
  return filters.mounts.filter((wanted) => {
    if (!isWild(wanted)) return !filters.holders && !paths.has(wanted);
    const matches = picomatch(wanted, { dot: true });
    return ![...paths].some((path) => matches(path));
  });
}

function isWild(path: string): boolean {
  return /[*?[{]/.test(path);
}

/** The mount a path lies on: the deepest one above it. */
function holderOf(path: string, visible: readonly Mount[]): string {
  const above = visible.filter((mount) => isBelow(path, mount.path));
  return above.toSorted((a, b) => b.path.length - a.path.length)[0]?.path ?? path;
}

/** Whether `path` lies in `folder`; a folder lies in itself. */
function isBelow(path: string, folder: string): boolean {
  return `${path.replace(/\/$/, '')}/`.startsWith(`${folder.replace(/\/$/, '')}/`);
}

export function chooseInterfaces<T extends { readonly name: string }>(
  interfaces: readonly T[],
  globs: readonly string[],
): readonly T[] {
  return choose(interfaces, globs, PASSING_INTERFACES);
}

/** @param whole names of `/sys/block`: partitions are not among them. Undefined when it cannot be read. */
export function chooseDevices<T extends { readonly name: string }>(
  devices: readonly T[],
  globs: readonly string[],
  whole: ReadonlySet<string> | undefined,
): readonly T[] {
  const those = globs.length > 0 || !whole ? devices : devices.filter(({ name }) => whole.has(name));
  return choose(those, globs, PASSING_DEVICES);
}

function choose<T extends { readonly name: string }>(
  all: readonly T[],
  globs: readonly string[],
  passing: readonly string[],
): readonly T[] {
  const matches = picomatch([...(globs.length > 0 ? globs : passing)]);
  return all.filter(({ name }) => matches(name) === globs.length > 0).slice(0, MAX_EACH);
}
