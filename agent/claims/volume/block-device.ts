import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { HostRoots } from '../base/claims-host.ts';

/** A volume as this kernel shows it. */
export interface BlockDevice {
  /** Such as /dev/nvme1n1. */
  readonly path: string;
  /** `major:minor`, as in mountinfo. */
  readonly number: string;
  readonly bytes: number;
}

const SECTOR_BYTES = 512;

/**
 * The device of a volume; undefined as long as it is not there. On Nitro the order of NVMe devices means nothing and the
 * requested name is not used: the serial number of the controller is the volume id without its dash ("Identify the EBS
 * device", Amazon EBS User Guide). On Xen the requested name is used, as xvd.
 */
export async function findBlockDevice(
  volumeId: string,
  requested: string,
  roots: HostRoots,
): Promise<BlockDevice | undefined> {
  const serial = volumeId.replace('-', '');
  for (const name of await listOf(join(roots.sys, 'block'))) {
    if (!/^nvme\d+n\d+$/.test(name)) continue;
    const said = await textOf(join(roots.sys, 'block', name, 'device', 'serial'));
    if (said === serial) return await deviceNamed(name, roots);
  }
  const byId = join(roots.dev, 'disk/by-id', `nvme-Amazon_Elastic_Block_Store_${serial}`);
  const linked = await realpath(byId).catch(() => undefined);
  if (linked !== undefined) return await deviceNamed(basename(linked), roots);
  const letters = /^\/dev\/(?:sd|xvd)([a-z]+\d*)$/.exec(requested)?.[1];
  return letters === undefined ? undefined : await deviceNamed(`xvd${letters}`, roots);
}

/** Both sides have to know it: the kernel, and udev (or devtmpfs) that made the node. */
async function deviceNamed(name: string, { sys, dev }: HostRoots): Promise<BlockDevice | undefined> {
  const path = join(dev, name);
  const [number, sectors, node] = await Promise.all([
    textOf(join(sys, 'block', name, 'dev')),
    textOf(join(sys, 'block', name, 'size')),
    stat(path).catch(() => undefined),
  ]);
  // A size of zero: the kernel is still asking the device.
  if (number === undefined || !node || !(Number(sectors) > 0)) return undefined;
  return { path, number, bytes: Number(sectors) * SECTOR_BYTES };
}

async function listOf(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
}
