import { chmodSync, chownSync, existsSync, readdirSync, statSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { previewTargets, stageTargets } from '#agent/apply/targets/targets.ts';
import { valueOf } from '../support/fetching.ts';
import {
  applyTargets,
  assetFile,
  environmentFile,
  guardOf,
  inlineFile,
  openTargetBench,
  template,
  workOf,
  type TargetBench,
  type WorkParts,
} from './target-bench.ts';

let bench: TargetBench;
beforeEach(() => {
  bench = openTargetBench();
});
afterEach(() => bench.close());

function nginx(more: Partial<Parameters<typeof template>[0]> = {}): WorkParts {
  const entry = template({
    name: 'nginx',
    target: bench.path('etc/nginx.conf'),
    file: 'templates/n',
    ...more,
  });
  return {
    templates: [entry],
    assets: { 'templates/n': 'listen {{ port }};\n' },
    values: { port: '80' },
  };
}

describe('targets', () => {
  it('of all three sections are put in place, with folders and modes, and registered', async () => {
    const { outcome, flips } = await applyTargets(bench, {
      ...nginx(),
      files: [assetFile({ name: 'logo', target: bench.path('srv/logo'), file: 'files/logo', mode: 0o600 })],
      environmentFiles: [environmentFile({ name: 'app', target: bench.path('etc/app.env'), prefix: 'app.' })],
      values: { port: '80', 'app.name': 'pay "roll"' },
      assets: { 'templates/n': 'listen {{ port }};\n', 'files/logo': Buffer.from([0, 255, 1]) },
    });
    expect(valueOf(outcome).changes).toEqual([
      { entry: 'environmentFiles.app', subject: bench.path('etc/app.env'), action: 'create' },
      { entry: 'files.logo', subject: bench.path('srv/logo'), action: 'create' },
      { entry: 'templates.nginx', subject: bench.path('etc/nginx.conf'), action: 'create' },
    ]);
    expect(bench.read('etc/nginx.conf')).toBe('listen 80;\n');
    expect(bench.read('etc/app.env')).toBe('NAME="pay \\"roll\\""\n');
    expect(modeOf('etc/nginx.conf')).toBe(0o644);
    expect(modeOf('etc/app.env')).toBe(0o640);
    expect(modeOf('srv/logo')).toBe(0o600);
    expect(modeOf('etc')).toBe(0o755);
    expect(flips).toEqual(['flip']);
    expect(bench.registered.map(({ path, kind = 'file' }) => [kind, path])).toEqual([
      ['folder', bench.path('etc')],
      ['folder', bench.path('srv')],
      ['file', bench.path('etc/app.env')],
      ['file', bench.path('etc/nginx.conf')],
      ['file', bench.path('srv/logo')],
    ]);
    expect(readdirSync(bench.path('run'))).toEqual([]);
  });

  it('that are as they should be are neither written, checked nor reloaded', async () => {
    const parts = nginx({ check: 'true', reload: 'true' });
    await applyTargets(bench, parts);
    const before = statSync(bench.path('etc/nginx.conf'));
    bench.ran.length = 0;
    const { outcome, flips } = await applyTargets(bench, parts);
    expect(valueOf(outcome)).toEqual({ changes: [], failures: [] });
    expect(flips).toEqual(['flip']);
    expect(bench.ran).toEqual([]);
    expect(statSync(bench.path('etc/nginx.conf')).ino).toBe(before.ino);
  });

  it('edited by hand are replaced, and say why', async () => {
    await applyTargets(bench, nginx());
    bench.write('etc/nginx.conf', 'listen 81;\n');
    const edited = await applyTargets(bench, nginx());
    expect(valueOf(edited.outcome).changes).toMatchObject([{ action: 'replace', reason: 'content differs' }]);
    chmodSync(bench.path('etc/nginx.conf'), 0o600);
    const moded = await applyTargets(bench, nginx({ mode: 0o640 }));
    expect(valueOf(moded.outcome).changes).toMatchObject([{ action: 'replace', reason: 'mode differs' }]);
    expect(modeOf('etc/nginx.conf')).toBe(0o640);
  });

  it('keep mode and owner of the file that is there when the plan says nothing', async () => {
    bench.write('etc/nginx.conf', 'old');
    chmodSync(bench.path('etc/nginx.conf'), 0o604);
    // Only root may give files away; as another user the owner is kept anyway.
    if (bench.host.uid === 0) chownSync(bench.path('etc/nginx.conf'), 65534, 65533);
    await applyTargets(bench, nginx());
    const { mode, uid, gid } = statSync(bench.path('etc/nginx.conf'));
    expect(mode & 0o7777).toBe(0o604);
    if (bench.host.uid === 0) expect([uid, gid]).toEqual([65534, 65533]);
  });

  it('that hold a secret are for the owner alone, unless the plan gives a mode', async () => {
    const file = 'templates/n';
    const parts: WorkParts = {
      templates: [
        template({ name: 'new', target: bench.path('new'), file }),
        template({ name: 'open', target: bench.path('open'), file }),
        template({ name: 'moded', target: bench.path('moded'), file, mode: 0o640 }),
      ],
      environmentFiles: [environmentFile({ name: 'app', target: bench.path('app.env'), prefix: 'p' })],
      assets: { [file]: 'pw={{ pw }}' },
      values: { pw: 'x' },
    };
    bench.write('open', 'old');
    chmodSync(bench.path('open'), 0o755);
    await applyTargets(bench, { ...parts, secrets: [] });
    const names = ['new', 'open', 'moded', 'app.env'];
    expect(names.map(modeOf)).toEqual([0o644, 0o755, 0o640, 0o640]);
    // The value is the same: that it is a secret now is what changed.
    const { outcome } = await applyTargets(bench, { ...parts, secrets: ['pw'] });
    expect(valueOf(outcome).changes.map(({ reason }) => reason)).toEqual([
      'mode differs',
      'mode differs',
      'mode differs',
    ]);
    expect(names.map(modeOf)).toEqual([0o600, 0o700, 0o640, 0o600]);
  });

  it('are seen by a preview and by staging, which touch nothing', async () => {
    const work = workOf(nginx({ check: 'false' }));
    const changes = valueOf(await previewTargets(work, bench.host, guardOf()));
    expect(changes).toMatchObject([{ entry: 'templates.nginx', action: 'create' }]);
    const staged = valueOf(await stageTargets(work, bench.host, guardOf()));
    expect(staged.changes).toEqual(changes);
    expect(existsSync(bench.path('etc'))).toBe(false);
    expect(bench.records.size + bench.registered.length).toBe(0);
  });

  it('that cannot be rendered refuse everything, with every file and line', async () => {
    const { outcome, flips } = await applyTargets(bench, {
      templates: [
        template({ name: 'a', target: bench.path('a'), file: 'templates/a' }),
        template({ name: 'b', target: bench.path('b'), file: 'templates/b' }),
        template({ name: 'c', target: bench.path('c'), file: 'templates/c' }),
      ],
      assets: { 'templates/a': 'fine', 'templates/b': 'one\ntwo {{ db.hots }}\n' },
      values: { 'db.host': 'x' },
    });
    expect(outcome).toMatchObject({
      kind: 'fail',
      fault: { code: 'LF_TEMPLATE', subject: 'templates.b, templates.c' },
    });
    const problems = outcome.kind === 'fail' ? outcome.fault.problems : [];
    expect(problems).toMatchObject([
      { file: 'base/templates/b', line: 2, column: 8 },
      { file: 'base/plan.yaml', line: 3 },
    ]);
    expect(problems?.[0]?.message).toContain("'db.hots'");
    expect(flips).toEqual([]);
    expect(existsSync(bench.path('a'))).toBe(false);
  });

  it('that are independent fail alone and stay as they were', async () => {
    await applyTargets(bench, nginx());
    const parts = nginx({ independent: true });
    const { outcome } = await applyTargets(bench, {
      ...parts,
      files: [inlineFile({ name: 'motd', target: bench.path('motd'), content: 'hello' })],
      values: {},
    });
    const applied = valueOf(outcome);
    expect(applied.changes.map(({ entry }) => entry)).toEqual(['files.motd']);
    expect(applied.failures).toMatchObject([{ name: 'templates.nginx', fault: { code: 'LF_TEMPLATE' } }]);
    expect(bench.read('etc/nginx.conf')).toBe('listen 80;\n');
    expect(bench.registered.map(({ path }) => path)).toContain(bench.path('etc/nginx.conf'));
  });
});

describe('a target that left the plan', () => {
  it('is removed, and what reads it is reloaded, whatever the reload says', async () => {
    const reload = `echo gone >> ${bench.path('log')}; test ! -e ${bench.path('broken')}`;
    await applyTargets(bench, nginx({ reload }));
    bench.write('log', '');
    bench.write('broken', '');
    const { outcome } = await applyTargets(bench, {});
    expect(valueOf(outcome).changes).toMatchObject([{ entry: 'templates.nginx', action: 'remove' }]);
    expect(existsSync(bench.path('etc/nginx.conf'))).toBe(false);
    expect(bench.read('log')).toBe('gone\n');
    // The folder is still there, and was made for it.
    expect(bench.registered).toMatchObject([{ path: bench.path('etc'), kind: 'folder' }]);
  });

  it('stays when it was edited since, with a warning, and stays registered', async () => {
    await applyTargets(bench, nginx());
    bench.write('etc/nginx.conf', 'mine now');
    const { outcome } = await applyTargets(bench, {});
    expect(valueOf(outcome).changes).toEqual([]);
    expect(bench.read('etc/nginx.conf')).toBe('mine now');
    expect(bench.logged.join()).toContain('edited since');
    expect(bench.registered.map(({ path }) => path)).toEqual([
      bench.path('etc'),
      bench.path('etc/nginx.conf'),
    ]);
  });

  it('leaves what others registered alone', async () => {
    bench.registered.push({ path: '/etc/other', sha256: 'aa' });
    await applyTargets(bench, nginx());
    await applyTargets(bench, {});
    expect(bench.registered.filter(({ kind }) => kind !== 'folder')).toEqual([
      { path: '/etc/other', sha256: 'aa' },
    ]);
  });
});

function modeOf(name: string): number {
  return statSync(bench.path(name)).mode & 0o7777;
}
