import { existsSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stageTargets } from '#agent/apply/targets/targets.ts';
import { fail, ok } from '#kit/outcome.ts';
import { valueOf, verdictOf } from '../support/fetching.ts';
import { runReally } from '../support/run-really.ts';
import {
  applyTargets,
  guardOf,
  inlineFile,
  openTargetBench,
  workOf,
  type TargetBench,
} from './target-bench.ts';

let bench: TargetBench;
beforeEach(() => {
  bench = openTargetBench();
});
afterEach(() => bench.close());

/** A file whose service keeps what it loaded, and dies of the word `poison`. */
function service(name: string, content: string, more: Partial<Parameters<typeof inlineFile>[0]> = {}) {
  const target = bench.path(`${name}.conf`);
  const reload = `cat ${target} > ${bench.path(`${name}.loaded`)} 2>/dev/null; ! grep -q poison ${target}`;
  return inlineFile({ name, target, content, reload, ...more });
}

describe('reloads', () => {
  it('run in the order of their entries, each told where its file is', async () => {
    const order = bench.path('order');
    const file = (name: string, reload: string) =>
      inlineFile({ name, target: bench.path(`${name}.conf`), content: name, reload });
    const files = [
      file('10-unit', `echo reload >> ${order}`),
      file("20-it's", `cat {path} >> ${order}; echo >> ${order}`),
      file('30-app', `/bin/echo restart >> ${order}`),
      file('40-unit', `echo reload >> ${order}`),
    ];
    expect(verdictOf((await applyTargets(bench, { files })).outcome)).toBe('ok');
    expect(bench.read('order')).toBe("reload\n20-it's\nrestart\n");
  });
});

describe('a check', () => {
  it('sees the new content under the name of the target, before anything is replaced', async () => {
    const check = `test "$(basename {path})" = "it's a.conf" && cp {path} ${bench.path('seen')}; test ! -e ${bench.path("it\\'s\\ a.conf")}`;
    const file = inlineFile({ name: 'a', target: bench.path("it's a.conf"), content: 'new', check });
    expect(verdictOf((await applyTargets(bench, { files: [file] })).outcome)).toBe('ok');
    expect(bench.read('seen')).toBe('new');
    expect(bench.read("it's a.conf")).toBe('new');
  });

  it('that fails refuses everything, in its own words, and nothing is touched', async () => {
    const fine = inlineFile({ name: 'a', target: bench.path('a'), content: 'a' });
    const bad = inlineFile({
      name: 'b',
      target: bench.path('b'),
      content: 'b',
      check: 'echo line 3: oops >&2; exit 2',
    });
    const { outcome, flips } = await applyTargets(bench, { files: [fine, bad] });
    expect(outcome).toMatchObject({
      kind: 'fail',
      fault: {
        code: 'LF_APPLY_CHECK',
        subject: 'check of files.b',
        cause: 'exit code 2; its output ended: line 3: oops',
      },
    });
    expect(flips).toEqual([]);
    expect(existsSync(bench.path('a'))).toBe(false);
    expect(existsSync(bench.path('run/staging'))).toBe(false);
  });

  it('of an independent target leaves the others alone', async () => {
    const fine = inlineFile({ name: 'a', target: bench.path('a'), content: 'a' });
    const bad = inlineFile({
      name: 'b',
      target: bench.path('b'),
      content: 'b',
      check: 'false',
      independent: true,
    });
    const applied = valueOf((await applyTargets(bench, { files: [fine, bad] })).outcome);
    expect(applied.changes.map(({ entry }) => entry)).toEqual(['files.a']);
    expect(applied.failures).toMatchObject([{ name: 'files.b', fault: { code: 'LF_APPLY_CHECK' } }]);
    expect(existsSync(bench.path('b'))).toBe(false);
    expect(bench.registered).toHaveLength(1);
  });
});

