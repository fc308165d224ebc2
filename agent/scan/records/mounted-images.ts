import type { Package } from './package-record.ts';

/** File systems that cannot be written to, whoever asks. */
const READ_ONLY: ReadonlySet<string> = new Set(['squashfs', 'erofs']);
const SNAP = /^(?:\/var\/lib\/snapd)?\/snap\/([^/]+)\/([^/]+)$/;
/** Where systems put the image that they run from (Bottlerocket, Flatcar, live media). */
const SYSTEM: ReadonlySet<string> = new Set(['/', '/usr']);

/**
 * Who owns what lies below a mount point, by a `/proc/self/mountinfo`: snaps, and images of a whole system, proven block by
 * block (dm-verity) or in a form that is read-only. Any other such image may be the team's own work.
 */
export function mountedImages(mountinfo: string): ReadonlyMap<string, Package> {
  const images = new Map<string, Package>();
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , , point, options = ''] = before.split(' ');
    const [type = '', source = ''] = after.split(' ');
    if (point === undefined) continue;
    images.delete(point);
    if (!options.split(',').includes('ro')) continue;
    const [, name, revision] = SNAP.exec(point) ?? [];
    if (name !== undefined && revision !== undefined && READ_ONLY.has(type)) {
      images.set(point, { recorder: 'snap', name, version: revision });
    } else if (SYSTEM.has(point) && (READ_ONLY.has(type) || isVerified(source))) {
      images.set(point, { recorder: 'image', name: `system image at ${point}`, version: '' });
    }
  }
  return images;
}

/** How Flatcar and others call the device whose blocks the kernel checks. */
function isVerified(source: string): boolean {
  return source === '/dev/mapper/usr' || /^\/dev\/mapper\/.*(?:verity|vroot)/.test(source);
}
