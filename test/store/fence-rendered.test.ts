import {
  chown,
  lchown,
  mkdir,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FencedFile } from '../../config-service/store/fence/fenced-file.ts';
import { createRenderedRegister } from '../../config-service/store/folder/rendered-register.ts';
import { valueOf, verdictOf } from '../support/fetching.ts';
import { renderedHost, sha256, UID } from '../support/rendered.ts';
import { ELSEWHERE, HERE, SIBLING } from '../support/sealing.ts';

const asRoot = it.runIf(UID === 0);
const FILES = { 'nginx/nginx.conf': 'db.us-east-1', 'app.conf': 'sqs.us-east-1', motd: 'hello' };

describe('the fence around rendered files', () => {
  it('leaves alone what this instance rendered', async () => {
    const host = await renderedHost();
    await host.render(HERE, FILES);
    expect(valueOf(await host.fence())).toEqual({
      removed: [],
      left: [],
      namesLost: false,
      awaited: [],
      copies: [],
    });
    expect(await readFile(host.path('app.conf'), 'utf8')).toBe(FILES['app.conf']);
  });

  it.each([
    ['foreign', ELSEWHERE],
    ['other-instance', SIBLING],
  ] as const)('removes every file in a register that is %s, the register last', async (reason, stamp) => {
    const host = await renderedHost();
    await host.render(stamp, FILES);
    await writeFile(host.path('app.conf'), 'edited by hand');
    await writeFile(host.path('untouched'), 'not ours');
    const told: FencedFile[] = [];
    const { removed, namesLost } = valueOf(await host.fence({ onRemoved: (file) => told.push(file) }));
    expect(removed).toEqual(told);
    expect(namesLost).toBe(false);
    const gone = { kind: 'rendered', reason, action: 'purged', stamp };
    expect(removed.slice(0, -1)).toEqual([
      { ...gone, path: host.path('nginx/nginx.conf'), sha256: sha256('db.us-east-1') },
      { ...gone, path: host.path('app.conf'), sha256: sha256('edited by hand') },
      { ...gone, path: host.path('motd'), sha256: sha256('hello') },
    ]);
    expect(removed.at(-1)).toMatchObject({ path: host.register, kind: 'register', reason });
    expect((await readdir(host.path('.'))).toSorted()).toEqual(['nginx', 'untouched']);
    expect(await readdir(host.state)).toEqual([]);
    expect(valueOf(await host.fence()).removed).toEqual([]);
  });

  it('keeps them for this user alone in quarantine, together with the list', async () => {
    const host = await renderedHost();
    await host.render(ELSEWHERE, { ...FILES, [`${'ü'.repeat(120)}.conf`]: 'long' });
    const { removed } = valueOf(await host.fence({ mode: 'quarantine' }));
    expect(new Set(removed.map(({ action }) => action))).toEqual(new Set(['quarantined']));
    const names = await readdir(host.quarantine);
    expect(names).toHaveLength(5);
    const conf = `nginx.conf.${sha256('db.us-east-1').slice(0, 16)}`;
    expect(await readFile(join(host.quarantine, conf), 'utf8')).toBe('db.us-east-1');
    for (const name of names) expect((await stat(join(host.quarantine, name))).mode & 0o777).toBe(0o600);
    expect((await stat(host.quarantine)).mode & 0o777).toBe(0o700);
    expect(names.some((name) => name.startsWith('rendered.register.'))).toBe(true);
  });

  it('takes half written files beside them, too', async () => {
    const host = await renderedHost();
    await host.render(ELSEWHERE, FILES);
    const halves = ['.landfall-0123456789abcdef.tmp', 'app.conf.4711.3.tmp', 'app.conf.landfall-init'];
    for (const name of halves) await writeFile(host.path(name), 'sqs.us-east-1');
    await writeFile(host.path('other.conf.4711.3.tmp'), 'of somebody else');
    await writeFile(host.path('app.conf.bak'), 'of the operator');
    await writeFile(host.register.concat('.4711.9.tmp'), 'half a register');
    const { removed } = valueOf(await host.fence());
    expect(removed.filter(({ reason }) => reason === 'leftover').map(({ path }) => path)).toEqual([
      ...halves.map((name) => host.path(name)),
      host.register.concat('.4711.9.tmp'),
    ]);
    expect((await readdir(host.path('.'))).toSorted()).toEqual([
      'app.conf.bak',
      'nginx',
      'other.conf.4711.3.tmp',
    ]);
  });

  it('never follows a link in place of a file, never removes a folder, and does not mind what is gone', async () => {
    const host = await renderedHost();
    await host.render(ELSEWHERE, { motd: 'x' });
    await host
      .render(ELSEWHERE, { 'gone/away': 'x', link: 'x', folder: 'x', 'motd/below': 'x' })
      .catch(() => {});
    await rm(host.path('gone'), { recursive: true });
    for (const name of ['link', 'folder']) await rm(host.path(name), { force: true });
    await writeFile(host.path('precious'), 'of the operator');
    await symlink('precious', host.path('link'));
    await mkdir(host.path('folder'));
    await writeFile(host.path('folder/precious'), 'of the operator');
    const { removed } = valueOf(await host.fence());
    expect(removed.map(({ kind }) => kind)).toEqual(['register']);
    expect((await readdir(host.path('.'))).toSorted()).toEqual(['folder', 'link', 'motd', 'precious']);
    expect(await readdir(host.path('folder'))).toEqual(['precious']);
  });

  it('goes through links of the host itself', async () => {
    const host = await renderedHost();
    await host.render(ELSEWHERE, { 'volume/nginx/nginx.conf': 'us-east-1' });
    await symlink('volume/../volume/nginx', host.path('linked'));
    const listed = [{ path: host.path('linked/nginx.conf'), sha256: '' }];
    valueOf(await createRenderedRegister(host.state, ELSEWHERE, UID).save(listed));
    expect(valueOf(await host.fence()).removed[0]).toMatchObject({ path: host.path('linked/nginx.conf') });
    expect(await readdir(host.path('volume/nginx'))).toEqual([]);
  });

  asRoot('does not go through a link of another user, and the boot ends', async () => {
    const host = await renderedHost();
    await host.render(ELSEWHERE, { 'app/hosts': 'us-east-1', other: 'us-east-1' });
    await mkdir(host.path('precious'));
    await writeFile(host.path('precious/hosts'), 'of the operator');
    await rename(host.path('app'), host.path('moved'));
    await symlink('precious', host.path('app'));
    await lchown(host.path('app'), 12_345, 12_345);
    const outcome = await host.fence();
    expect(outcome).toMatchObject({
      kind: 'fail',
      fault: { code: 'LF_REGION_LEFT', problems: [{ file: host.path('app/hosts') }] },
    });
    expect(await readFile(host.path('precious/hosts'), 'utf8')).toBe('of the operator');
    // What could go is gone, and the register waits for the rest.
    expect(await readdir(host.path('.'))).not.toContain('other');
    expect(await readdir(host.state)).toEqual(['rendered.register']);
  });
});