describe('a reload', () => {
  it('runs once for all targets that ask for the same, after all files and the flip', async () => {
    const reload = `cat ${bench.path('a')} ${bench.path('b')} >> ${bench.path('log')}`;
    const files = ['a', 'b'].map((name) =>
      inlineFile({ name, target: bench.path(name), content: name, reload }),
    );
    const { flips } = await applyTargets(bench, { files });
    expect(flips).toEqual(['flip']);
    expect(bench.read('log')).toBe('ab');
    expect(bench.ran).toEqual(['reload of files.a, files.b']);
  });

  it('that fails puts every file back, flips back and tells the services again', async () => {
    await applyTargets(bench, { files: [service('a', 'one'), service('b', 'one')] });
    const added = inlineFile({ name: 'c', target: bench.path('deep/c'), content: 'new' });
    const files = [service('a', 'two'), service('b', 'poison'), added];
    const { outcome, flips } = await applyTargets(bench, { files });
    expect(outcome).toMatchObject({
      kind: 'fail',
      fault: { code: 'LF_APPLY_RELOAD', subject: 'reload of files.b' },
    });
    expect(flips).toEqual(['flip', 'flip back']);
    expect(['a.conf', 'a.loaded', 'b.conf', 'b.loaded'].map(bench.read)).toEqual([
      'one',
      'one',
      'one',
      'one',
    ]);
    expect(existsSync(bench.path('deep/c'))).toBe(false);
    expect(bench.registered.filter(({ kind }) => kind !== 'folder')).toHaveLength(2);
    const again = await applyTargets(bench, { files: [service('a', 'one'), service('b', 'one')] });
    expect(valueOf(again.outcome).changes).toEqual([]);
  });

  it('of independent targets puts back only theirs', async () => {
    await applyTargets(bench, { files: [service('a', 'one'), service('b', 'one')] });
    const files = [service('a', 'two'), service('b', 'poison', { independent: true })];
    const { outcome, flips } = await applyTargets(bench, { files });
    const applied = valueOf(outcome);
    expect(applied.changes.map(({ entry }) => entry)).toEqual(['files.a']);
    expect(applied.failures).toMatchObject([{ name: 'files.b', fault: { code: 'LF_APPLY_RELOAD' } }]);
    expect(flips).toEqual(['flip']);
    expect(['a.conf', 'a.loaded', 'b.conf', 'b.loaded'].map(bench.read)).toEqual([
      'two',
      'two',
      'one',
      'one',
    ]);
  });

  it('that fails with the old files, too, is owed: the next change makes up for it', async () => {
    const reload = `test ! -e ${bench.path('broken')} && echo reloaded >> ${bench.path('log')}`;
    const at = (content: string) => [inlineFile({ name: 'a', target: bench.path('a'), content, reload })];
    await applyTargets(bench, { files: at('one') });
    bench.write('broken', '');
    expect(verdictOf((await applyTargets(bench, { files: at('two') })).outcome)).toBe('fail LF_APPLY_RELOAD');
    expect(bench.read('a')).toBe('one');
    rmSync(bench.path('broken'));
    bench.write('log', '');
    const { outcome } = await applyTargets(bench, { files: at('one') });
    expect(valueOf(outcome).changes).toEqual([]);
    expect(bench.read('log')).toBe('reloaded\n');
    await applyTargets(bench, { files: at('one') });
    expect(bench.read('log')).toBe('reloaded\n');
  });

  it('that takes too long is a failure like any other', async () => {
    bench.close();
    bench = openTargetBench((command, signal) =>
      command.argv[2] === 'sleep'
        ? Promise.resolve({ end: { kind: 'timeout', afterMs: command.timeoutMs }, tail: '', durationMs: 0 })
        : runReally(command, signal),
    );
    const file = inlineFile({
      name: 'a',
      target: bench.path('a'),
      content: 'a',
      reload: 'sleep',
      timeoutMs: 5000,
    });
    const { outcome } = await applyTargets(bench, { files: [file] });
    expect(outcome).toMatchObject({ fault: { code: 'LF_APPLY_RELOAD' } });
    expect(outcome.kind === 'fail' && outcome.fault.cause).toContain('not done after 5s');
  });
});

describe('a change', () => {
  it('does not begin when register or journal cannot be kept', async () => {
    const full = fail({ code: 'LF_STATE_DIR', operation: 'write', subject: 'x', cause: 'full', hint: '' });
    const files = [inlineFile({ name: 'a', target: bench.path('a'), content: 'a' })];
    for (const broken of [
      { ...bench.host, register: { load: () => Promise.resolve([]), save: () => Promise.resolve(full) } },
      { ...bench.host, store: { ...bench.host.store, save: () => Promise.resolve(full) } },
    ]) {
      const { outcome, flips } = await applyTargets({ ...bench, host: broken }, { files });
      expect(verdictOf(outcome)).toBe('fail LF_STATE_DIR');
      expect(flips).toEqual([]);
      expect(existsSync(bench.path('a'))).toBe(false);
    }
  });

  it('names every file in register and journal before it is in place', async () => {
    const seen: string[] = [];
    const watch = (what: string) => {
      seen.push(`${what} ${existsSync(bench.path('a'))}`);
      return Promise.resolve(ok(undefined));
    };
    const host = {
      ...bench.host,
      register: { load: () => Promise.resolve([]), save: () => watch('register') },
      store: { ...bench.host.store, save: () => watch('journal') },
    };
    await applyTargets(
      { ...bench, host },
      { files: [inlineFile({ name: 'a', target: bench.path('a'), content: '' })] },
    );
    expect(seen.slice(0, 2)).toEqual(['register false', 'journal false']);
  });

  it('that is stopped before it began leaves all as it was', async () => {
    const stop = new AbortController();
    const files = [inlineFile({ name: 'a', target: bench.path('a'), content: 'a' })];
    const staged = valueOf(await stageTargets(workOf({ files, signal: stop.signal }), bench.host, guardOf()));
    stop.abort();
    expect(
      verdictOf(
        await staged.commit(
          () => expect.fail(),
          () => expect.fail(),
        ),
      ),
    ).toBe('retry LF_INTERRUPTED');
    expect(existsSync(bench.path('a'))).toBe(false);
  });
});
