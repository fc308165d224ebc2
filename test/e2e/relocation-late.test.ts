import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { UNMOUNTABLE } from '../support/mounts.ts';
import { STAGES, type AwsStage } from './aws-stage.ts';
import type { Citizen } from './citizen.ts';
import {
  currentOn,
  dataOf,
  expectedOn,
  leftOn,
  livedOn,
  OF_OTHERS,
  othersOn,
  putNothing,
  putTree,
} from './late-disk.ts';
import { Disk, inhabit } from './relocation-disk.ts';
import { NEW, OLD } from './relocation-payroll.ts';
import { bytesBelow, tracesIn } from './relocation-traces.ts';

let stage: AwsStage;
let disk: Disk;
beforeAll(async () => {
  const [sandboxed] = STAGES;
  if (!sandboxed) throw new Error('there is no stage');
  stage = await sandboxed.open();
  disk = new Disk();
  await livedOn(disk, stage);
});
afterAll(async () => {
  disk[Symbol.dispose]();
  await stage.close();
});

async function copy(more = {}): Promise<Citizen> {
  const inhabitant = await inhabit(disk, stage, NEW, more);
  onTestFinished(() => inhabitant[Symbol.asyncDispose]());
  return inhabitant.citizen;
}

/** The disk as it was taken; in its new region nothing is asked for. */
function anew(): void {
  disk.restore();
  stage.sandbox.faults.clear();
  const bucket = stage.sandbox.buckets.get(`acme-config-${NEW}`);
  for (const { key } of bucket?.sorted() ?? []) bucket?.delete(key);
  putNothing(stage);
}

function expectGone(): void {
  expect(leftOn(disk)).toEqual([]);
  expect(currentOn(disk)).toBeUndefined();
  expect(othersOn(disk)).toEqual(OF_OTHERS);
  // Nor a folder that was made, nor a link that leads nowhere.
  expect(readdirSync(dataOf(disk)).toSorted()).toEqual(['keep', 'there']);
  expect(readdirSync(join(dataOf(disk), 'there'))).toEqual(['mine']);
}

const fenceOf = async (citizen: Citizen) =>
  (await citizen.json('/v1/status'))['fence'] as Record<string, unknown>;

describe('what a plan has put on a disk, in another region', () => {
  it('lay there before', () => {
    anew();
    expect(leftOn(disk)).toEqual(expectedOn(OLD));
    expect(currentOn(disk)).toBe('versions/1.0');
    expect(lstatSync(join(dataOf(disk), 'linked')).isSymbolicLink()).toBe(true);
  });

  it('is gone when it boots: links, archives, deployments, what scripts own, and the folders that were made', async () => {
    anew();
    const citizen = await (await copy()).ready();
    expectGone();
    expect(await fenceOf(citizen)).toMatchObject({
      relocated: true,
      left: [],
      awaited: [],
      namesLost: false,
    });
  });

  it('is gone with S3 down, too', async () => {
    anew();
    stage.sandbox.faults.add({ service: 's3', effect: 'reset' });
    await (await copy()).fails('LF_SOURCE_UNREACHABLE');
    expectGone();
  });

  it('lies aside in quarantine, where that is asked for, and nowhere else', async () => {
    anew();
    await (await copy({ env: { LANDFALL_ON_RELOCATION: 'quarantine' } })).ready();
    expectGone();
    const aside = join(disk.base, 'state/quarantine');
    const names = bytesBelow(aside)
      .map(([name]) => name)
      .join('\n');
    for (const name of ['app.conf.', 'init.conf.', 'dst.', 'queue.', '1.0.', 'owned.'])
      expect(names, name).toContain(name);
    expect(lstatSync(aside).mode & 0o777).toBe(0o700);
  });

  it('gives its place to that of the new region', async () => {
    anew();
    putTree(stage, NEW, disk, '2.0');
    await (await copy()).ready();
    expect(leftOn(disk)).toEqual(expectedOn(NEW, '2.0'));
    expect(currentOn(disk)).toBe('versions/2.0');
    expect(tracesIn(bytesBelow(dataOf(disk)), [OLD])).toEqual([]);
  });

  it('is found when the copy has another state folder', async () => {
    // A life of its own: the copy of the register outside of the disk of the test is gone with the first fence.
    using own = new Disk();
    await livedOn(own, stage);
    putNothing(stage);
    const env = { LANDFALL_STATE_DIR: join(own.base, 'elsewhere') };
    await using inhabitant = await inhabit(own, stage, NEW, { env });
    await inhabitant.citizen.ready();
    expect(leftOn(own)).toEqual([]);
    expect(readdirSync(dataOf(own)).toSorted()).toEqual(['keep', 'there']);
    expect(othersOn(own)).toEqual(OF_OTHERS);
  });

  it('is not touched by a neighbour that has nothing to do with it', async () => {
    anew();
    const other = new Disk();
    onTestFinished(() => other[Symbol.dispose]());
    await using neighbour = await inhabit(other, stage, NEW);
    await neighbour.citizen.ready();
    expect(leftOn(disk)).toEqual(expectedOn(OLD));
  });
});

