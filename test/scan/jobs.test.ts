import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { printJson } from '#agent/scan/report/report.ts';
import type { ScanOptions } from '#agent/scan/scan.ts';
import { commandLine } from '../support/command-line.ts';
import { folderOf, scanIn } from '../support/scanning.ts';
import { vendorImage } from '../support/vendor-image.ts';

/** Enough for several batches of each worker. */
function manyFiles(root: string): string {
  for (let index = 0; index < 150; index++)
    writeFileSync(
      join(root, `etc/app-${index}.conf`),
      `region=us-east-1\nid=ami-0abcdef12345678${String(index % 90).padStart(2, '0')}\n`,
    );
  return root;
}

const PARALLEL = { jobs: 2, workersAfterMs: 0 };

describe('a scan by several threads', () => {
  it('gives what one gives, byte by byte, by all of the policy', async () => {
    const root = manyFiles(vendorImage());
    writeFileSync(join(root, 'etc/app-x.conf'), 'bucket=https://s3.amazonaws.com/payroll\n');
    const policy: Partial<ScanOptions> = { vendor: true, own: ['sdk', 'to*'], unknown: 'refuse' };
    const options = { home: 'eu-west-1', ...policy };
    const alone = await scanIn(root, options);
    const shared = await scanIn(root, { ...options, ...PARALLEL });
    expect(printJson(shared)).toBe(printJson(alone));
    // What a digest is made from.
    expect([shared.inventory, shared.foreign]).toEqual([alone.inventory, alone.foreign]);
    // Each setting makes a difference here: one that a thread does not get would be seen.
    for (const setting of Object.keys(policy)) {
      const other = await scanIn(root, { ...options, [setting]: undefined });
      expect([setting, other.foreign, printJson(other)]).not.toEqual([
        setting,
        alone.foreign,
        printJson(alone),
      ]);
    }
  });

  it('knows the baseline', async () => {
    const root = manyFiles(folderOf({ 'etc/a': 'x' }));
    const known = new Set((await scanIn(root)).findings.map(({ fingerprint }) => fingerprint));
    const report = await scanIn(root, { ...PARALLEL, baseline: known });
    expect([report.findings.length, report.known.length]).toEqual([0, 300]);
  });

  it('says how far it is and what is left', async () => {
    const root = manyFiles(folderOf({ 'etc/a': 'x' }));
    const seen: unknown[] = [];
    const report = await scanIn(root, { ...PARALLEL, onProgress: (progress) => seen.push(progress) });
    expect(seen.at(-1)).toMatchObject({ totalFiles: report.files, totalBytes: report.bytes });
  });

  it('stops when it is told to', async () => {
    const root = manyFiles(folderOf({ 'etc/a': 'x' }));
    const scanning = scanIn(root, { ...PARALLEL, signal: AbortSignal.timeout(1) });
    await expect(scanning).rejects.toThrow(/abort/i);
  });

  it('ends with an error when a thread does', async () => {
    const root = manyFiles(folderOf({ 'etc/a': 'x' }));
    const scanning = scanIn(root, { ...PARALLEL, ipRanges: '/nonexistent-path' });
    await expect(scanning).rejects.toThrow(/ip-ranges|no such file/i);
  });

  it.each([['0'], ['many'], ['-1'], ['100']])('is refused --jobs %s', async (jobs) => {
    const cli = commandLine();
    expect(await cli.run('scan', '.', `--jobs=${jobs}`)).toBe(2);
    expect(cli.err()).toContain('--jobs');
  });
});
