import {
  chmod,
  chown,
  lchown,
  mkdir,
  mkdtemp,
  readdir,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRunFolder, openStateFolder } from '../../config-service/store/folder/state-folder.ts';
import { valueOf, verdictOf } from '../support/fetching.ts';

const uid = process.geteuid?.() ?? 0;
const asRoot = it.runIf(uid === 0);
let root: string;
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'landfall-state-')));
});
afterEach(() => rm(root, { recursive: true }));

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

describe('the state folder', () => {
  it('is made for this user alone, with the folders above it', async () => {
    const path = join(root, 'var/lib/landfall');
    expect(valueOf(await openStateFolder(path, uid))).toBe(path);
    expect(await modeOf(path)).toBe(0o700);
    expect(await readdir(path)).toEqual([]);
  });

  it('that others may enter is closed to them', async () => {
    const path = join(root, 'open');
    await mkdir(path);
    await chmod(path, 0o777);
    valueOf(await openStateFolder(path, uid));
    expect(await modeOf(path)).toBe(0o700);
  });

  it('may be a link of our own', async () => {
    await mkdir(join(root, 'volume'));
    await symlink('volume', join(root, 'link'));
    expect(valueOf(await openStateFolder(join(root, 'link'), uid))).toBe(join(root, 'volume'));
  });

  asRoot('is not a link of somebody else, nor their folder', async () => {
    await mkdir(join(root, 'volume'));
    await symlink('volume', join(root, 'link'));
    await lchown(join(root, 'link'), 12_345, 12_345);
    expect(verdictOf(await openStateFolder(join(root, 'link'), uid))).toBe('fail LF_STATE_DIR');
    await chown(join(root, 'volume'), 12_345, 12_345);
    expect(await openStateFolder(join(root, 'volume'), uid)).toMatchObject({
      kind: 'fail',
      fault: { cause: `it belongs to uid 12345, this process is uid ${uid}` },
    });
  });

  it('is not a file, nor below one', async () => {
    await writeFile(join(root, 'file'), '');
    expect(verdictOf(await openStateFolder(join(root, 'file'), uid))).toBe('fail LF_STATE_DIR');
    expect(verdictOf(await openStateFolder(join(root, 'file/below'), uid))).toBe('fail LF_STATE_DIR');
  });

  it('that takes no writes is a fault that may pass', async () => {
    // procfs refuses new folders to everyone, root included.
    expect(verdictOf(await openStateFolder('/proc/self/landfall', uid))).toBe('retry LF_STATE_DIR');
  });
});

describe('the run folder', () => {
  it('is made for all to look into, and stays as it was made', async () => {
    const path = join(root, 'run/landfall');
    expect(valueOf(await openRunFolder(path, uid))).toBe(path);
    await chmod(path, 0o750);
    valueOf(await openRunFolder(path, uid));
    expect(await modeOf(path)).toBe(0o750);
  });

  it.each([0o777, 0o1777])('that every user may write to is refused (%o)', async (mode) => {
    await chmod(root, mode);
    expect(await openRunFolder(root, uid)).toMatchObject({
      kind: 'fail',
      fault: {
        cause: 'every user may write to it',
        hint: `Run chmod o-w ${root}, or set \`run-dir\` elsewhere.`,
      },
    });
  });

  asRoot("is not somebody else's, and may be root's when we are not", async () => {
    expect(verdictOf(await openRunFolder(root, 12_345))).toBe('ok');
    await chown(root, 12_345, 12_345);
    expect(verdictOf(await openRunFolder(root, uid))).toBe('fail LF_STATE_DIR');
  });
});