describe('a register that cannot be trusted', () => {
  const damages: readonly [string, (text: string) => string][] = [
    ['torn', (text) => text.slice(0, -4)],
    ['empty', () => ''],
    ['of a newer version', (text) => text.replace('LFREG1', 'LFREG7')],
    ['without a stamp', (text) => text.replace('"format":1', '"format":9')],
    ['forged to look local', (text) => text.replace(ELSEWHERE.region, HERE.region)],
  ];
  it.each(damages)('(%s) goes, loudly, and nothing on its say', async (_, damage) => {
    const host = await renderedHost();
    await host.render(ELSEWHERE, FILES);
    await writeFile(host.register, damage(await readFile(host.register, 'utf8')));
    const { removed, namesLost } = valueOf(await host.fence());
    expect(namesLost).toBe(true);
    expect(removed).toMatchObject([{ path: host.register, kind: 'register', reason: 'unproven' }]);
    expect(await readFile(host.path('app.conf'), 'utf8')).toBe(FILES['app.conf']);
    expect(await readdir(host.state)).toEqual([]);
  });

  asRoot('(of another owner) goes, loudly, and nothing on its say', async () => {
    const host = await renderedHost();
    await host.render(ELSEWHERE, FILES);
    await chown(host.register, 12_345, 12_345);
    expect(valueOf(await host.fence())).toMatchObject({ namesLost: true, removed: [{ kind: 'register' }] });
    expect(await readFile(host.path('app.conf'), 'utf8')).toBe(FILES['app.conf']);
  });

  it('(a link) goes, and what it leads to stays', async () => {
    const host = await renderedHost();
    await host.render(ELSEWHERE, FILES);
    await rename(host.register, host.path('list'));
    await symlink(host.path('list'), host.register);
    expect(valueOf(await host.fence()).namesLost).toBe(true);
    expect(await readdir(host.path('.'))).toContain('list');
  });

  it('(a folder) is in the way, and the boot ends', async () => {
    const host = await renderedHost();
    await mkdir(host.register);
    expect(verdictOf(await host.fence())).toBe('fail LF_STATE_DIR');
  });
});
