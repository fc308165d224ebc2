import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

export interface HostRoot {
  readonly root: string;
  readonly write: (files: Readonly<Record<string, string>>) => Promise<void>;
}

/** A root of a host's own: /proc and /sys as the test writes them. */
export async function hostRoot(files: Readonly<Record<string, string>> = {}): Promise<HostRoot> {
  const root = await mkdtemp(path.join(tmpdir(), 'landfall-metrics-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const write = async (more: Readonly<Record<string, string>>): Promise<void> => {
    for (const [name, text] of Object.entries(more)) {
      const file = path.join(root, name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, text);
    }
  };
  await write({ ...QUIET_HOST, ...files });
  return { root, write };
}

/** Figures that are easy to reckon with. */
export const QUIET_HOST = {
  'proc/sys/kernel/random/boot_id': '11111111-2222-3333-4444-555555555555\n',
  'proc/stat': 'cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 100 0 100 800 0 0 0 0 0 0\nbtime 1750000000\n',
  'proc/meminfo':
    'MemTotal: 1000 kB\nMemFree: 200 kB\nMemAvailable: 600 kB\nBuffers: 100 kB\nCached: 250 kB\nSReclaimable: 50 kB\nSwapTotal: 400 kB\nSwapFree: 300 kB\n',
  'proc/loadavg': '0.50 0.25 0.10 1/100 4242\n',
  'proc/self/mounts': '/dev/nvme0n1p1 / xfs rw 0 0\n',
  'proc/net/dev':
    'Inter-|   Receive |  Transmit\n face |bytes packets errs drop fifo frame compressed multicast|bytes packets errs drop fifo colls carrier compressed\n    lo: 9 9 0 0 0 0 0 0 9 9 0 0 0 0 0 0\n  ens5: 1000 10 0 0 0 0 0 0 2000 20 0 0 0 0 0 0\n',
  'proc/diskstats':
    ' 259 0 nvme0n1 10 0 20 5 30 0 40 15 0 100 20 0 0 0 0\n 259 1 nvme0n1p1 9 0 18 5 30 0 40 15 0 90 20 0 0 0 0\n',
  'proc/sys/fs/file-nr': '1024\t0\t65536\n',
  'sys/block/nvme0n1': '',
};
