import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { BlockDevice } from '#agent/claims/volume/block-device.ts';
import type { HostRoots } from '#agent/claims/base/claims-host.ts';
import { runTool } from './mount-tool.ts';

/** A file system on a volume: on all of it, or on one of its partitions. */
export interface Part {
  readonly path: string;
  readonly type: string;
  /** How an fstab may call it: `UUID=..`, `LABEL=..`, `PARTUUID=..`. */
  readonly names: readonly string[];
}

/** File systems of Linux that an image has its root on, and of its boot partitions. */
const MOUNTABLE: ReadonlySet<string> = new Set(['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'vfat']);

/** What can be mounted of a volume, by what blkid reads on the device itself. Empty while the kernel still looks for partitions. */
export async function partsOf({ path }: BlockDevice, { sys, dev }: HostRoots): Promise<readonly Part[]> {
  const name = basename(path);
  const entries = await readdir(join(sys, 'block', name)).catch(() => []);
  const partitions = entries.filter((entry) => entry.startsWith(name)).toSorted();
  const nodes = [path, ...partitions.map((partition) => join(dev, partition))];
  const parts = await Promise.all(nodes.map(partAt));
  return parts.flatMap((part) => part ?? []);
}

async function partAt(path: string): Promise<Part | undefined> {
  const { code, out } = await runTool('blkid', '-p', '-o', 'export', path);
  if (code !== 0) return undefined;
  const fields = new Map(
    out.split('\n').map((line): [string, string] => {
      const mark = line.indexOf('=');
      return [line.slice(0, mark), line.slice(mark + 1)];
    }),
  );
  const type = fields.get('TYPE');
  if (type === undefined || !MOUNTABLE.has(type)) return undefined;
  const names = [
    ['UUID', fields.get('UUID')],
    ['LABEL', fields.get('LABEL')],
    ['PARTUUID', fields.get('PART_ENTRY_UUID')],
    ['PARTLABEL', fields.get('PART_ENTRY_NAME')],
  ].flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]));
  return { path, type, names };
}
