import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createScanProgress } from '#agent/cli/scan-run.ts';
import { commandLine } from '../support/command-line.ts';
import { folderOf } from '../support/scanning.ts';

const FOREIGN = { 'etc/app.conf': 'url=https://sqs.us-east-1.amazonaws.com/\n' };

describe('landfall scan', () => {
  it('ends with 0 for a clean folder, and shows the digest', async () => {
    const cli = commandLine();
    expect(await cli.run('scan', folderOf({ a: 'region=eu-west-1' }), '--region', 'eu-west-1')).toBe(0);
    expect(cli.out()).toMatch(
      /^1 file, 0\.0 MB; 0 errors, 0 warnings, 0 info; clean, sha256:[0-9a-f]{64}\n$/,
    );
  });

  it('ends with 6 for findings, and says where they are', async () => {
    const root = folderOf(FOREIGN);
    const cli = commandLine();
    expect(await cli.run('scan', root)).toBe(6);
    expect(cli.out()).toContain(
      `${root}/etc/app.conf:1:13  error  us-east-1  host  sqs.us-east-1.amazonaws.com\n`,
    );
  });

  it('ends with 0 when there is nothing but info', async () => {
    expect(await commandLine().run('scan', folderOf({ a: 'ami-0abcdef1234567890' }))).toBe(0);
  });

  it.each([
    [['scan'], "missing required argument 'path'"],
    [['scan', '/nonexistent-path'], 'no such file'],
    [['scan', '/', '--region', 'mars'], 'no region'],
    [['scan', '/', '--format', 'xml'], 'invalid'],
    [['scan', '/', '--from', 'us-east-1'], 'two regions'],
    [['scan', '/', '--baseline', '/nonexistent-path'], 'baseline'],
  ])('ends with 2 for %j', async (args, says) => {
    const cli = commandLine();
    expect(await cli.run(...args)).toBe(2);
    expect(cli.err()).toContain(says);
  });

  it('prints JSON and SARIF', async () => {
    const root = folderOf(FOREIGN);
    for (const args of [['--format', 'json'], ['--json']]) {
      const cli = commandLine();
      expect(await cli.run('scan', root, ...args)).toBe(6);
      expect(JSON.parse(cli.out())).toMatchObject({ home: null, findings: [{ region: 'us-east-1' }] });
    }
    const cli = commandLine();
    expect(await cli.run('scan', root, '--format', 'sarif')).toBe(6);
    expect(JSON.parse(cli.out())).toMatchObject({ version: '2.1.0' });
  });

  it('leaves out what a baseline knows, and a new baseline keeps what the old one knew', async () => {
    const root = folderOf(FOREIGN);
    const file = join(folderOf({}), 'known.json');
    expect(await commandLine().run('scan', root, '--write-baseline', file)).toBe(0);
    expect(await commandLine().run('scan', root, '--baseline', file)).toBe(0);
    const before = readFileSync(file, 'utf8');
    expect(await commandLine().run('scan', root, '--baseline', file, '--write-baseline', file)).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('prints a diff, and on stderr what it cannot rewrite', async () => {
    const cli = commandLine();
    const root = folderOf({ ...FOREIGN, b: 'ami-0abcdef1234567890' });
    expect(await cli.run('scan', root, '--rewrite', '--from', 'us-east-1', '--to', 'eu-west-1')).toBe(6);
    expect(cli.out()).toContain('+url=https://sqs.eu-west-1.amazonaws.com/\n');
    expect(cli.err()).toBe(
      `not rewritten: ${root}/b:1:1: ami-0abcdef1234567890: an id that exists in one region only\n`,
    );
  });

  it('says on stderr what it could not read', async () => {
    const cli = commandLine();
    expect(await cli.run('scan', folderOf({ 'a.zip': 'PK\u0003\u0004' }))).toBe(0);
    expect(cli.err()).toMatch(/^not read: .*a\.zip: the zip has no index\n$/);
    expect(cli.out()).not.toContain('sha256');
  });
});

describe('the progress of a scan', () => {
  it('appears on a terminal after a second, and is gone in the end', () => {
    let now = 0;
    const written: string[] = [];
    const terminal = { err: (text: string) => void written.push(text), errIsTerminal: true, columns: 80 };
    const progress = createScanProgress(terminal, { monotonic: () => now });
    for (now of [500, 1000, 1100, 1200]) progress.show({ files: now, bytes: 3_000_000, path: 'etc/ü' });
    progress.clear();
    progress.clear();
    expect(written).toEqual([
      '\r\u001B[2K1000 files, 3.0 MB, 3.0 MB/s  etc/?',
      '\r\u001B[2K1200 files, 3.0 MB, 2.5 MB/s  etc/?',
      '\r\u001B[2K',
    ]);
  });

  it('never appears anywhere else', () => {
    const written: string[] = [];
    const terminal = { err: (text: string) => void written.push(text), errIsTerminal: false, columns: 0 };
    createScanProgress(terminal, { monotonic: () => 9999 }).show({ files: 1, bytes: 1, path: '' });
    expect(written).toEqual([]);
  });
});
