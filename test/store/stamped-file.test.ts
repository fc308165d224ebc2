import { chown, mkdir, readFile, rename, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { printStamp, type Stamp } from '../../config-service/store/stamp/stamp.ts';
import { createStampedFile, stampOfStamped } from '../../config-service/store/seal/stamped-file.ts';
import { valueOf, verdictOf } from '../support/fetching.ts';
import { renderedHost, UID } from '../support/rendered.ts';
import { ELSEWHERE, HERE, SIBLING } from '../support/sealing.ts';

const CONTENT = Buffer.from('line one\nline two\n\0\xff', 'latin1');

async function place() {
  const { state } = await renderedHost();
  const fileOf = (stamp: Stamp) => createStampedFile(state, 'logs.a', stamp, UID);
  return { path: join(state, 'logs.a.stamped'), fileOf, file: fileOf(HERE) };
}

describe('a stamped file', () => {
  it('is kept in clear behind its stamp, for this user alone', async () => {
    const { path, file } = await place();
    expect(await file.load()).toEqual({ kind: 'absent' });
    valueOf(await file.save(CONTENT));
    expect(await file.load()).toEqual({ kind: 'loaded', content: CONTENT });
    const text = await readFile(path, 'latin1');
    expect(text).toBe(`LFSTAMP1\n${printStamp(HERE)}\n${CONTENT.toString('latin1')}`);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await stampOfStamped(path)).toEqual(HERE);
    valueOf(await file.save(new Uint8Array()));
    expect(await file.load()).toEqual({ kind: 'loaded', content: Buffer.alloc(0) });
  });

  it.each([
    ['another region', ELSEWHERE, 'foreign'],
    ['another account', { ...HERE, account: '999988887777' }, 'foreign'],
    ['another instance', SIBLING, 'other-instance'],
    ['this instance under another image', { ...HERE, imageId: 'ami-2' }, 'other-instance'],
  ])('of %s is not used', async (_, stamp, why) => {
    const { path, file, fileOf } = await place();
    valueOf(await fileOf(stamp).save(CONTENT));
    expect(await file.load()).toMatchObject({ kind: 'ignored', why });
    expect(await stampOfStamped(path)).toEqual(stamp);
  });

  it.each([
    ['empty', ''],
    ['of a later format', `LFSTAMP2\n${printStamp(HERE)}\n`],
    ['torn in its stamp', `LFSTAMP1\n${printStamp(HERE).slice(0, 60)}`],
    ['torn behind its stamp', `LFSTAMP1\n${printStamp(HERE)}`],
    ['of half a stamp', 'LFSTAMP1\n{"format":1}\n'],
    ['of no stamp', 'LFSTAMP1\nnull\n'],
    ['of a head without an end', `LFSTAMP1\n${' '.repeat(5000)}${printStamp(HERE)}\n`],
    ['sealed', `LFSEAL1\n${printStamp(HERE)}\n`],
  ])('that is %s is not used, and says of nobody that it is theirs', async (_, text) => {
    const { path, file } = await place();
    await writeFile(path, text);
    expect(await file.load()).toMatchObject({ kind: 'ignored', why: 'unreadable' });
    expect(await stampOfStamped(path)).toBeUndefined();
    valueOf(await file.save(CONTENT));
    expect(await file.load()).toMatchObject({ kind: 'loaded' });
  });

  it('is no link, no folder, and not larger than it can be', async () => {
    const { path, file } = await place();
    valueOf(await file.save(CONTENT));
    await rename(path, `${path}.away`);
    await symlink(`${path}.away`, path);
    expect(await file.load()).toMatchObject({ why: 'unreadable', reason: 'it is no regular file' });
    await rm(path);
    await mkdir(path);
    expect(await file.load()).toMatchObject({ why: 'unreadable' });
    expect(verdictOf(await file.save(CONTENT))).toMatch(/LF_STATE_DIR$/);
    await rm(path, { recursive: true });
    await rename(`${path}.away`, path);
    await truncate(path, 65 * 1024 * 1024);
    expect(await file.load()).toMatchObject({ why: 'unreadable', reason: 'it is too large' });
  });

  it.skipIf(UID !== 0)('that another user put there is not used (NEEDS ROOT)', async () => {
    const { path, file } = await place();
    valueOf(await file.save(CONTENT));
    await chown(path, 65534, 65534);
    expect(await file.load()).toMatchObject({ why: 'unreadable', reason: 'it belongs to uid 65534' });
  });

  it('is written in the order it was asked for', async () => {
    const { file } = await place();
    await Promise.all(Array.from({ length: 30 }, (_, index) => file.save(Buffer.of(index))));
    expect(await file.load()).toMatchObject({ content: Buffer.of(29) });
  });
});
