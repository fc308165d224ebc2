import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { opsBench, type OpsBench } from '../ops/ops-bench.ts';

const TO = ['--to', 's3://payroll-{region}/tools', '--regions', 'eu-west-1,us-east-1'];

let bench: OpsBench;
let folder: string;
beforeEach(async () => {
  bench = await opsBench();
  folder = mkdtempSync(join(tmpdir(), 'landfall-upload-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The head of an executable for this machine (`e_machine` of elf(5)), and something to pack. */
function executable(machine: number): { file: string; bytes: Buffer; digest: string } {
  const bytes = Buffer.alloc(4096, 'landfall ');
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]);
  bytes.writeUInt16LE(machine, 18);
  const file = join(folder, `agent-${machine}`);
  writeFileSync(file, bytes);
  return { file, bytes, digest: createHash('sha256').update(bytes).digest('hex') };
}

test('both forms lie in each region, by architecture and digest, and unpack to the file', async () => {
  const { file, bytes, digest } = executable(62);
  const { code, out } = await bench.run('upload-agent', file, ...TO);
  expect(code).toBe(0);
  for (const region of ['eu-west-1', 'us-east-1']) {
    const key = `tools/landfall-x64-${digest}`;
    expect(bench.keys(region)).toEqual([`${key}.gz`, `${key}.zst`]);
    expect(
      zstdDecompressSync(bench.sandbox.getObject(`payroll-${region}`, `${key}.zst`)?.body ?? ''),
    ).toEqual(bytes);
    expect(gunzipSync(bench.sandbox.getObject(`payroll-${region}`, `${key}.gz`)?.body ?? '')).toEqual(bytes);
    expect(out).toMatch(new RegExp(`${region} +s3://payroll-${region}/${key}\\.zst +${digest} +written`));
  }
  expect(out).toContain(`--agent 's3://payroll-{region}/tools@sha256:${digest}'`);
});

test('the second time nothing is written', async () => {
  const { file, digest } = executable(183);
  await bench.run('upload-agent', file, ...TO, '--arch', 'arm64');
  const writes = () => bench.sandbox.requests.entries.filter(({ method }) => method === 'PUT').length;
  const before = writes();
  const { code, out, err } = await bench.run('upload-agent', file, ...TO, '--json');
  expect({ code, err, writes: writes() }).toEqual({ code: 0, err: '', writes: before });
  expect(JSON.parse(out)).toMatchObject({
    arch: 'arm64',
    sha256: digest,
    agent: `arm64=s3://payroll-{region}/tools@sha256:${digest}`,
    regions: [
      { region: 'eu-west-1', key: `tools/landfall-arm64-${digest}.zst`, sha256: digest, written: 0 },
      { region: 'us-east-1', written: 0 },
    ],
  });
});

test('what it printed makes user data, by address and by key', async () => {
  const { file, digest } = executable(62);
  const { agent } = JSON.parse((await bench.run('upload-agent', file, ...TO, '--json')).out) as {
    agent: string;
  };
  const source = ['--source', 's3://payroll-{region}/landfall'];
  const byAddress = await bench.run('userdata', ...source, '--agent', agent);
  const key = `s3://payroll-{region}/tools/landfall-x64-${digest}.zst@sha256:${digest}`;
  const byKey = await bench.run('userdata', ...source, '--agent', key);
  expect(byAddress.code).toBe(0);
  expect(byKey.out).toBe(byAddress.out);
});

test('the wrong architecture, no executable and no file are refused before anything is written', async () => {
  const { file } = executable(62);
  const text = join(folder, 'text');
  writeFileSync(text, '#!/bin/sh\n'.repeat(20));
  for (const args of [[file, '--arch', 'arm64'], [text], [join(folder, 'none')], [executable(40).file]]) {
    const { code, err } = await bench.run('upload-agent', ...args, ...TO);
    expect(code).toBe(2);
    expect(err).toContain('[LF_USAGE]');
  }
  expect(bench.sandbox.requests.entries).toEqual([]);
});

test('a program that is not the agent is refused, and nothing is written where a later region has no bucket', async () => {
  const other = join(folder, 'ls');
  const bytes = Buffer.from(executable(62).bytes).fill('x', 8, 18).fill('x', 20);
  writeFileSync(other, bytes);
  expect((await bench.run('upload-agent', other, ...TO)).err).toContain('it is no Landfall');
  const regions = ['--to', 's3://payroll-{region}/tools', '--regions', 'eu-west-1,eu-west-3'];
  expect((await bench.run('upload-agent', executable(62).file, ...regions)).err).toContain(
    '[LF_BUCKET_MISSING]',
  );
  expect(bench.keys('eu-west-1')).toEqual([]);
});

test('a bucket of another region is refused', async () => {
  const { code, err } = await bench.run(
    'upload-agent',
    executable(62).file,
    '--to',
    's3://payroll-eu-west-1/x',
    '--regions',
    'us-east-1',
  );
  expect(code).toBe(6);
  expect(err).toContain('[LF_REGION_BUCKET]');
});
