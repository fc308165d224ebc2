import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The TCP ports on which the process listens, sorted; none when it is gone. */
export function portsOf(pid: number): readonly number[] {
  const inodes = new Set(socketsOf(pid));
  if (inodes.size === 0) return [];
  const rows = ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${process.pid}/net/${table}`, 'utf8').trimEnd().split('\n').slice(1),
  );
  const ports = rows.flatMap((row) => {
    const [, local = '', , state, , , , , , inode = ''] = row.trim().split(/\s+/);
    return state === LISTEN && inodes.has(inode) ? [Number.parseInt(local.split(':')[1] ?? '', 16)] : [];
  });
  return ports.toSorted((a, b) => a - b);
}

/** TCP_LISTEN of include/net/tcp_states.h. */
const LISTEN = '0A';

function socketsOf(pid: number): readonly string[] {
  const inodes: string[] = [];
  for (const fd of descriptorsOf(pid)) {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
      if (inode !== undefined) inodes.push(inode);
    } catch {
      // Closed meanwhile.
    }
  }
  return inodes;
}

function descriptorsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`);
  } catch {
    return [];
  }
}
