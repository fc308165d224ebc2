import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nodeFileSystem } from '#agent/logs/files/node-file-system.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'landfall-disk-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('what is not there is undefined, an empty list, and no error', async () => {
  expect(await nodeFileSystem.stat(join(folder, 'none'))).toBeUndefined();
  expect(await nodeFileSystem.open(join(folder, 'none/deeper'))).toBeUndefined();
  expect(await nodeFileSystem.list(join(folder, 'none'))).toEqual([]);
});

test('an open file is read by position, keeps its inode through a rename, and has no links when it is deleted', async () => {
  const path = join(folder, 'a.log');
  await writeFile(path, '0123456789');
  const file = await nodeFileSystem.open(path);
  if (!file) throw new Error('not opened');
  const buffer = Buffer.alloc(4);
  expect([await file.read(buffer, 8), buffer.toString('latin1', 0, 2)]).toEqual([2, '89']);
  const before = await file.stat();
  await rename(path, join(folder, 'b.log'));
  expect((await nodeFileSystem.stat(join(folder, 'b.log')))?.inode).toBe(before.inode);
  await rm(join(folder, 'b.log'));
  expect(await file.stat()).toMatchObject({ inode: before.inode, links: 0, kind: 'file', size: 10 });
  await file.close();
});

test('a watch tells of a change in the folder, once', async () => {
  let hints = 0;
  await new Promise<void>((resolve) => {
    nodeFileSystem.watch(folder, () => {
      hints += 1;
      resolve();
    });
    void appendFile(join(folder, 'c.log'), 'one');
  });
  await appendFile(join(folder, 'c.log'), 'two');
  await nodeFileSystem.list(folder);
  expect(hints).toBe(1);
});

test('a folder that cannot be watched is only polled', () => {
  expect(() => nodeFileSystem.watch(join(folder, 'none'), () => {})()).not.toThrow();
});
