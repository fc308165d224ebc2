import { chmod, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, describe, it } from 'vitest';
import type { MountPoint } from '../../config-service/store/folder/mounts.ts';
import { mountOf, mountsIn } from '../../config-service/store/folder/mounts.ts';
import {
  findSharedRegisters,
  shareRegister,
  startOf,
  type RegisterSharing,
} from '../../config-service/store/folder/shared-registers.ts';
import { mountTmpfs, UNMOUNTABLE } from '../support/mounts.ts';
import { valueOf } from '../support/fetching.ts';
import { renderedHost, UID, type RenderedHost } from '../support/rendered.ts';
import { ELSEWHERE, HERE } from '../support/sealing.ts';

const GONE = { pid: 2 ** 22, startedAt: '1' };

function sharingOf(host: RenderedHost, more: Partial<RegisterSharing['owner']> = {}): RegisterSharing {
  const owner = { stateFolder: host.state, runDir: `${host.root}/run`, bootId: 'b1', ...GONE, ...more };
  return { home: `${host.root}/registers`, owner };
}

async function share(host: RenderedHost, more: Partial<RegisterSharing['owner']> = {}): Promise<void> {
  await mkdir(host.path('.'), { recursive: true });
  await writeFile(host.path('a.conf'), 'us-east-1');
  const failed = await shareRegister(
    sharingOf(host, more),
    { here: ELSEWHERE, uid: UID },
    [{ path: host.path('a.conf'), sha256: '' }],
    [],
  );
  expect(failed).toEqual([]);
}

/** Of an agent whose settings name everything otherwise. */
const ELSEWISE = { stateFolder: '/var/lib/other/state', runDir: '/run/other', pid: process.pid };

async function foundBy(host: RenderedHost, more: Partial<RegisterSharing['owner']>): Promise<number> {
  return (await findSharedRegisters(sharingOf(host, more), UID, [])).length;
}

describe('a copy of the register', () => {
  it('is found from another state folder after a reboot, whatever the settings say', async () => {
    const host = await renderedHost();
    await share(host);
    expect(await foundBy(host, { ...ELSEWISE, bootId: 'b2' })).toBe(1);
    const sharing = sharingOf(host, { ...ELSEWISE, bootId: 'b2' });
    const folder = join(host.root, 'new-state');
    await mkdir(folder);
    expect(valueOf(await host.fence({ folder, sharing })).removed.map(({ kind }) => kind)).toEqual([
      'rendered',
      'register',
    ]);
    expect(await readdir(host.path('.'))).toEqual([]);
    expect(await readdir(sharing.home)).toEqual([]);
  });

  it('of a neighbour in the same boot is left alone, unless run folder or place are the same', async () => {
    const host = await renderedHost();
    await share(host);
    expect(await foundBy(host, ELSEWISE)).toBe(0);
    expect(await foundBy(host, { ...ELSEWISE, runDir: `${host.root}/run` })).toBe(1);
    expect(await foundBy(host, { ...ELSEWISE, stateFolder: `${host.root}/state-2` })).toBe(1);
  });

  it('of a daemon that runs is left alone', async () => {
    const host = await renderedHost();
    await share(host, { pid: process.ppid, startedAt: await startOf(process.ppid) });
    expect(await foundBy(host, { pid: process.pid })).toBe(0);
    await share(host, { pid: process.ppid, startedAt: 'another process had this id' });
    expect(await foundBy(host, { pid: process.pid })).toBe(1);
  });

  it('is not believed where others may write, or behind a link', async () => {
    const host = await renderedHost();
    await share(host);
    const { home } = sharingOf(host);
    await chmod(home, 0o777);
    expect(await foundBy(host, {})).toBe(0);
    await chmod(home, 0o700);
    const [name] = await readdir(home);
    await chmod(join(home, name ?? ''), 0o666);
    expect(await foundBy(host, {})).toBe(0);
    await rm(home, { recursive: true });
    await mkdir(`${host.root}/real`);
    await symlink('real', home);
    const failed = await shareRegister(
      sharingOf(host),
      { here: HERE, uid: UID },
      [{ path: '/a', sha256: '' }],
      [],
    );
    expect(failed).toHaveLength(1);
  });

  it('goes when its daemon, its state and all it named are gone', async () => {
    const host = await renderedHost();
    await share(host, { stateFolder: '/nowhere/state', runDir: '/nowhere/run' });
    expect(await foundBy(host, ELSEWISE)).toBe(0);
    expect(await readdir(sharingOf(host).home)).toHaveLength(1);
    await rm(host.path('a.conf'));
    expect(await foundBy(host, ELSEWISE)).toBe(0);
    expect(await readdir(sharingOf(host).home)).toEqual([]);
  });
});

async function volume(): Promise<{ host: RenderedHost; mounts: readonly MountPoint[] }> {
  const host = await renderedHost();
  mountTmpfs(host.path('volume'), '64k');
  return {
    host,
    mounts: [
      { path: '/', holdsFiles: true },
      { path: host.path('volume'), holdsFiles: true },
    ],
  };
}

describe.skipIf(UNMOUNTABLE !== undefined)('the register of a volume', () => {
  it('lies on it, and holds where it is mounted elsewhere', async () => {
    const { host, mounts } = await volume();
    const mount = host.path('volume');
    const file = { path: `${mount}/etc/a.conf`, sha256: '', mount };
    expect(await shareRegister(sharingOf(host), { here: ELSEWHERE, uid: UID }, [file], mounts)).toEqual([]);
    const found = await findSharedRegisters(sharingOf(host, { bootId: 'b2' }), UID, mounts);
    expect(found.map(({ within, read }) => [within, read.files[0]?.path])).toEqual([
      [undefined, file.path],
      [mount, file.path],
    ]);
  });

  it('speaks of nothing outside of it: not through a link that lies there', async () => {
    const { host, mounts } = await volume();
    const mount = host.path('volume');
    await mkdir(host.path('precious'));
    await writeFile(host.path('precious/a.conf'), 'of the operator');
    await symlink(host.path('precious'), `${mount}/etc`);
    const file = { path: `${mount}/etc/a.conf`, sha256: '', mount };
    const home = sharingOf(host);
    await shareRegister(home, { here: ELSEWHERE, uid: UID }, [file], mounts);
    await rm(home.home, { recursive: true });
    const outcome = await host.fence({ sharing: sharingOf(host, { bootId: 'b2' }) });
    expect(outcome).toMatchObject({ kind: 'fail', fault: { code: 'LF_REGION_LEFT' } });
    expect(await readdir(host.path('precious'))).toEqual(['a.conf']);
  });
});

describe('the mount table', () => {
  const TABLE = [
    '27 1 254:0 / / rw - ext4 /dev/vda rw',
    '30 27 254:1 / /data\\040of rw shared:1 - xfs /dev/vdb rw',
    '31 27 254:1 /sub /srv rw - xfs /dev/vdb rw',
    '32 27 0:50 / /efs rw - nfs4 fs-1:/ rw',
    '33 27 0:3 / /proc rw - proc proc rw',
    '34 27 0:9 / /run/x rw - tmpfs tmpfs rw',
  ].join('\n');

  it('tells volumes from what servers, kernel and other mounts show', () => {
    const mounts = mountsIn(TABLE);
    expect(mounts.filter(({ holdsFiles }) => holdsFiles).map(({ path }) => path)).toEqual(['/', '/data of']);
    expect(mountOf('/data of/x/y', mounts)?.path).toBe('/data of');
    expect(mountOf('/data ofx', mounts)?.path).toBe('/');
    expect(mountOf('/efs/x', mounts)?.path).toBe('/efs');
  });
});
