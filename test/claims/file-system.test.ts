import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { claimingGround, codeOf, volumeClaim, workOf, ZONE, storeInMemory } from '../support/claiming.ts';
import { PIN } from '../support/pinned.ts';
import { DEVICE_BYTES, execute, volumeHost } from '../support/volume-host.ts';

/** One volume with its device, which the test fills before the claim sees it. */
async function filled(fill: (node: string) => Promise<unknown> | void, makeFilesystem?: 'ext4' | 'xfs') {
  const ground = await claimingGround();
  const host = volumeHost();
  const tags = { service: 'payroll' };
  const node = host.addDevice(ground.sandbox.volumes.create({ region: PIN.region, zone: ZONE, tags }));
  await fill(node);
  const before = readFileSync(node);
  const { run, roots } = host;
  const store = storeInMemory();
  const claims = await ground.claims('i-0a', { run, roots, store });
  const mount = join(host.folder, 'data');
  const outcome = await ground.during(
    claims.step.run(workOf({ volumes: [volumeClaim({ mount, makeFilesystem })] })),
  );
  return { outcome, host, isUntouched: readFileSync(node).equals(before), store, mount };
}

function put(text: string, position: number): (node: string) => void {
  return (node) => {
    const content = readFileSync(node);
    content.write(text, position);
    writeFileSync(node, content);
  };
}

describe('what lies on a volume', () => {
  it('is mounted when it is a file system, and stays as it is even if one was to be made', async () => {
    const { outcome, isUntouched, host, store } = await filled(
      (node) => execute(['mkfs.ext4', '-q', '-F', '-L', 'kept', node]),
      'xfs',
    );
    expect(outcome).toMatchObject({ value: [{ action: 'attach' }, { action: 'mount' }] });
    expect(isUntouched).toBe(true);
    expect(host.ran).toEqual(['blkid', 'mount']);
    expect(JSON.parse(store.text)).toMatchObject({ making: [] });
  });

  it('is not made without being asked for', async () => {
    const { outcome, isUntouched } = await filled(() => {});
    expect(codeOf(outcome)).toBe('fail LF_CLAIM_FILESYSTEM');
    expect(isUntouched).toBe(true);
  });

  it.each([
    ['in the first byte', 0],
    ['at the end of the first MiB', 1024 * 1024 - 9],
    ['in the last bytes', DEVICE_BYTES - 9],
  ])('is never overwritten: a text %s that no tool knows', async (_, position) => {
    const { outcome, isUntouched, host } = await filled(put('my notes', position), 'ext4');
    expect(codeOf(outcome)).toBe('fail LF_CLAIM_FILESYSTEM');
    expect(outcome).toMatchObject({ fault: { cause: expect.stringContaining('not empty') } });
    expect(isUntouched).toBe(true);
    expect(host.ran).toEqual(['blkid']);
  });

  it.each<[string, (node: string) => Promise<unknown>]>([
    ['swap', (node) => execute(['mkswap', node])],
    [
      'dos',
      async (node) => {
        const content = readFileSync(node);
        // A master boot record with one Linux partition.
        content.set([0x80, 0, 2, 0, 0x83, 0, 0, 0, 0, 8, 0, 0, 0, 16, 0, 0], 446);
        content.set([0x55, 0xaa], 510);
        writeFileSync(node, content);
      },
    ],
  ])('is named and left alone when it is no file system, such as %s', async (name, fill) => {
    const { outcome, isUntouched } = await filled(fill, 'ext4');
    expect(codeOf(outcome)).toBe('fail LF_CLAIM_FILESYSTEM');
    expect(outcome).toMatchObject({ fault: { cause: expect.stringContaining(name) } });
    expect(isUntouched).toBe(true);
  });

  it('says which package is missing', async () => {
    const { outcome } = await filled(() => {}, 'xfs');
    if ((await execute(['mkfs.xfs', '-V'])).end.kind === 'exited') return;
    expect(outcome).toMatchObject({ fault: { hint: expect.stringContaining('xfsprogs') } });
  });
});

describe('the mount point', () => {
  it('is left to what is mounted there already', async () => {
    const ground = await claimingGround();
    const host = volumeHost();
    const tags = { service: 'payroll' };
    host.addDevice(ground.sandbox.volumes.create({ region: PIN.region, zone: ZONE, tags }));
    const mount = join(host.folder, 'data');
    mkdirSync(mount);
    writeFileSync(join(host.folder, 'proc/self/mountinfo'), `23 1 0:40 / ${mount} rw - tmpfs tmpfs rw\n`);
    const claims = await ground.claims('i-0a', { run: host.run, roots: host.roots });
    const volumes = [volumeClaim({ mount, makeFilesystem: 'ext4' })];
    const outcome = await ground.during(claims.step.run(workOf({ volumes })));
    expect(codeOf(outcome)).toBe('fail LF_CLAIM_CONFLICT');
    expect(outcome).toMatchObject({ fault: { cause: expect.stringContaining('tmpfs is mounted there') } });
    expect(host.ran).not.toContain('mount');
  });

  it('is cleared again when a copy of the volume with the same UUID got there', async () => {
    const ground = await claimingGround();
    const host = volumeHost();
    const copy = host.addDevice('vol-0fedcba9876543210');
    const tags = { service: 'payroll' };
    const node = host.addDevice(ground.sandbox.volumes.create({ region: PIN.region, zone: ZONE, tags }));
    await execute(['mkfs.ext4', '-q', '-F', node]);
    writeFileSync(copy, readFileSync(node));
    const claims = await ground.claims('i-0a', { run: host.run, roots: host.roots });
    const volumes = [volumeClaim({ mount: join(host.folder, 'data') })];
    const outcome = await ground.during(claims.step.run(workOf({ volumes })));
    expect(codeOf(outcome)).toBe('fail LF_CLAIM_CONFLICT');
    expect(outcome).toMatchObject({ fault: { cause: expect.stringContaining(copy) } });
    expect(host.ran).toEqual(['blkid', 'mount', 'umount']);
  });

  it('has to be a folder', async () => {
    const ground = await claimingGround();
    const host = volumeHost();
    const tags = { service: 'payroll' };
    host.addDevice(ground.sandbox.volumes.create({ region: PIN.region, zone: ZONE, tags }));
    const mount = join(host.folder, 'file');
    writeFileSync(mount, '');
    const claims = await ground.claims('i-0a', { run: host.run, roots: host.roots });
    const volumes = [volumeClaim({ mount, makeFilesystem: 'ext4' })];
    expect(codeOf(await ground.during(claims.step.run(workOf({ volumes }))))).toBe('fail LF_CLAIM_CONFLICT');
  });
});
