import { writeFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isClean, printJson, scanDigest } from '#agent/scan/report/report.ts';
import { folderOf, scanFiles, scanIn } from '../support/scanning.ts';

describe('the JSON report', () => {
  it('has the shape that was promised, first and in order', async () => {
    const report = await scanFiles({ 'etc/app.conf': 'x\nurl=https://sqs.us-east-1.amazonaws.com/\n' });
    const json = JSON.parse(printJson(report)) as Record<string, unknown>;
    expect(Object.keys(json).slice(0, 4)).toEqual(['home', 'files', 'bytes', 'findings']);
    expect(json).toMatchObject({ home: null, files: 1, bytes: 43 });
    expect(json['findings']).toEqual([
      {
        path: './etc/app.conf',
        line: 2,
        column: 13,
        region: 'us-east-1',
        kind: 'host',
        severity: 'error',
        text: 'sqs.us-east-1.amazonaws.com',
        fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      },
    ]);
    expect(json).not.toHaveProperty('digest');
  });
});

describe('findings', () => {
  it('of home are left out, whether this build knows the region or not', async () => {
    const files = { a: 'region=eu-west-1\nregion=us-east-1\nurl=https://sqs.eu-east-9.amazonaws.com\n' };
    const lines = async (home: string): Promise<readonly number[]> =>
      (await scanFiles(files, { home })).findings.map(({ line }) => line);
    expect(await lines('eu-west-1')).toEqual([2, 3]);
    expect(await lines('eu-east-9')).toEqual([1, 2]);
  });

  it('of a host that names its region twice are one', async () => {
    const efs = 'us-east-1a.fs-12345678.efs.us-east-1.amazonaws.com';
    const { findings, foreign } = await scanFiles({ fstab: `${efs}:/ /srv nfs4 d 0 0\n` });
    expect([findings.map(({ text }) => text), foreign]).toEqual([[efs], 1]);
  });

  it('that are opaque ids or hints are info, and do not fail a scan', async () => {
    const report = await scanFiles({ a: 'ami=ami-0abcdef1234567890\nbucket=s3://logs-us-east-1-acme/x\n' });
    expect(report.findings.map(({ severity, region }) => [severity, region])).toEqual([
      ['info', null],
      ['info', 'us-east-1'],
    ]);
    expect(isClean(report)).toBe(true);
  });

  it('keep their fingerprints when lines move, and wherever the root is', async () => {
    const root = folderOf({ 'etc/a': 'region=us-east-1\nhost=sqs.us-east-1.amazonaws.com\n' });
    const fingerprints = async (): Promise<readonly string[]> =>
      (await scanIn(root)).findings.map(({ fingerprint }) => fingerprint);
    const before = await fingerprints();
    writeFileSync(
      join(root, 'etc/a'),
      '\n\nhost=s3.us-east-1.amazonaws.com\n\nregion=us-east-1\nhost=sqs.us-east-1.amazonaws.com\n',
    );
    const [added, ...same] = await fingerprints();
    expect(same).toEqual(before);
    expect(before).not.toContain(added);
    const elsewhere = await scanIn(join(root, '..'), { cwd: root });
    expect(elsewhere.findings.map(({ fingerprint }) => fingerprint)).toEqual([added, ...before]);
    renameSync(join(root, 'etc/a'), join(root, 'etc/b'));
    expect(await fingerprints()).not.toEqual([added, ...before]);
  });

  it('that say the same twice are told apart', async () => {
    const { findings } = await scanFiles({ a: 'region=us-east-1\nregion=us-east-1\n' });
    expect(new Set(findings.map(({ fingerprint }) => fingerprint)).size).toBe(2);
  });

  it('fail a scan also when a limit keeps them off the list', async () => {
    const hints = 'ami-0abcdef1234567890\n'.repeat(10_001);
    const report = await scanFiles({ a: `${hints}region=us-east-1\n` });
    expect(new Set(report.findings.map(({ severity }) => severity))).toEqual(new Set(['info']));
    expect(isClean(report)).toBe(false);
  });

  it('are limited, and the report says so', async () => {
    const report = await scanFiles({ a: 'region=us-east-1\n'.repeat(10_050) });
    expect(report.findings).toHaveLength(10_000);
    expect(report.unreadable).toEqual([
      { path: './a', cause: 'more than 10000 findings; the rest is not listed' },
    ]);
  });
});

describe('the digest of a clean scan', () => {
  const files = { 'etc/a': 'region=eu-west-1\n', 'etc/b': 'hello\n' };
  const home = 'eu-west-1';

  it('is the same for the same tree', async () => {
    const digest = scanDigest(await scanFiles(files, { home }));
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(scanDigest(await scanFiles({ 'etc/b': 'hello\n', 'etc/a': 'region=eu-west-1\n' }, { home }))).toBe(
      digest,
    );
  });

  it('is another for another home, another file, another size, another exception', async () => {
    const others = [
      await scanFiles({ ...files, 'etc/b': 'region=eu-west-2\n' }, { home: 'eu-west-2' }),
      await scanFiles({ ...files, 'etc/c': '' }, { home }),
      await scanFiles({ ...files, 'etc/b': 'hello!\n' }, { home }),
      await scanFiles({ ...files, 'etc/b': 'x=us-east-1 # landfall:allow us-east-1 why\n' }, { home }),
      await scanFiles({ ...files, '.landfallignore': 'b' }, { home }),
    ].map((report) => scanDigest(report));
    others.push(scanDigest(await scanFiles(files, { home })));
    expect(new Set(others).size).toBe(others.length);
  });

  it('is not given for findings, for what could not be read, nor for what only a baseline excuses', async () => {
    const foreign = await scanFiles({ a: 'region=us-east-1\n' }, { home });
    const known = new Set(foreign.findings.map(({ fingerprint }) => fingerprint));
    const excused = await scanFiles({ a: 'region=us-east-1\n' }, { home, baseline: known });
    expect(excused).toMatchObject({ findings: [], known: [{ region: 'us-east-1' }] });
    expect(scanDigest(foreign)).toBeUndefined();
    expect(scanDigest(excused)).toBeUndefined();
    expect(scanDigest(await scanFiles({ 'x.zip': 'PK\u0003\u0004' }, { home }))).toBeUndefined();
  });
});
