import type { HostRoot } from './host-root.ts';
import type { View } from './view.ts';

/** Where the commands of a way out are to act: on the disk that was looked at, and on nothing else. */
export interface Disk {
  /** This host runs from it, or is to be made an image of: its own programs may be asked. Else it is only mounted here. */
  readonly isOwn: boolean;
  /** The path as it lies on this host, links resolved within the disk, quoted for a shell. */
  readonly at: (path: string) => string;
}

export function diskOf(root: HostRoot, { isMounted = false }: View): Disk {
  return {
    isOwn: !isMounted,
    // A link of a mounted image that leads to /run would lead to this host's.
    at: (path) => quoted(root.shown(root.find(path)[0] ?? path)),
  };
}

export function quoted(path: string): string {
  return /^[\w./@:+-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
