import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { NOT_FENCED } from '#agent/daemon/boot/boot-fence.ts';
import { createLateFence } from '#agent/daemon/boot/late-fence.ts';
import { shareRegister } from '../../config-service/store/folder/shared-registers.ts';
import { createRenderedRegister } from '../../config-service/store/folder/rendered-register.ts';
import { valueOf } from '../support/fetching.ts';
import { renderedHost, sha256, UID } from '../support/rendered.ts';
import { ELSEWHERE, HERE } from '../support/sealing.ts';

/** A disk of another region whose data folder is away when it boots; what the late fence knows then. */
async function away() {
  const host = await renderedHost();
  await mkdir(host.path('data'), { recursive: true });
  await writeFile(host.path('data/app.conf'), 'db.us-east-1');
  const entry = { path: host.path('data/app.conf'), sha256: sha256('db.us-east-1') };
  valueOf(await createRenderedRegister(host.state, ELSEWHERE, UID).save([entry]));
  await rename(host.path('data'), host.path('aside'));
  const options = {
    folder: host.state,
    writable: true,
    here: HERE,
    uid: UID,
    mode: 'purge',
    now: Date.now() + 1000,
  } as const;
  const atBoot = { ...NOT_FENCED, ...valueOf(await host.fence({ now: options.now })) };
  const found: number[] = [];
  const fence = createLateFence({
    options,
    fenced: atBoot,
    onFound: ({ removed }) => found.push(removed.length),
  });
  return { host, fence, found };
}

it('what comes back is gone with the next look, and told', async () => {
  const { host, fence, found } = await away();
  expect(fence.fenced.awaited).toEqual([host.path('data/app.conf')]);
  expect(await fence.check()).toBeUndefined();
  await rename(host.path('aside'), host.path('data'));
  expect(await fence.check()).toBeUndefined();
  expect(await readdir(host.path('data'))).toEqual([]);
  expect([found, fence.fenced.awaited]).toEqual([[1], []]);
});

it('a volume that nobody here knows of is told by the mount table, and its register read', async () => {
  const host = await renderedHost();
  const [volume, mountTable] = [host.path('volume'), join(host.root, 'mountinfo')];
  await mkdir(volume, { recursive: true });
  await writeFile(join(volume, 'app.conf'), 'db.us-east-1');
  await writeFile(mountTable, '');
  const before = {
    stateFolder: '/var/lib/before',
    runDir: '/run/before',
    bootId: 'b1',
    pid: 2 ** 22,
    startedAt: '1',
  };
  const sharing = { home: join(host.root, 'registers'), owner: before };
  const file = { path: join(volume, 'app.conf'), sha256: sha256('db.us-east-1'), mount: volume };
  const mounts = [{ path: volume, holdsFiles: true }];
  expect(await shareRegister(sharing, { here: ELSEWHERE, uid: UID }, [file], mounts)).toEqual([]);
  await rm(sharing.home, { recursive: true });
  const options = {
    folder: host.state,
    writable: true,
    here: HERE,
    uid: UID,
    mode: 'purge',
    mountTable,
    sharing: { ...sharing, owner: { ...before, stateFolder: host.state, bootId: 'b2' } },
  } as const;
  const fence = createLateFence({ options, fenced: NOT_FENCED, onFound: () => {} });
  expect(await fence.check()).toBeUndefined();
  expect(await readdir(volume)).toContain('app.conf');
  await writeFile(mountTable, `36 35 98:0 / ${volume} rw,relatime shared:1 - ext4 /dev/nvme1n1 rw\n`);
  expect(await fence.check()).toBeUndefined();
  expect(await readdir(volume)).not.toContain('app.conf');
});
