import { chmod, lchown, lstat, mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fenceMounted, type Fenced } from '../../config-service/store/fence/fence.ts';
import type { RenderedFile } from '../../config-service/store/folder/register-format.ts';
import { createRenderedRegister } from '../../config-service/store/folder/rendered-register.ts';
import type { Stamp } from '../../config-service/store/stamp/stamp.ts';
import { valueOf, verdictOf } from '../support/fetching.ts';
import { mountTmpfs, UNMOUNTABLE } from '../support/mounts.ts';
import { renderedHost, sha256, UID, type RenderedHost } from '../support/rendered.ts';
import { ELSEWHERE, HERE, SIBLING } from '../support/sealing.ts';

const asRoot = it.skipIf(UID !== 0);

async function list(host: RenderedHost, stamp: Stamp, entries: readonly RenderedFile[]): Promise<void> {
  valueOf(await createRenderedRegister(host.state, stamp, UID).save(entries));
}

async function put(host: RenderedHost, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(host.path(name)), { recursive: true });
    await writeFile(host.path(name), text);
  }
}

const at = (host: RenderedHost, name: string, kind?: RenderedFile['kind'], text = ''): RenderedFile => ({
  path: host.path(name),
  sha256: text === '' ? '' : sha256(text),
  ...(kind && { kind }),
});

/** The fence once more, as when something was mounted. */
const again = (host: RenderedHost, now = 0): Promise<Fenced> =>
  fenceMounted({ folder: host.state, writable: true, here: HERE, uid: UID, mode: 'purge', now }).then(
    valueOf,
  );

describe('the fence around what is no file', () => {
  it('removes links, trees and the folders that were made, and nothing that others put beside them', async () => {
    const host = await renderedHost();
    await put(host, {
      'dst/a/1': 'us-east-1',
      'dst/2': 'us-east-1',
      'made/x.conf': 'x',
      'shared/x.conf': 'x',
      'shared/mine': 'mine',
    });
    await symlink('dst/a', host.path('current'));
    await list(host, ELSEWHERE, [
      at(host, 'made', 'folder'),
      at(host, 'shared', 'folder'),
      at(host, 'dst', 'tree'),
      at(host, 'current', 'link'),
      at(host, 'made/x.conf'),
      at(host, 'shared/x.conf'),
    ]);
    const { removed, awaited } = valueOf(await host.fence());
    expect(removed.map(({ kind, files }) => [kind, files])).toEqual([
      ['tree', 2],
      ['link', undefined],
      ['rendered', undefined],
      ['rendered', undefined],
      ['register', undefined],
    ]);
    expect(awaited).toEqual([]);
    expect(await readdir(host.path('.'))).toEqual(['shared']);
    expect(await readdir(host.path('shared'))).toEqual(['mine']);
    expect(await readdir(host.state)).toEqual([]);
  });

  it("leaves what is of another kind by now: it is somebody else's", async () => {
    const host = await renderedHost();
    await put(host, { link: 'a file now', tree: 'a file now', 'precious/x': 'of the operator' });
    await symlink('precious', host.path('linked-tree'));
    await list(host, ELSEWHERE, [
      at(host, 'link', 'link'),
      at(host, 'tree', 'tree'),
      at(host, 'linked-tree', 'tree'),
    ]);
    expect(valueOf(await host.fence()).removed.map(({ kind }) => kind)).toEqual(['register']);
    expect((await readdir(host.path('.'))).toSorted()).toEqual(['link', 'linked-tree', 'precious', 'tree']);
    expect(await readFile(host.path('precious/x'), 'utf8')).toBe('of the operator');
  });

  it('does not follow links in a tree', async () => {
    const host = await renderedHost();
    await put(host, { 'dst/1': 'x', 'precious/x': 'of the operator' });
    await symlink(host.path('precious'), host.path('dst/out'));
    await list(host, ELSEWHERE, [at(host, 'dst', 'tree')]);
    valueOf(await host.fence());
    expect(await readdir(host.path('.'))).toEqual(['precious']);
    expect(await readFile(host.path('precious/x'), 'utf8')).toBe('of the operator');
  });

  it.skipIf(UNMOUNTABLE !== undefined)('does not leave the file system of a tree', async () => {
    const host = await renderedHost();
    await put(host, { 'dst/1': 'x' });
    mountTmpfs(host.path('dst/volume'), '64k');
    await put(host, { 'dst/volume/data': 'of another volume' });
    await list(host, ELSEWHERE, [at(host, 'dst', 'tree')]);
    valueOf(await host.fence({ mode: 'purge' }));
    expect(await readdir(host.path('dst'))).toEqual(['volume']);
    expect(await readFile(host.path('dst/volume/data'), 'utf8')).toBe('of another volume');
  });

  it('leaves what commands own to another instance of the region, and to no other region', async () => {
    for (const [stamp, left] of [
      [SIBLING, ['db']],
      [ELSEWHERE, []],
    ] as const) {
      const host = await renderedHost();
      await put(host, { 'db/data': 'x' });
      await list(host, stamp, [at(host, 'db', 'owned')]);
      valueOf(await host.fence());
      expect(await readdir(host.path('.'))).toEqual(left);
    }
  });

  it('keeps a tree as a whole in quarantine', async () => {
    const host = await renderedHost();
    await put(host, { 'dst/a/1': 'us-east-1', 'dst/2': 'us-east-1' });
    await list(host, ELSEWHERE, [at(host, 'dst', 'tree')]);
    const { removed } = valueOf(await host.fence({ mode: 'quarantine' }));
    expect(removed.map(({ action }) => action)).toEqual(['quarantined', 'quarantined']);
    const [name] = (await readdir(host.quarantine)).filter((each) => each.startsWith('dst.'));
    expect(await readFile(join(host.quarantine, name ?? '', 'a/1'), 'utf8')).toBe('us-east-1');
    expect(await readdir(host.path('.'))).toEqual([]);
  });

  asRoot('does not go through a link of another user to a tree, and the boot ends', async () => {
    const host = await renderedHost();
    await put(host, { 'precious/dst/x': 'of the operator' });
    await symlink('precious', host.path('app'));
    await lchown(host.path('app'), 12_345, 12_345);
    await list(host, ELSEWHERE, [at(host, 'app/dst', 'tree')]);
    expect(verdictOf(await host.fence())).toBe('fail LF_REGION_LEFT');
    expect(await readFile(host.path('precious/dst/x'), 'utf8')).toBe('of the operator');
  });
});

