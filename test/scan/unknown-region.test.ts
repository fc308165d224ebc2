import { describe, expect, it } from 'vitest';
import { isClean, printJson, scanDigest } from '#agent/scan/report/report.ts';
import { printSarif } from '#agent/scan/report/sarif.ts';
import { scanFiles } from '../support/scanning.ts';

const FILES = { 'etc/app.conf': 'first\nserver 52.94.133.131;\n' };

const by = async (region: string | null) =>
  (await scanFiles(FILES, { home: 'eu-west-1', regionOf: () => region })).findings;

describe('what leads to an unknown region', () => {
  it('is a warning without a region at its place, and leaves the scan clean', async () => {
    const report = await scanFiles(FILES, { home: 'eu-west-1' });
    expect(report.findings).toMatchObject([
      {
        line: 2,
        column: 8,
        region: null,
        kind: 'region-unknown:public-address',
        severity: 'warning',
        text: '52.94.133.131',
      },
    ]);
    expect([isClean(report), scanDigest(report) !== undefined]).toEqual([true, true]);
    expect(JSON.parse(printJson(report))).toMatchObject({
      findings: [{ region: null, severity: 'warning' }],
    });
    const sarif = printSarif(report, '1.0.0');
    expect(sarif).toContain('Nothing says to which region 52.94.133.131 leads.');
    expect(sarif).toContain('"exitCode":0');
  });

  it('fails the scan where that is asked for', async () => {
    const report = await scanFiles(FILES, { unknown: 'refuse' });
    expect([isClean(report), scanDigest(report)]).toEqual([false, undefined]);
  });

  it('is excused by a comment', async () => {
    const files = { 'a.conf': 'server 52.94.133.131; # landfall:allow unknown the only one there is\n' };
    const report = await scanFiles(files, { unknown: 'refuse' });
    expect([report.findings, report.allowed.length, isClean(report)]).toEqual([[], 1, true]);
  });

  it('is foreign, at home or nobody’s by a table', async () => {
    expect(await by('us-east-1')).toMatchObject([
      { region: 'us-east-1', kind: 'public-address', severity: 'error' },
    ]);
    expect(await by('eu-west-1')).toEqual([]);
    expect(await by(null)).toEqual([]);
  });

  it('is not looked for in programs and in what is no small text', async () => {
    const report = await scanFiles({
      'bin/app': 'server 52.94.133.131;\0',
      'var/app.log': `${'x'.repeat(79)}\n`.repeat(10_000) + 'server 52.94.133.131;\n',
    });
    expect(report.findings).toEqual([]);
  });
});
