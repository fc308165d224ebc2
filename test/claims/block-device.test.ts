import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findBlockDevice } from '#agent/claims/volume/block-device.ts';
import { DEVICE_BYTES, volumeHost } from '../support/volume-host.ts';

const VOLUME = 'vol-0123456789abcdef0';

describe('the device of a volume', () => {
  it('is told by the serial number, in whatever order devices came', async () => {
    const host = volumeHost();
    host.addDevice('vol-0fedcba9876543210');
    const path = host.addDevice(VOLUME);
    host.addDevice('vol-0123456789abcdef00');
    const device = { path, number: '259:11', bytes: DEVICE_BYTES };
    expect(await findBlockDevice(VOLUME, '/dev/sdf', host.roots)).toEqual(device);
  });

  it('is not there before its node is, nor before the kernel knows its size', async () => {
    const host = volumeHost();
    const path = host.addDevice(VOLUME);
    const size = join(host.folder, 'sys/block/nvme1n1/size');
    writeFileSync(size, '0\n');
    expect(await findBlockDevice(VOLUME, '/dev/sdf', host.roots)).toBeUndefined();
    writeFileSync(size, '2048\n');
    expect(await findBlockDevice(VOLUME, '/dev/sdf', host.roots)).toMatchObject({ path });
    rmSync(path);
    expect(await findBlockDevice(VOLUME, '/dev/sdf', host.roots)).toBeUndefined();
  });

  it('is told by the link of udev where the kernel shows no serial number', async () => {
    const host = volumeHost();
    const path = host.addDevice(VOLUME);
    rmSync(join(host.folder, 'sys/block/nvme1n1/device/serial'));
    expect(await findBlockDevice(VOLUME, '/dev/sdf', host.roots)).toBeUndefined();
    const links = join(host.folder, 'dev/disk/by-id');
    mkdirSync(links, { recursive: true });
    const link = `nvme-Amazon_Elastic_Block_Store_${VOLUME.replace('-', '')}`;
    symlinkSync('../../nvme1n1', join(links, link));
    expect(await findBlockDevice(VOLUME, '/dev/sdf', host.roots)).toMatchObject({ path });
  });

  it.each(['/dev/sdf', '/dev/xvdf'])('on Xen is the one asked for, here as %s', async (requested) => {
    const host = volumeHost();
    const block = join(host.folder, 'sys/block/xvdf');
    mkdirSync(block, { recursive: true });
    writeFileSync(join(block, 'dev'), '202:80\n');
    writeFileSync(join(block, 'size'), '2048\n');
    const path = join(host.folder, 'dev/xvdf');
    writeFileSync(path, '');
    const found = await findBlockDevice(VOLUME, requested, host.roots);
    expect(found).toEqual({ path, number: '202:80', bytes: 1024 * 1024 });
  });

  it('is none of the partitions and none of another volume', async () => {
    const host = volumeHost();
    host.addDevice('vol-0fedcba9876543210');
    expect(await findBlockDevice(VOLUME, '/dev/sdf', host.roots)).toBeUndefined();
    expect(await findBlockDevice(VOLUME, '/dev/nvme1n1', host.roots)).toBeUndefined();
  });
});
