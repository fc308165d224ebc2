import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderOf, places, scanFiles, scanIn } from '../support/scanning.ts';

const REGION = 'region=us-east-1\n';

describe('links', () => {
  it('are not followed, so that what they point to is found once, and outside not at all', async () => {
    const outside = folderOf({ 'secret.conf': REGION });
    const root = folderOf({ 'etc/app.conf': REGION });
    symlinkSync('app.conf', join(root, 'etc/again.conf'));
    symlinkSync('.', join(root, 'etc/loop'));
    symlinkSync(outside, join(root, 'outside'));
    symlinkSync('nowhere', join(root, 'dangling'));
    const report = await scanIn(root);
    expect(places(report)).toEqual(['./etc/app.conf us-east-1']);
    expect(report).toMatchObject({ files: 1, unreadable: [] });
  });

  it('that point to a region are findings themselves', async () => {
    const root = folderOf({});
    symlinkSync('/srv/us-west-2/app.conf', join(root, 'app.conf'));
    expect(places(await scanIn(root))).toEqual(['./app.conf us-west-2']);
  });

  it('given as a path are followed', async () => {
    const root = folderOf({ 'real/app.conf': REGION });
    symlinkSync('real', join(root, 'current'));
    const report = await scanIn(root, { cwd: join(root, 'current') });
    expect(places(report)).toEqual(['./app.conf us-east-1']);
  });
});

describe('left out are', () => {
  it('the pseudo file systems of an image, by name', async () => {
    const report = await scanFiles({
      'etc/app.conf': REGION,
      'proc/1/environ': REGION,
      'sys/x': REGION,
      'dev/x': REGION,
      'run/x': REGION,
      'srv/run/x': REGION,
    });
    expect(places(report)).toEqual(['./etc/app.conf us-east-1', './srv/run/x us-east-1']);
    expect(report.skipped).toEqual(['./dev', './proc', './run', './sys']);
  });

  it("but not a project's own dev and run", async () => {
    const report = await scanFiles({ 'etc/a': 'x', 'dev/app.conf': REGION, 'run/app.conf': REGION });
    expect(places(report)).toEqual(['./dev/app.conf us-east-1', './run/app.conf us-east-1']);
  });

  it('what a .landfallignore says, counted', async () => {
    const report = await scanFiles({
      '.landfallignore': '# ours\n*.log\n/build/\n!keep.log\n',
      'a.log': REGION,
      'keep.log': REGION,
      'build/x': REGION,
      'sub/build/x': REGION,
      'sub/.landfallignore': 'only-here\n',
      'sub/only-here': REGION,
      'only-here': REGION,
    });
    expect(places(report).map((place) => place.split(' ')[0])).toEqual([
      './keep.log',
      './only-here',
      './sub/build/x',
    ]);
    expect(report.ignored).toBe(3);
  });

  it('pipes and sockets, which would wait for ever', async () => {
    const root = folderOf({ 'app.conf': REGION });
    execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', join(root, 'pipe')]);
    expect(await scanIn(root)).toMatchObject({ files: 1, unreadable: [] });
  });
});

describe('what cannot be read', () => {
  it('is reported, and the rest is scanned', async () => {
    const root = folderOf({ 'app.conf': REGION });
    // Longer than any path may be, which stops even root: two chains, one moved to the end of the other.
    const chain = Array.from({ length: 9 }, () => 'd'.repeat(250)).join('/');
    mkdirSync(join(root, 'a', chain), { recursive: true });
    mkdirSync(join(root, 'b', chain), { recursive: true });
    renameSync(join(root, 'b'), join(root, 'a', chain, 'b'));
    const report = await scanIn(root);
    expect(places(report)).toEqual(['./app.conf us-east-1']);
    expect(report.unreadable).toMatchObject([{ cause: 'its path is longer than the system allows' }]);
  });

  it('is an error when it is the path that was given', async () => {
    const root = folderOf({});
    await expect(scanIn(join(root, 'gone'))).rejects.toMatchObject({ fault: { code: 'LF_USAGE' } });
  });
});

describe('a walk', () => {
  it('reads files whose names are no UTF-8', async () => {
    const root = folderOf({});
    writeFileSync(Buffer.concat([Buffer.from(`${root}/caf`), Buffer.from([0xe9])]), REGION);
    mkdirSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff])]));
    writeFileSync(
      Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff]), Buffer.from('/ü.conf')]),
      REGION,
    );
    const report = await scanIn(root);
    expect(places(report)).toEqual(['./caf\uFFFD us-east-1', './\uFFFD/ü.conf us-east-1']);
  });

  it('takes a single file, and several paths', async () => {
    const root = folderOf({ 'a.conf': REGION, 'b/c.conf': REGION });
    const report = await scanIn(root, {});
    const single = await scanIn(join(root, 'b'));
    expect(report.files).toBe(2);
    expect(places(single)).toEqual(['./c.conf us-east-1']);
  });

  it('passes over the holes of a sparse file', async () => {
    const root = folderOf({ lastlog: REGION });
    truncateSync(join(root, 'lastlog'), 64 << 20);
    expect(await scanIn(root)).toMatchObject({ bytes: 64 << 20, findings: [{ region: 'us-east-1' }] });
  });
});
