import { readFile, rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { sha256Hex, type VouchedObjects } from '#config-service';
import { tarOf } from '../../support/archives.ts';
import { changesOf, faultIn, initBench } from './init-bench.ts';

const FILE = 's3://app/f';
const ARCHIVE = 's3://app/a.tar';
const fileDoc = { config: { files: { 'ROOT/etc/f': { source: FILE } } } };
const archiveDoc = { config: { sources: { 'ROOT/opt/app': ARCHIVE } } };
const rpmDoc = { config: { packages: { rpm: { app: 's3://app/app.rpm' } } } };

function vouching(contents: Readonly<Record<string, string | Uint8Array>>): VouchedObjects {
  return new Map(
    Object.entries(contents).map(([url, content]) => {
      const bytes = Buffer.from(content as Uint8Array);
      return [url, { sha256: sha256Hex(bytes), size: bytes.length }];
    }),
  );
}

test.each([
  ['a file', fileDoc, FILE],
  ['an archive', archiveDoc, ARCHIVE],
  ['a package', rpmDoc, 's3://app/app.rpm'],
])(
  'where keys are set, %s that the release does not vouch for is not even asked for',
  async (_, doc, url) => {
    const bench = await initBench(true);
    await bench.put(url.slice('s3://'.length), 'anything');
    const objects = vouching({ 's3://app/other': 'x' });
    for (const done of [await bench.run(doc), await bench.run(doc, { objects }), await bench.preview(doc)])
      expect(faultIn(done)).toMatchObject({ code: 'LF_OBJECT_UNVOUCHED', subject: url });
    expect(bench.fetches).toEqual([]);
  },
);

test.each([true, false])(
  'what the release vouches for is what comes, keys set or not (%s)',
  async (vouchedOnly) => {
    const bench = await initBench(vouchedOnly);
    const objects = vouching({ [FILE]: 'good' });
    await bench.put('app/f', 'good');
    expect(changesOf(await bench.run(fileDoc, { objects }))).toEqual(['create /etc/f']);
    await bench.put('app/f', 'evil');
    const done = await bench.run(fileDoc, { objects });
    expect(done).toMatchObject({ kind: 'retry', fault: { code: 'LF_DIGEST_MISMATCH', subject: FILE } });
    expect(await readFile(bench.at('etc/f'), 'utf8')).toBe('good');
    await bench.put('app/f', 'good');
    expect(changesOf(await bench.run(fileDoc, { objects }))).toEqual([]);
  },
);

test('an archive in place is known by its digest, and asked for again only when the release names another', async () => {
  const bench = await initBench(true);
  const [one, two] = [tarOf({ a: 'one' }), tarOf({ a: 'two' })];
  await bench.put('app/a.tar', one);
  expect(changesOf(await bench.run(archiveDoc, { objects: vouching({ [ARCHIVE]: one }) }))).toHaveLength(1);
  await bench.put('app/a.tar', two);
  expect(changesOf(await bench.run(archiveDoc, { objects: vouching({ [ARCHIVE]: one }) }))).toEqual([]);
  expect(bench.fetches).toEqual([ARCHIVE]);
  expect(changesOf(await bench.run(archiveDoc, { objects: vouching({ [ARCHIVE]: two }) }))).toEqual([
    'unpack /opt/app',
  ]);
  expect(await readFile(bench.at('opt/app/a'), 'utf8')).toBe('two');
});

test('a folder that is gone is filled again with what is vouched for, and nothing else', async () => {
  const bench = await initBench(true);
  const one = tarOf({ a: 'one' });
  const objects = vouching({ [ARCHIVE]: one });
  await bench.put('app/a.tar', one);
  changesOf(await bench.run(archiveDoc, { objects }));
  await rm(bench.at('opt/app'), { recursive: true });
  await bench.put('app/a.tar', tarOf({ a: 'evil' }));
  expect(await bench.run(archiveDoc, { objects })).toMatchObject({ fault: { code: 'LF_DIGEST_MISMATCH' } });
  await bench.put('app/a.tar', one);
  expect(changesOf(await bench.run(archiveDoc, { objects }))).toEqual(['unpack /opt/app']);
});

test('what came before anybody vouched is looked at once, under the keys that are set now', async () => {
  const bench = await initBench();
  const [evil, good] = [tarOf({ a: 'evil' }), tarOf({ a: 'good' })];
  await bench.put('app/a.tar', evil);
  changesOf(await bench.run(archiveDoc));
  expect(await bench.run(archiveDoc, { objects: vouching({ [ARCHIVE]: good }) })).toMatchObject({
    fault: { code: 'LF_DIGEST_MISMATCH' },
  });
  await bench.put('app/a.tar', good);
  expect(changesOf(await bench.run(archiveDoc, { objects: vouching({ [ARCHIVE]: good }) }))).toHaveLength(1);
  expect(await readFile(bench.at('opt/app/a'), 'utf8')).toBe('good');
});

test('a release that vouches for nothing any more is followed by ETag, as before', async () => {
  const bench = await initBench();
  const one = tarOf({ a: 'one' });
  await bench.put('app/a.tar', one);
  changesOf(await bench.run(archiveDoc, { objects: vouching({ [ARCHIVE]: one }) }));
  expect(changesOf(await bench.run(archiveDoc))).toEqual(['unpack /opt/app']);
  expect(changesOf(await bench.run(archiveDoc))).toEqual([]);
});
