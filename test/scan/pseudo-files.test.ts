import { describe, expect, it } from 'vitest';
import { pseudoFolders, pseudoMounts } from '#agent/scan/pseudo-files.ts';

const MOUNTINFO = String.raw`22 1 259:1 / / rw,noatime shared:1 - xfs /dev/nvme0n1p1 rw
23 22 0:21 / /proc rw,nosuid shared:5 - proc proc rw
24 22 0:5 / /mnt/my\040image/dev rw master:2 - devtmpfs devtmpfs rw
25 22 0:30 / /tmp rw - tmpfs tmpfs rw
26 22 0:31 / /data/x rw - proc proc rw
27 22 0:32 / /data/x rw - ext4 /dev/sdb rw
`;

describe('pseudo file systems', () => {
  it('are known by their type; what hides one by being mounted over it is none', () => {
    expect([...pseudoMounts(MOUNTINFO)]).toEqual([
      ['/proc', 'proc'],
      ['/mnt/my image/dev', 'devtmpfs'],
    ]);
  });

  it('are known by their names in the root of a system only', () => {
    expect(pseudoFolders(['bin', 'etc', 'proc'])).toContain('dev');
    expect(pseudoFolders(['etc', 'dev', 'run'])).toEqual([]);
  });
});
