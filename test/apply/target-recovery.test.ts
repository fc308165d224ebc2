import { existsSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recoverTargets } from '#agent/apply/targets/recovery.ts';
import { stageTargets } from '#agent/apply/targets/targets.ts';
import { valueOf } from '../support/fetching.ts';
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

const signal = new AbortController().signal;

function service(name: string, content: string) {
  const target = bench.path(name);
  const reload = `cat ${target} > ${bench.path(`${name}.loaded`)}`;
  return inlineFile({ name, target, content, reload });
}

/** As if the process were killed right after the flip: journal open, files in place, nothing reloaded. */
async function applyAndDie(files: readonly ReturnType<typeof service>[]): Promise<void> {
  const staged = valueOf(await stageTargets(workOf({ files }), bench.host, guardOf()));
  const died = new Error('killed');
  const dying = staged.commit(
    () => {
      throw died;
    },
    () => {},
  );
  await expect(dying).rejects.toBe(died);
}

describe('a change that was cut short', () => {
  it('with all files in place is finished: the services get their reload', async () => {
    await applyTargets(bench, { files: [service('a', 'one')] });
    await applyAndDie([service('a', 'two')]);
    expect(bench.read('a.loaded')).toBe('one');
    expect(valueOf(await recoverTargets(bench.host, signal))).toBe('finished');
    expect([bench.read('a'), bench.read('a.loaded')]).toEqual(['two', 'two']);
    expect(valueOf(await recoverTargets(bench.host, signal))).toBe('nothing');
    const next = await applyTargets(bench, { files: [service('a', 'two')] });
    expect(valueOf(next.outcome).changes).toEqual([]);
  });

  it('half way is undone, new files included, and the services are told', async () => {
    await applyTargets(bench, { files: [service('a', 'one'), service('b', 'one')] });
    await applyAndDie([service('a', 'two'), service('b', 'two'), service('c', 'two')]);
    writeFileSync(bench.path('a'), 'one');
    writeFileSync(bench.path('b.loaded'), 'two');
    expect(valueOf(await recoverTargets(bench.host, signal))).toBe('undone');
    expect(['a', 'b', 'b.loaded'].map(bench.read)).toEqual(['one', 'one', 'one']);
    expect(existsSync(bench.path('c'))).toBe(false);
    expect(bench.registered.map(({ path }) => path)).toEqual([bench.path('a'), bench.path('b')]);
  });

  it('is undone when its reload fails now', async () => {
    const poison = (content: string) =>
      inlineFile({ name: 'a', target: bench.path('a'), content, reload: `! grep -q two ${bench.path('a')}` });
    await applyTargets(bench, { files: [poison('one')] });
    await applyAndDie([poison('two')]);
    expect(valueOf(await recoverTargets(bench.host, signal))).toBe('undone');
    expect(bench.read('a')).toBe('one');
  });

  it('leaves a file alone that somebody edited meanwhile', async () => {
    await applyTargets(bench, { files: [service('a', 'one')] });
    await applyAndDie([service('a', 'two')]);
    writeFileSync(bench.path('a'), 'edited');
    expect(valueOf(await recoverTargets(bench.host, signal))).toBe('undone');
    expect(bench.read('a')).toBe('edited');
    expect(bench.logged.join()).toContain('edited during a change');
  });

  it('is ended before the next one is staged', async () => {
    await applyAndDie([service('a', 'two')]);
    expect(existsSync(bench.path('a.loaded'))).toBe(false);
    valueOf((await applyTargets(bench, { files: [service('a', 'two')] })).outcome);
    expect(bench.read('a.loaded')).toBe('two');
  });

  it('survives a journal of another version', async () => {
    bench.records.set('apply-journal', Buffer.from('LFJRN9\n'));
    expect(valueOf(await recoverTargets(bench.host, signal))).toBe('nothing');
  });
});
