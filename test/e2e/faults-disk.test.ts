import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LibcShim, UNSHIMMABLE } from '../faults/libc-shim.ts';
import { mountTmpfs, remount, UNMOUNTABLE } from '../support/mounts.ts';
import type { Citizen } from './citizen.ts';
import { fillUp, leftovers, publishVersion, renderedVersion, servedVersion } from './faults-rendering.ts';
import { Payroll } from './payroll.ts';

for (const why of [UNMOUNTABLE, UNSHIMMABLE])
  if (why !== undefined) console.warn(`\n*** test/e2e/faults-disk.test.ts is skipped in part: ${why} ***\n`);

const EIO = 5;

/** Where the disk fails, and how: `strike` gives back what heals it. */
interface DiskFault {
  readonly on: 'state' | 'etc';
  readonly strike: (folder: string, shim: LibcShim | undefined) => () => void;
  /** What the agent says of the change that it could not bring. */
  readonly code: string;
  readonly cause: RegExp;
  readonly skip: string | undefined;
}

const full: DiskFault['strike'] = (folder) => fillUp(folder);
const readOnly: DiskFault['strike'] = (folder) => {
  remount(folder, 'ro');
  return () => remount(folder, 'rw');
};
const noSync: DiskFault['strike'] = (_, shim) => {
  shim?.set({ fsyncErrno: EIO });
  return () => shim?.set({});
};

const FAULTS: Readonly<Record<string, DiskFault>> = {
  'a full state folder': {
    on: 'state',
    strike: full,
    code: 'LF_STATE_DIR',
    cause: /ENOSPC/,
    skip: UNMOUNTABLE,
  },
  'a full disk under the targets': {
    on: 'etc',
    strike: full,
    code: 'LF_APPLY_WRITE',
    cause: /ENOSPC/,
    skip: UNMOUNTABLE,
  },
  'targets on a disk that turns read-only': {
    on: 'etc',
    strike: readOnly,
    code: 'LF_APPLY_WRITE',
    cause: /EROFS/,
    skip: UNMOUNTABLE,
  },
  'EIO on every fsync': {
    on: 'state',
    strike: noSync,
    code: 'LF_STATE_DIR',
    cause: /EIO/,
    skip: UNMOUNTABLE ?? UNSHIMMABLE,
  },
};

/** Folders `state` and `etc` that outlive the agent's own: one of them is a small file system. */
function smallDisk(on: DiskFault['on']): string {
  const root = mkdtempSync(join(tmpdir(), 'landfall-disk-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const name of ['state', 'etc']) mkdirSync(join(root, name), { mode: 0o700 });
  mountTmpfs(join(root, on), '256k');
  return root;
}

/** An agent that has rendered and kept version 1 on such a disk. */
async function settled(payroll: Payroll, root: string, env = {}): Promise<Citizen> {
  publishVersion(payroll, root, 1);
  const citizen = await payroll.run({ env: { ...env, LANDFALL_STATE_DIR: join(root, 'state') } });
  await citizen.settles();
  return citizen;
}

describe.each(Object.entries(FAULTS))('%s', (_, fault) => {
  it.skipIf(fault.skip)(
    'refuses a change whole, says why, and the change comes when it is over',
    async () => {
      using shim = fault.strike === noSync ? new LibcShim() : undefined;
      await using payroll = await Payroll.open({ files: {} });
      const root = smallDisk(fault.on);
      const citizen = await settled(payroll, root, shim?.env);
      const heal = fault.strike(join(root, fault.on), shim);

      publishVersion(payroll, root, 2);
      const failure = await citizen.fails(fault.code);
      expect(JSON.stringify(failure)).toMatch(fault.cause);
      expect([await servedVersion(citizen), renderedVersion(root)]).toEqual([1, 1]);
      expect((await citizen.ask('/readyz')).status).toBe(200);

      heal();
      await citizen.serves('version', '2');
      await citizen.settles();
      expect(renderedVersion(root)).toBe(2);
      expect(leftovers(root)).toEqual([]);
    },
  );

  it.skipIf(fault.skip)(
    'leaves a disk from which version 1 is served again, after kill -9 and with S3 down',
    async () => {
      using shim = fault.strike === noSync ? new LibcShim() : undefined;
      await using payroll = await Payroll.open({ files: {} });
      const root = smallDisk(fault.on);
      const citizen = await settled(payroll, root, shim?.env);
      const heal = fault.strike(join(root, fault.on), shim);
      publishVersion(payroll, root, 2);
      await citizen.fails(fault.code);
      await citizen.kill();
      heal();
      payroll.sandbox.faults.add({ service: 's3', effect: 'reset' });
      const again = await payroll.run({ env: { LANDFALL_STATE_DIR: join(root, 'state') } });
      expect([await servedVersion(again), renderedVersion(root)]).toEqual([1, 1]);
      expect(leftovers(root)).toEqual([]);
    },
  );
});

/** With a state folder that is read-only for the length of the test. */
function readOnlyState(): { readonly root: string; readonly env: Readonly<Record<string, string>> } {
  const root = smallDisk('state');
  remount(join(root, 'state'), 'ro');
  return { root, env: { LANDFALL_STATE_DIR: join(root, 'state') } };
}

describe('a state folder that takes no writes from the start', () => {
  it.skipIf(UNMOUNTABLE)('is served without, where no file is to be rendered', async () => {
    await using payroll = await Payroll.open();
    const { root, env } = readOnlyState();
    const citizen = await payroll.run({ env });
    expect(await citizen.json('/v1/status')).toMatchObject({
      fence: { state: expect.stringContaining('nothing is kept') as string },
    });
    expect(readdirSync(join(root, 'state'))).toEqual([]);
  });

  it.skipIf(UNMOUNTABLE)('is no place to render from: a copy of this disk could not be cleaned', async () => {
    await using payroll = await Payroll.open({ files: {} });
    const { root, env } = readOnlyState();
    publishVersion(payroll, root, 1);
    const citizen = payroll.start({ env });
    await citizen.fails('LF_STATE_DIR');
    expect((await citizen.ask('/readyz')).status).toBe(503);
    expect(renderedVersion(root)).toBe(-1);
  });
});
