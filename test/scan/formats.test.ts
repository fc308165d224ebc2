import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { tarOf, zipOf } from '../support/archives.ts';
import { places, scanFiles } from '../support/scanning.ts';

const CONFIG = 'db=x\nregion=us-east-1\n';
const DAMAGED = Buffer.concat([gzipSync('').subarray(0, 10), Buffer.alloc(99, 0xff)]);
const UTF16 = Buffer.from(CONFIG.repeat(20), 'utf16le');

describe('a scan looks into', () => {
  it.each<[string, Buffer]>([
    ['text', Buffer.from(CONFIG)],
    [
      'a binary, by its strings',
      Buffer.from(`\x7FELF\0\0\x01\0${'\0'.repeat(99)}region=us-east-1\0\xFF`, 'latin1'),
    ],
    ['an SQLite file', Buffer.from(`SQLite format 3\0\x10\0\x01\x01\0\x40\x20region\0us-east-1\0`, 'latin1')],
    ['UTF-16 with a mark', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(CONFIG, 'utf16le')])],
    [
      'big-endian UTF-16 with a mark',
      Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(CONFIG, 'utf16le').swap16()]),
    ],
    ['UTF-16 without a mark', UTF16],
    ['big-endian UTF-16 without a mark', Buffer.from(UTF16).swap16()],
    [
      'base64 of an endpoint',
      Buffer.from(`data: ${Buffer.from('url=https://sqs.us-east-1.amazonaws.com/').toString('base64')}`),
    ],
    ['a line of megabytes', Buffer.from(`${'a,'.repeat(3 << 20)} us-east-1 ${'b,'.repeat(1 << 20)}`)],
    ['gzip', gzipSync(CONFIG)],
    ['gzip of several members', Buffer.concat([gzipSync('nothing\n'), gzipSync(CONFIG)])],
    ['a large gzip', gzipSync(Buffer.concat([Buffer.alloc(5 << 20, 'x\n'), Buffer.from(CONFIG)]))],
    ['zstd', zstdCompressSync(Buffer.from(CONFIG))],
  ])('%s', async (_, content) => {
    const { findings, unreadable } = await scanFiles({ 'etc/app': content });
    expect(new Set(findings.map(({ path, region }) => `${path} ${region}`))).toEqual(
      new Set(['./etc/app us-east-1']),
    );
    expect(unreadable).toEqual([]);
  });

  it.each<[string, Buffer]>([
    ['zip', zipOf({ readme: 'hello', 'conf/app.yaml': CONFIG })],
    ['zip without compression', zipOf({ 'conf/app.yaml': CONFIG }, { stored: true })],
    ['zip with a large entry', zipOf({ 'conf/app.yaml': `${'x\n'.repeat(2 << 20)}${CONFIG}` })],
    ['tar', tarOf({ readme: 'hello', 'conf/app.yaml': CONFIG, more: 'x'.repeat(2000) })],
    ['tar.gz', gzipSync(tarOf({ 'conf/app.yaml': CONFIG }))],
  ])('%s, and names the entry', async (_, content) => {
    const { findings, unreadable } = await scanFiles({ archive: content });
    expect(findings).toMatchObject([{ path: './archive!/conf/app.yaml', region: 'us-east-1' }]);
    expect(unreadable).toEqual([]);
  });

  it('an archive within an archive', async () => {
    const jar = zipOf({ 'application.properties': CONFIG });
    const report = await scanFiles({
      'app.war': zipOf({ 'WEB-INF/lib/a.jar': jar }, { stored: true }),
      'backup.tar.gz': gzipSync(tarOf({ 'opt/app.war': zipOf({ 'lib/a.jar': jar }) })),
    });
    expect(places(report)).toEqual([
      './app.war!/WEB-INF/lib/a.jar!/application.properties us-east-1',
      './backup.tar.gz!/opt/app.war!/lib/a.jar!/application.properties us-east-1',
    ]);
    expect(report.unreadable).toEqual([]);
  });

  it('where a link in a tar points to, and long names', async () => {
    const long = `${'deep/'.repeat(30)}app.conf`;
    const report = await scanFiles({
      'a.tar': tarOf({ current: { link: '/srv/us-west-2/app' }, [long]: CONFIG }),
    });
    expect(places(report)).toEqual([`./a.tar!/current us-west-2`, `./a.tar!/${long} us-east-1`]);
  });
});

describe('a file that is not what it says', () => {
  it.each<[string, Buffer, string]>([
    ['gzip that ends early', gzipSync('x'.repeat(99_999)).subarray(0, 60), 'the compressed data ends early'],
    ['damaged gzip', DAMAGED, 'the compressed data is damaged'],
    ['zip without an index', Buffer.from('PK\u0003\u0004 and then nothing'), 'the zip has no index'],
    ['tar that ends early', tarOf({ 'a.txt': 'x'.repeat(5000) }).subarray(0, 2000), 'ends early'],
  ])('is reported: %s', async (_, content, cause) => {
    const { unreadable } = await scanFiles({ broken: content });
    expect(unreadable).toContainEqual({ path: './broken', cause });
  });

  it('does not hide what else is in the archive', async () => {
    const report = await scanFiles({
      'a.tar': tarOf({
        'broken.gz': DAMAGED,
        'large.gz': gzipSync(Buffer.alloc(1 << 20, 7)).subarray(0, 900),
        conf: CONFIG,
      }),
      'b.zip': zipOf({ 'broken.gz': DAMAGED, conf: CONFIG }),
    });
    expect(places(report)).toEqual(['./a.tar!/conf us-east-1', './b.zip!/conf us-east-1']);
    expect(report.unreadable.map(({ path }) => path)).toEqual([
      './a.tar!/broken.gz',
      './a.tar!/large.gz',
      './b.zip!/broken.gz',
    ]);
  });

  it('is read as it is when it is a zip: stored text can still be seen', async () => {
    const torn = zipOf({ 'conf/app.yaml': CONFIG }, { stored: true }).subarray(0, -30);
    expect(places(await scanFiles({ 'torn.zip': torn }))).toEqual(['./torn.zip us-east-1']);
  });

  it('is reported where it is encrypted, or packed in a way that nobody here unpacks', async () => {
    const report = await scanFiles({
      'a.zip': zipOf({ secret: CONFIG }, { encrypted: true }),
      'b.zip': zipOf({ strange: CONFIG }, { method: 14 }),
    });
    expect(report.unreadable).toEqual([
      { path: './a.zip!/secret', cause: 'encrypted' },
      { path: './b.zip!/strange', cause: 'packed with method 14 of zip' },
    ]);
  });

  it('stops where containers hold containers without end', async () => {
    const deep = [1, 2, 3, 4, 5, 6].reduce((inner) => gzipSync(inner), Buffer.from(CONFIG));
    const { unreadable } = await scanFiles({ 'deep.gz': deep });
    expect(unreadable).toEqual([{ path: './deep.gz', cause: 'containers nested too deeply' }]);
  });
});
