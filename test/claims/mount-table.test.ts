import { describe, expect, it } from 'vitest';
import { isOf, topmost } from '#agent/claims/volume/mount-table.ts';
import { mountCommand } from '#agent/claims/volume/mounting.ts';

const TABLE = String.raw`22 1 259:1 / / rw,relatime shared:1 - ext4 /dev/root rw
23 22 259:7 / /srv/data rw shared:5 master:2 - xfs /dev/nvme1n1 rw
24 23 0:52 / /srv/data rw - btrfs /dev/nvme2n1 rw
25 22 259:9 / /srv/with\040space rw - ext4 /dev/odd\134name rw
`;

describe('the mount table', () => {
  it('shows what lies on top', () => {
    expect(topmost(TABLE, '/srv/data')).toEqual({ number: '0:52', source: '/dev/nvme2n1' });
    expect(topmost(TABLE, '/srv')).toBeUndefined();
  });

  it('is read with its escapes and its optional fields', () => {
    expect(topmost(TABLE, '/srv/with space')).toEqual({ number: '259:9', source: String.raw`/dev/odd\name` });
    expect(topmost(TABLE, '/')).toEqual({ number: '259:1', source: '/dev/root' });
  });

  it('knows a device by its number, or by its name where the file system has numbers of its own', () => {
    const device = { path: '/dev/nvme2n1', number: '259:8', bytes: 1 };
    expect(isOf({ number: '259:8', source: '/dev/disk/by-uuid/1' }, device)).toBe(true);
    expect(isOf({ number: '0:52', source: '/dev/nvme2n1' }, device)).toBe(true);
    expect(isOf({ number: '259:7', source: '/dev/nvme1n1' }, device)).toBe(false);
  });
});

describe('the command to mount', () => {
  const fileSystem = { type: 'ext4', uuid: '40025d29-127f-4ab6-9d15-9069bc4d8700' };

  it('goes through systemd where that is init, for the unit of the agent may not mount', () => {
    expect(mountCommand(true, { options: 'noatime,nofail' }, fileSystem, '/srv/data').join(' ')).toBe(
      'systemd-mount --quiet --collect --fsck=no -o noatime,nofail -t ext4 UUID=40025d29-127f-4ab6-9d15-9069bc4d8700 /srv/data',
    );
  });

  it('is mount elsewhere', () => {
    expect(mountCommand(false, { options: undefined }, fileSystem, '/srv/data').join(' ')).toBe(
      'mount -t ext4 UUID=40025d29-127f-4ab6-9d15-9069bc4d8700 /srv/data',
    );
  });
});
