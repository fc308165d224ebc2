import { mkdtemp, open, readdir, readFile, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { writeFileAtomic } from '#kit/atomic-file.ts';

// On the binary, with a real errno from below libc: test/e2e/faults-disk.test.ts. Here where no C compiler is needed.

/** From now on the n-th fsync of this test fails as on a dying disk; 0 is the next one. */
async function failSync(folder: string, nth: number): Promise<void> {
  const handle = await open(folder, 'r');
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  // oxlint-disable-next-line typescript/unbound-method -- called with its handle below
  const real = prototype.sync;
  let count = 0;
  prototype.sync = async function sync(this: FileHandle): Promise<void> {
    count += 1;
    if (count === nth + 1) throw Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' });
    await real.call(this);
  };
  onTestFinished(() => {
    prototype.sync = real;
  });
}

async function oldFile(): Promise<{ readonly folder: string; readonly path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'landfall-fsync-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'file'), 'old');
  return { folder, path: join(folder, 'file') };
}

it('a file whose fsync fails is not put in place: the old one stays, and nothing else', async () => {
  const { folder, path } = await oldFile();
  await failSync(folder, 0);
  await expect(writeFileAtomic(path, 'new', 0o600)).rejects.toMatchObject({ code: 'EIO' });
  expect(await readFile(path, 'utf8')).toBe('old');
  expect(await readdir(folder)).toEqual(['file']);
});

it('a folder whose fsync fails is told, for a power cut may forget the rename: the file is whole either way', async () => {
  const { folder, path } = await oldFile();
  await failSync(folder, 1);
  await expect(writeFileAtomic(path, 'new', 0o600)).rejects.toMatchObject({ code: 'EIO' });
  expect(await readFile(path, 'utf8')).toBe('new');
  expect(await readdir(folder)).toEqual(['file']);
});
