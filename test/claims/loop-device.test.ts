import { execFileSync } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HOST_ROOTS, type Tool, type ToolResult } from '#agent/claims/base/claims-host.ts';
import { claimingGround, codeOf, storeInMemory, volumeClaim, workOf, ZONE } from '../support/claiming.ts';
import { loopDevice, UNLOOPABLE } from '../support/loop-device.ts';
import { PIN } from '../support/pinned.ts';
import { DEVICE_BYTES, execute, volumeHost } from '../support/volume-host.ts';

describe.skipIf(UNLOOPABLE !== undefined)('a volume for real', () => {
  it('is formatted and mounted by UUID, keeps its files over a reboot, and yields to no stranger', async () => {
    const { sandbox, claims, during } = await claimingGround();
    const host = volumeHost();
    const tags = { service: 'payroll' };
    const volumeId = sandbox.volumes.create({ region: PIN.region, zone: ZONE, tags });
    const disk = join(host.folder, 'disk');
    writeFileSync(disk, '');
    truncateSync(disk, DEVICE_BYTES);
    const loop = loopDevice(disk);
    host.addDevice(volumeId, loop);
    const roots = { ...host.roots, proc: HOST_ROOTS.proc };
    const store = storeInMemory();
    const mount = join(host.folder, 'srv', 'my data');
    onTestFinished(() => void execFileSync('sh', ['-c', 'umount -q "$1" || true', 'sh', mount]));
    const work = workOf({ volumes: [volumeClaim({ mount, makeFilesystem: 'ext4', options: 'noatime' })] });

    const first = await claims('i-0a', { run: runReally, roots, store });
    expect(codeOf(await during(first.step.run(work)))).toBe('ok');
    const row = readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .find((line) => line.includes(host.folder));
    expect(row).toContain(` ${loop.number} / `);
    expect(row).toContain('noatime');
    writeFileSync(join(mount, 'payroll'), 'kept');
    expect(await during(first.step.run(work))).toEqual({ kind: 'ok', value: [] });

    execFileSync('umount', [mount]);
    const { signal } = new AbortController();
    expect(await first.verify(signal)).toMatchObject({ value: [{ action: 'lost' }] });
    const rebooted = await claims('i-0a', { run: runReally, roots, store });
    expect(await during(rebooted.step.run(work))).toMatchObject({ kind: 'ok', value: [{ action: 'mount' }] });
    expect(readFileSync(join(mount, 'payroll'), 'utf8')).toBe('kept');

    execFileSync('umount', [mount]);
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', mount]);
    expect(codeOf(await during(rebooted.step.run(work)))).toBe('fail LF_CLAIM_CONFLICT');
    execFileSync('umount', [mount]);
  });
});

async function runReally({ argv }: Tool): Promise<ToolResult> {
  return await execute(argv);
}
