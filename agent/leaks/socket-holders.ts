import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';

/** The process that holds a socket. */
export interface Holder {
  readonly pid: number;
  /** As /proc/PID/comm has it: at most 15 characters, and no arguments, which may hold secrets. */
  readonly process: string;
  /** Unit of systemd, or scope of a container; null where there is none. */
  readonly unit: string | null;
}

/** Open files that one look goes through; those of a busy host are some ten thousand. */
const MAX_FILES = 100_000;
/** Between two breaths. */
const SLICE = 256;

/**
 * Who holds these sockets, by inode. Those of other users only root sees. Processes that held some before are asked first, so that
 * the others are gone through only when one is still missing.
 */
export async function findHolders(
  inodes: ReadonlySet<string>,
  before: Iterable<number> = [],
  folder = '/proc',
): Promise<ReadonlyMap<string, Holder>> {
  const holders = new Map<string, Holder>();
  let files = 0;
  const pids = new Set([...[...before].map(String), ...namesIn(folder).filter((name) => /^\d+$/.test(name))]);
  for (const pid of pids) {
    if (holders.size === inodes.size || files > MAX_FILES) break;
    for (const fd of namesIn(`${folder}/${pid}/fd`)) {
      files += 1;
      if (files % SLICE === 0) await setImmediate();
      const [, inode = ''] = /^socket:\[(\d+)\]$/.exec(linkAt(`${folder}/${pid}/fd/${fd}`)) ?? [];
      // A parent that handed it down holds it, too; the first one is as good as any.
      if (inodes.has(inode) && !holders.has(inode)) holders.set(inode, holderOf(folder, pid));
    }
  }
  return holders;
}

function holderOf(folder: string, pid: string): Holder {
  const process = textAt(`${folder}/${pid}/comm`).trim();
  return { pid: Number(pid), process, unit: unitOf(textAt(`${folder}/${pid}/cgroup`)) };
}

/** The last part of the path that is a unit (cgroups(7)): `0::/system.slice/payroll.service/worker`. */
export function unitOf(cgroups: string): string | null {
  const units = cgroups.matchAll(/\/([^/\n]+\.(?:service|scope))(?=\/|$)/gm);
  return [...units].at(-1)?.[1] ?? null;
}

/** Processes come and go between two of these calls. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function linkAt(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function textAt(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