describe('what is away when the fence runs', () => {
  const AWAY = { 'data/app.conf': 'db.us-east-1', 'data/dst/1': 'us-east-1' };

  async function away(now = Date.now() + 1000): Promise<RenderedHost> {
    const host = await renderedHost();
    await put(host, AWAY);
    await symlink('dst', host.path('data/current'));
    await list(host, ELSEWHERE, [
      at(host, 'data', 'folder'),
      at(host, 'data/app.conf', undefined, AWAY['data/app.conf']),
      at(host, 'data/dst', 'tree'),
      at(host, 'data/current', 'link', 'dst'),
    ]);
    await rename(host.path('data'), host.path('aside'));
    const { awaited } = valueOf(await host.fence({ now }));
    expect(awaited).toEqual([host.path('data/app.conf'), host.path('data/dst'), host.path('data/current')]);
    expect(await readdir(host.state)).toEqual(['awaited.register']);
    return host;
  }

  it('is looked for again, and goes with the folder that was made for it', async () => {
    const host = await away();
    expect((await again(host)).removed).toEqual([]);
    await rename(host.path('aside'), host.path('data'));
    expect((await again(host)).removed.map(({ kind }) => kind)).toEqual(['rendered', 'tree', 'link']);
    expect(await readdir(host.path('.'))).toEqual([]);
    expect(await readdir(host.state)).toEqual([]);
  });

  it('is looked for at each boot, and on the way to a third region', async () => {
    const host = await away();
    expect(valueOf(await host.fence()).awaited).toHaveLength(3);
    await rename(host.path('aside'), host.path('data'));
    valueOf(await host.fence({ here: SIBLING }));
    expect(await readdir(host.path('.'))).toEqual([]);
  });

  it('is not taken for what came to its place since, unless that is the very same', async () => {
    const host = await away(1);
    await put(host, { 'data/app.conf': 'db.eu-west-1', 'data/dst/1': 'new', 'data/mine': 'mine' });
    expect((await again(host, 1)).removed).toEqual([]);
    expect(await readFile(host.path('data/app.conf'), 'utf8')).toBe('db.eu-west-1');
    expect(await readdir(host.path('data/dst'))).toEqual(['1']);
  });

  it('goes by its digest, however young the copy is', async () => {
    const host = await away(1);
    await put(host, AWAY);
    expect((await again(host, 1)).removed.map(({ path }) => path)).toEqual([host.path('data/app.conf')]);
  });

  it('leaves what this instance has put in its place', async () => {
    const host = await away();
    await put(host, { 'data/app.conf': 'db.eu-west-1' });
    await list(host, HERE, [at(host, 'data/app.conf', undefined, 'db.eu-west-1')]);
    expect((await again(host)).removed).toEqual([]);
    expect(await readFile(host.path('data/app.conf'), 'utf8')).toBe('db.eu-west-1');
  });
});

it('a copy that somebody made of a file is told, and left: it is not ours to remove', async () => {
  const host = await renderedHost();
  await put(host, {
    'a.conf': 'db.us-east-1',
    'a.conf.bak': 'db.us-east-1',
    moved: 'sqs.us-east-1',
    mine: 'mine',
    none: '',
  });
  await list(host, ELSEWHERE, [
    at(host, 'a.conf', undefined, 'db.us-east-1'),
    at(host, 'b.conf', undefined, 'sqs.us-east-1'),
  ]);
  const { copies, removed } = valueOf(await host.fence());
  expect([...copies].toSorted()).toEqual([host.path('a.conf.bak'), host.path('moved')]);
  expect(removed.map(({ kind }) => kind)).toEqual(['rendered', 'register']);
  expect((await readdir(host.path('.'))).toSorted()).toEqual(['a.conf.bak', 'mine', 'moved', 'none']);
});

it('a register that others may write is not believed', async () => {
  const host = await renderedHost();
  await put(host, { 'a.conf': 'x' });
  await list(host, ELSEWHERE, [at(host, 'a.conf')]);
  await chmod(host.register, 0o666);
  expect(valueOf(await host.fence())).toMatchObject({ namesLost: true, removed: [{ kind: 'register' }] });
  expect((await lstat(host.path('a.conf'))).isFile()).toBe(true);
});
