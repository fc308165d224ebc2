import { basename } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { RotationIndex } from '#agent/logs/files/rotation-index.ts';
import { folderOf, isRotationOf } from '#agent/logs/files/rotation-name.ts';
import { TailedFile } from '#agent/logs/files/tailed-file.ts';

const NAME = fc
  .tuple(
    fc.constantFrom('a', 'a.b', 'ab', 'app-1', '.hidden'),
    fc.constantFrom('', '.log', '.log.1', '-20261121.log', '.log.2.gz', '.gz', '.old'),
  )
  .map((parts) => parts.join(''));
const PATH = fc
  .tuple(fc.constantFrom('/var/log', '/var/log/a', '/'), NAME)
  .map(([folder, name]) => (folder === '/' ? `/${name}` : `${folder}/${name}`));

const fileAt = (path: string): TailedFile =>
  new TailedFile(path, { device: '1', inode: path, size: 0, mtimeMs: 0, links: 1, kind: 'file' }, 0, 0);

test('finds whatever asking each file in turn finds', () => {
  fc.assert(
    fc.property(fc.uniqueArray(PATH, { maxLength: 12 }), PATH, (paths, path) => {
      const files = paths.map((one) => fileAt(one));
      const asked = files.filter(
        (file) => folderOf(file.path) === folderOf(path) && isRotationOf(file.originalPath, basename(path)),
      );
      const found = new RotationIndex(files).of(path);
      expect(found.map((file) => file.path).toSorted()).toEqual(asked.map((file) => file.path).toSorted());
    }),
    { numRuns: 2_000 },
  );
});

test('of ten thousand files only those are looked at whose names begin like it', () => {
  const files = Array.from({ length: 10_000 }, (_, n) => fileAt(`/var/log/${n}.log`));
  const origins = new RotationIndex(files);
  let asked = 0;
  for (const file of files) {
    Object.defineProperty(file, 'path', { get: () => ((asked += 1), `/var/log/${file.inode}`) });
  }
  origins.of('/var/log/1234.log.1');
  expect(asked).toBeLessThan(10);
});
