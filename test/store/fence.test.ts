import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fenceState, type FenceMode } from '../../config-service/store/fence/fence.ts';
import { seal } from '../../config-service/store/seal/seal.ts';
import { printStamp, type Stamp } from '../../config-service/store/stamp/stamp.ts';
import { valueOf, verdictOf } from '../support/fetching.ts';
import { ELSEWHERE, HERE, keyOf, SIBLING } from '../support/sealing.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'landfall-fence-'));
});
afterEach(() => rm(folder, { recursive: true }));

const sealedBy = (stamp: Stamp) => seal(keyOf(stamp), 'last-good', Buffer.alloc(200_000, 'secret '));
const stamped = (stamp: Stamp) => `LFSTAMP1\n${printStamp(stamp)}\n/var/log/app.log`;
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const put = (name: string, bytes: Uint8Array | string) => writeFile(join(folder, name), bytes);
const fence = (mode: FenceMode = 'purge', where = folder) =>
  fenceState({ folder: where, writable: true, here: HERE, uid: process.geteuid?.() ?? 0, mode });
const removedBy = async (mode?: FenceMode) => valueOf(await fence(mode)).removed;

describe('the fence', () => {
  it('lets pass what is of this instance, and what Landfall did not name', async () => {
    await put('last-good.sealed', sealedBy(HERE));
    await put('lock', '');
    await put('notes.txt', 'us-east-1');
    await mkdir(join(folder, 'folder.sealed'));
    expect(await removedBy()).toEqual([]);
    expect((await readdir(folder)).toSorted()).toEqual([
      'folder.sealed',
      'last-good.sealed',
      'lock',
      'notes.txt',
    ]);
  });

  it('removes everything else, and says what it was by name and digest', async () => {
    const foreign = sealedBy(ELSEWHERE);
    const sibling = sealedBy(SIBLING);
    const torn = sealedBy(HERE).subarray(0, 40);
    await put('a.sealed', foreign);
    await put('b.sealed', sibling);
    await put('c.sealed', torn);
    await put('d.sealed.4711.3.tmp', sealedBy(HERE).subarray(0, 400));
    await put('last-good.sealed', sealedBy(HERE));

    const path = (name: string) => join(folder, name);
    expect(await removedBy()).toEqual([
      {
        path: path('a.sealed'),
        kind: 'sealed',
        reason: 'foreign',
        action: 'purged',
        sha256: sha256(foreign),
        stamp: ELSEWHERE,
      },
      {
        path: path('b.sealed'),
        kind: 'sealed',
        reason: 'other-instance',
        action: 'purged',
        sha256: sha256(sibling),
        stamp: SIBLING,
      },
      { path: path('c.sealed'), kind: 'sealed', reason: 'unproven', action: 'purged', sha256: sha256(torn) },
      expect.objectContaining({ path: path('d.sealed.4711.3.tmp'), reason: 'leftover', action: 'purged' }),
    ]);
    expect(await readdir(folder)).toEqual(['last-good.sealed']);
    expect(await removedBy()).toEqual([]);
  });

  it('judges what is stamped in clear as what is sealed', async () => {
    await put('a.stamped', stamped(ELSEWHERE));
    await put('b.stamped', stamped(SIBLING));
    await put('c.stamped', stamped({ ...HERE, imageId: 'ami-2' }));
    await put('d.stamped', stamped(HERE).slice(0, 40));
    await put('e.stamped.4711.3.tmp', stamped(HERE));
    await put('f.stamped', stamped(HERE));
    await put('rendered.register.4711.4.tmp', '');
    expect(
      (await removedBy('quarantine')).map(
        ({ path, kind, reason, action }) => `${path.slice(folder.length + 1)} ${kind} ${reason} ${action}`,
      ),
    ).toEqual(
      [
        'rendered.register.4711.4.tmp register leftover purged',
        'a.stamped stamped foreign quarantined',
        'b.stamped stamped other-instance purged',
        'c.stamped stamped other-instance purged',
        'd.stamped stamped unproven quarantined',
        'e.stamped.4711.3.tmp stamped leftover purged',
      ].toSorted(),
    );
    expect(await readdir(folder)).toEqual(['f.stamped', 'quarantine']);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['garbage', Buffer.from('garbage\n'.repeat(1000))],
    ['a newer envelope', Buffer.from('LFSEAL2\n{}\n')],
    ['a head without an end', Buffer.from(`LFSEAL1\n${'x'.repeat(10_000)}`)],
  ])('takes %s for unproven', async (_, bytes) => {
    await put('x.sealed', bytes);
    expect(await removedBy()).toMatchObject([{ reason: 'unproven', sha256: sha256(bytes) }]);
  });

  it('quarantines what is or may be foreign, for this user alone, and survives being interrupted', async () => {
    const foreign = sealedBy(ELSEWHERE);
    await put('a.sealed', foreign);
    await put('b.sealed', sealedBy(SIBLING));
    await put('c.sealed', 'torn');
    const removed = await removedBy('quarantine');
    expect(removed.map(({ action }) => action)).toEqual(['quarantined', 'purged', 'quarantined']);
    const quarantine = join(folder, 'quarantine');
    expect((await stat(quarantine)).mode & 0o777).toBe(0o700);
    const kept = `a.sealed.${sha256(foreign).slice(0, 16)}`;
    expect(await readdir(quarantine)).toEqual([kept, `c.sealed.${sha256(Buffer.from('torn')).slice(0, 16)}`]);
    expect(await readFile(join(quarantine, kept))).toEqual(foreign);

    // As after a kill between two files: one still lies there, one is already away.
    await put('a.sealed', foreign);
    expect(await removedBy('quarantine')).toHaveLength(1);
    expect(await readdir(quarantine)).toHaveLength(2);
    expect(await readdir(folder)).toEqual(['quarantine']);
  });

  it('removes a link, never what it leads to', async () => {
    await put('elsewhere', sealedBy(ELSEWHERE));
    await symlink('elsewhere', join(folder, 'a.sealed'));
    expect(await removedBy('quarantine')).toMatchObject([
      { reason: 'unproven', action: 'purged', sha256: '' },
    ]);
    expect(await readdir(folder)).toEqual(['elsewhere']);
  });

  it('passes a folder that is not there, and says so when one cannot be read', async () => {
    expect(valueOf(await fence('purge', join(folder, 'nowhere'))).removed).toEqual([]);
    await put('file', '');
    expect(verdictOf(await fence('purge', join(folder, 'file')))).toBe('fail LF_STATE_DIR');
  });
});
