import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  openReleaseSequences,
  type ReleaseSequences,
} from '../../config-service/store/documents/release-sequences.ts';
import { stampOf } from '../../config-service/store/stamp/stamp.ts';
import { createStampedFile } from '../../config-service/store/seal/stamped-file.ts';

const HERE = {
  partition: 'aws',
  account: '123456789012',
  region: 'eu-west-1',
  instanceId: 'i-0a',
  imageId: 'ami-0a',
};
const uid = process.geteuid?.() ?? 0;
const ADDRESS = 's3://config/p/current.json';

let folder: string;
let troubles: unknown[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'landfall-sequences-'));
  troubles = [];
});
afterEach(() => rm(folder, { recursive: true }));

function open(
  options: { durable?: boolean; instanceId?: string; least?: number } = {},
): Promise<ReleaseSequences> {
  const { durable = true, instanceId = 'i-0a', least } = options;
  return openReleaseSequences({
    file: createStampedFile(folder, 'releases', stampOf({ ...HERE, instanceId }), uid),
    durable,
    ...(least === undefined ? {} : { least }),
    onTrouble: (trouble) => troubles.push(trouble),
  });
}

it('knows after a restart how far it has come, needs no key for it, and never goes back', async () => {
  const first = await open();
  expect(first.least(ADDRESS)).toBeUndefined();
  await first.raise(ADDRESS, 20);
  await first.raise(ADDRESS, 10);
  expect((await open()).least(ADDRESS)).toBe(20);
  expect((await open({ least: 30 })).least(ADDRESS)).toBe(30);
  expect((await open({ least: 5 })).least(ADDRESS)).toBe(20);
  expect((await open()).least('s3://other/current.json')).toBeUndefined();
});

it('tells nothing to another instance on a copy of the disk', async () => {
  await (await open()).raise(ADDRESS, 20);
  expect((await open({ instanceId: 'i-0b' })).least(ADDRESS)).toBeUndefined();
  expect(troubles).toMatchObject([{ why: 'other-instance' }]);
});

it('writes once for each pointer, and nothing in a rehearsal', async () => {
  const rehearsal = await open({ durable: false });
  await rehearsal.raise(ADDRESS, 20);
  expect([rehearsal.least(ADDRESS), await readdir(folder)]).toEqual([20, []]);
  const sequences = await open();
  await sequences.raise(ADDRESS, 20);
  await rm(join(folder, 'releases.stamped'));
  await sequences.raise(ADDRESS, 20);
  expect(await readdir(folder)).toEqual([]);
});

it('keeps no more than sixteen addresses, the last ones', async () => {
  const sequences = await open();
  for (let number = 0; number < 40; number += 1) await sequences.raise(`s3://b/${number}`, number + 1);
  const again = await open();
  expect([again.least('s3://b/0'), again.least('s3://b/23'), again.least('s3://b/24')]).toEqual([
    undefined,
    undefined,
    25,
  ]);
});

it('begins anew where the file is damaged, and says so', async () => {
  await (await open()).raise(ADDRESS, 20);
  const path = join(folder, 'releases.stamped');
  await writeFile(path, (await readFile(path, 'utf8')).slice(0, -10));
  expect((await open()).least(ADDRESS)).toBeUndefined();
  await writeFile(path, 'LFSTAMP1\n{');
  await open();
  expect(troubles).toMatchObject([{ why: 'unreadable' }, { why: 'unreadable' }]);
});

it('goes on in memory where the disk takes nothing, and says so', async () => {
  const sequences = await open();
  await rm(folder, { recursive: true });
  await sequences.raise(ADDRESS, 20);
  expect(sequences.least(ADDRESS)).toBe(20);
  expect(troubles).toMatchObject([{ fault: { code: 'LF_STATE_DIR' } }]);
  folder = await mkdtemp(join(tmpdir(), 'landfall-sequences-'));
});