describe('what a plan has put on a disk that is away when the fence runs', () => {
  it('goes as soon as it is back, after a restart, too, and what others put there stays', async () => {
    anew();
    const aside = join(disk.base, 'aside');
    renameSync(dataOf(disk), aside);
    const first = await (await copy()).ready();
    const { awaited, state } = await fenceOf(first);
    expect(awaited).toEqual(
      expect.arrayContaining([join(dataOf(disk), 'init.conf'), join(dataOf(disk), 'dst')]),
    );
    expect(state).toContain('not found');
    await first.agent.stop();
    const second = await (
      await copy({ imdsUrl: first.agent.env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] })
    ).ready();
    renameSync(aside, dataOf(disk));
    await second.until('/v1/status', ({ text }) => text.includes('"awaited":[]'));
    expectGone();
    expect((await second.ask('/v1/status')).text).not.toContain(OLD);
  });

  it('stays where it cannot be removed: the instance is not ready, with the path, until somebody helps', async () => {
    anew();
    const aside = join(disk.base, 'aside');
    const file = join(dataOf(disk), 'conf.d/app.conf');
    renameSync(dataOf(disk), aside);
    const citizen = await (await copy()).ready();
    try {
      execFileSync('chattr', ['+i', join(aside, 'conf.d/app.conf')], { stdio: 'ignore' });
    } catch {
      console.warn('skipped: this file system has no immutable files');
      return;
    }
    onTestFinished(
      () =>
        void execFileSync('sh', ['-c', `chattr -i ${file} ${aside}/conf.d/app.conf || true`], {
          stdio: 'ignore',
        }),
    );
    renameSync(aside, dataOf(disk));
    const { text } = await citizen.until('/readyz', ({ status }) => status === 503);
    expect(text).toContain('LF_REGION_LEFT');
    expect(await citizen.json('/v1/status')).toMatchObject({
      ready: false,
      fence: { left: [{ path: file }] },
    });
    execFileSync('chattr', ['-i', file]);
    await citizen.ready();
    expectGone();
  });

  it.skipIf(UNMOUNTABLE !== undefined)(
    'is told by the volume itself, which no instance here has seen',
    async () => {
      anew();
      const volume = join(disk.base, 'volume');
      mkdirSync(volume);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m,mode=0755', 'tmpfs', dataOf(disk)]);
      onTestFinished(
        () =>
          void execFileSync('sh', ['-c', `umount -l ${dataOf(disk)}; umount -l ${volume}; true`], {
            stdio: 'ignore',
          }),
      );
      putTree(stage, OLD, disk);
      await using old = await inhabit(disk, stage, OLD);
      await old.citizen.ready();
      await old.citizen.agent.stop();
      expect(readdirSync(join(dataOf(disk), '.landfall-registers'))).toHaveLength(1);
      // As from a snapshot: somewhere else, beside an agent that knows nothing of it and has its own state.
      execFileSync('mount', ['--bind', dataOf(disk), volume]);
      execFileSync('umount', [dataOf(disk)]);
      execFileSync('rm', ['-rf', join(disk.base, 'state')]);
      const citizen = await (await copy()).ready();
      execFileSync('mount', ['--move', volume, dataOf(disk)]);
      await citizen.until('/v1/status', () => !existsSync(join(dataOf(disk), 'conf.d/app.conf')));
      await citizen.settles();
      expect(readdirSync(dataOf(disk))).toEqual([]);
    },
  );

  it('is not followed through a link in its place', async () => {
    anew();
    const aside = join(disk.base, 'aside');
    renameSync(dataOf(disk), aside);
    const citizen = await (await copy()).ready();
    const precious = join(disk.base, 'precious');
    mkdirSync(join(precious, 'etc'), { recursive: true });
    writeFileSync(join(precious, 'etc/queue'), 'of the operator');
    mkdirSync(dataOf(disk));
    symlinkSync(precious, join(dataOf(disk), 'dst'));
    await citizen.settles();
    expect(existsSync(join(precious, 'etc/queue'))).toBe(true);
    expect(lstatSync(join(dataOf(disk), 'dst')).isSymbolicLink()).toBe(true);
  });
});
