import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findStateFolder, openStateFolder } from '../../config-service/store/folder/state-folder.ts';
import { valueOf, verdictOf } from '../support/fetching.ts';
import { mountTmpfs, remount, setImmutable, UNMOUNTABLE } from '../support/mounts.ts';
import { hostIn, renderedHost, sha256, UID, type RenderedHost } from '../support/rendered.ts';
import { ELSEWHERE } from '../support/sealing.ts';

if (UNMOUNTABLE !== undefined) console.warn(`test/faults/fence-disk.test.ts is skipped: ${UNMOUNTABLE}`);
const onMounts = describe.skipIf(UNMOUNTABLE !== undefined);

const FILES = { 'a.conf': 'db.us-east-1', 'b.conf': 'sqs.us-east-1' };

/** The state folder on a file system of its own, rendered files on another. */
async function mountedHost(size = '256k'): Promise<RenderedHost> {
  const { root } = await renderedHost();
  mountTmpfs(join(root, 'state'), size);
  const host = await hostIn(root);
  await host.seal(ELSEWHERE, 'last-good');
  await host.render(ELSEWHERE, FILES);
  return host;
}

/** Writes until nothing fits any more. */
async function fill(folder: string): Promise<void> {
  for (let size = 64 * 1024; size > 0; size = Math.floor(size / 2)) {
    for (let index = 0; ; index += 1) {
      const written = await writeFile(join(folder, `ballast-${size}-${index}`), Buffer.alloc(size)).catch(
        () => 'full',
      );
      if (written === 'full') break;
    }
  }
}

onMounts('the fence, where the state folder', () => {
  it('is full, removes all the same', async () => {
    const host = await mountedHost();
    await fill(host.state);
    expect(verdictOf(await openStateFolder(host.state, UID))).toBe('retry LF_STATE_DIR');
    expect(valueOf(await findStateFolder(host.state, UID))).toBe(host.state);
    const { removed, left } = valueOf(await host.fence({ writable: false }));
    expect(removed.map(({ kind }) => kind)).toEqual(['rendered', 'rendered', 'register', 'sealed']);
    expect(left).toEqual([]);
    expect(await readdir(host.path('.'))).toEqual([]);
  });

  it('is full, and quarantine is asked for, ends the boot with everything where it was', async () => {
    const host = await mountedHost();
    await fill(host.state);
    const outcome = await host.fence({ writable: false, mode: 'quarantine' });
    expect(outcome).toMatchObject({
      fault: {
        code: 'LF_REGION_LEFT',
        problems: [{ message: expect.stringContaining('ENOSPC') as string }, {}],
      },
    });
    expect((await readdir(host.path('.'))).toSorted()).toEqual(['a.conf', 'b.conf']);
    expect(await readdir(host.state)).toContain('rendered.register');
  });

  it('is read-only, removes what was rendered and says what is left: nobody can open it', async () => {
    const host = await mountedHost();
    remount(host.state, 'ro');
    for (let boot = 0; boot < 2; boot += 1) {
      const { removed, left, namesLost } = valueOf(await host.fence({ writable: false }));
      expect(removed.map(({ path }) => path)).toEqual(
        boot === 0 ? [host.path('a.conf'), host.path('b.conf')] : [],
      );
      expect(left).toEqual([
        { path: host.register, kind: 'register', reason: 'foreign' },
        { path: join(host.state, 'last-good.sealed'), kind: 'sealed', reason: 'foreign' },
      ]);
      expect(namesLost).toBe(false);
    }
    expect(await readdir(host.path('.'))).toEqual([]);
  });

  it('is another file system, moves into quarantine by copy', async () => {
    const host = await mountedHost();
    const { removed } = valueOf(await host.fence({ mode: 'quarantine' }));
    expect(removed.map(({ action }) => action)).toEqual(Array.from({ length: 4 }, () => 'quarantined'));
    expect(await readdir(host.path('.'))).toEqual([]);
    const copy = join(host.quarantine, `a.conf.${sha256(FILES['a.conf']).slice(0, 16)}`);
    expect(await readFile(copy, 'utf8')).toBe(FILES['a.conf']);
    expect((await stat(copy)).mode & 0o777).toBe(0o600);
    expect(await readdir(host.quarantine)).not.toContain('incoming.tmp');
  });

  it('has the rest of a copy that was cut, drops it', async () => {
    const host = await mountedHost();
    await mkdir(host.quarantine);
    await writeFile(join(host.quarantine, 'incoming.tmp'), 'db.us-ea');
    valueOf(await host.fence({ mode: 'purge' }));
    expect(await readdir(host.quarantine)).toEqual([]);
  });
});

onMounts('a rendered file of another region that cannot be removed', () => {
  it('for its file system is read-only: the boot ends, the rest is gone, the list stays', async () => {
    const { root } = await renderedHost();
    mountTmpfs(join(root, 'etc/ro'), '64k');
    const host = await hostIn(root);
    await host.render(ELSEWHERE, { 'ro/a.conf': 'us-east-1', 'b.conf': 'us-east-1' });
    remount(host.path('ro'), 'ro');
    expect(await host.fence()).toMatchObject({
      kind: 'fail',
      fault: { code: 'LF_REGION_LEFT', problems: [{ file: host.path('ro/a.conf') }] },
    });
    expect(await readdir(host.path('.'))).toEqual(['ro']);
    expect(await readdir(host.state)).toEqual(['rendered.register']);
    remount(host.path('ro'), 'rw');
    expect(verdictOf(await host.fence())).toBe('ok');
    expect(await readdir(host.path('ro'))).toEqual([]);
    expect(await readdir(host.state)).toEqual([]);
  });

  it.each(['purge', 'quarantine'] as const)('for it is immutable (%s): the same', async (mode) => {
    const host = await renderedHost();
    await host.render(ELSEWHERE, FILES);
    if (!setImmutable(host.path('a.conf'))) {
      console.warn('skipped: this file system has no immutable files');
      return;
    }
    expect(await host.fence({ mode })).toMatchObject({
      fault: { code: 'LF_REGION_LEFT', problems: [{ file: host.path('a.conf') }] },
    });
    expect(await readdir(host.path('.'))).toEqual(['a.conf']);
    expect(await readdir(host.state)).toContain('rendered.register');
  });
});

it('the fence works behind a link that is the state folder', async () => {
  const host = await renderedHost();
  await host.render(ELSEWHERE, FILES);
  await symlink('state', join(host.root, 'linked'));
  const folder = valueOf(await openStateFolder(join(host.root, 'linked'), UID));
  expect(folder).toBe(host.state);
  expect(valueOf(await host.fence({ folder })).removed).toHaveLength(3);
  expect(await readdir(host.path('.'))).toEqual([]);
});
