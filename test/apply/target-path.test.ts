import { lchownSync, statSync, symlinkSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verdictOf } from '../support/fetching.ts';
import { applyTargets, inlineFile, openTargetBench, type TargetBench } from './target-bench.ts';

let bench: TargetBench;
beforeEach(() => {
  bench = openTargetBench();
});
afterEach(() => bench.close());

describe('a place', () => {
  it.each([
    ['relative/path', 'no absolute path'],
    ['/a/../b', 'no plain path'],
    ['/a/', 'no plain path'],
    ['/proc/self/status\n', 'control character'],
  ])('%j is refused: %s', async (target, cause) => {
    const { outcome } = await applyTargets(bench, {
      files: [inlineFile({ name: 'x', target, content: '' })],
    });
    expect(outcome).toMatchObject({ kind: 'fail', fault: { code: 'LF_APPLY_TARGET' } });
    expect(outcome.kind === 'fail' && outcome.fault.cause).toContain(cause);
  });

  it('that is a link, a folder, or below a file is refused by name', async () => {
    bench.write('file', 'x');
    symlinkSync(bench.path('file'), bench.path('link'));
    for (const [name, cause] of [
      ['link', 'it is a symbolic link'],
      ['run', 'it is a folder'],
      ['file/below', `${bench.path('file')} is no folder`],
    ] as const) {
      const file = inlineFile({ name: 'x', target: bench.path(name), content: 'y' });
      const { outcome } = await applyTargets(bench, { files: [file] });
      expect(outcome).toMatchObject({ kind: 'fail', fault: { code: 'LF_APPLY_TARGET', cause } });
    }
    expect(bench.read('file')).toBe('x');
  });

  it('behind a link of our own is the real place, so that two entries cannot both write it', async () => {
    bench.write('real/a', 'old');
    symlinkSync('real', bench.path('alias'));
    const a = inlineFile({ name: 'a', target: bench.path('real/a'), content: '1' });
    const b = inlineFile({ name: 'b', target: bench.path('alias/a'), content: '2' });
    expect(verdictOf((await applyTargets(bench, { files: [b] })).outcome)).toBe('ok');
    expect(bench.read('real/a')).toBe('2');
    expect(bench.registered).toMatchObject([{ path: bench.path('real/a') }]);
    expect((await applyTargets(bench, { files: [a, b] })).outcome).toMatchObject({
      fault: { code: 'LF_APPLY_TARGET', cause: 'files.a and files.b both write it' },
    });
    const c = inlineFile({ name: 'c', target: bench.path('real/a/b'), content: '2' });
    bench.write('new', '');
    const d = inlineFile({ name: 'd', target: bench.path('n/a'), content: '' });
    const e = inlineFile({ name: 'e', target: bench.path('n/a/b'), content: '' });
    expect(verdictOf((await applyTargets(bench, { files: [c] })).outcome)).toBe('fail LF_APPLY_TARGET');
    expect(verdictOf((await applyTargets(bench, { files: [d, e] })).outcome)).toBe('fail LF_APPLY_TARGET');
  });

  it('that another user leads elsewhere is refused (needs root)', async ({ skip }) => {
    if (bench.host.uid !== 0) skip('NOT ROOT: a link of another user cannot be made');
    bench.write('real/a', 'old');
    symlinkSync('real', bench.path('alias'));
    lchownSync(bench.path('alias'), 65534, 65534);
    const file = inlineFile({ name: 'x', target: bench.path('alias/a'), content: 'new' });
    const { outcome } = await applyTargets(bench, { files: [file] });
    expect(outcome).toMatchObject({ kind: 'fail', fault: { code: 'LF_APPLY_TARGET' } });
    expect(outcome.kind === 'fail' && outcome.fault.cause).toContain('another user (uid 65534)');
    expect(bench.read('real/a')).toBe('old');
  });

  it('with an owner by name is given to that owner, and an unknown one is named (needs root)', async ({
    skip,
  }) => {
    if (bench.host.uid !== 0) skip('NOT ROOT: files cannot be given away');
    const file = { name: 'x', target: bench.path('x'), content: '', owner: 'nobody', group: 'daemon' };
    expect(verdictOf((await applyTargets(bench, { files: [inlineFile(file)] })).outcome)).toBe('ok');
    expect(statSync(bench.path('x'))).toMatchObject({ uid: 65534, gid: 1 });
    const unknown = await applyTargets(bench, { files: [inlineFile({ ...file, owner: 'nosuchuser' })] });
    expect(unknown.outcome).toMatchObject({ kind: 'fail', fault: { code: 'LF_APPLY_TARGET' } });
    expect(unknown.outcome.kind === 'fail' && unknown.outcome.fault.cause).toContain("no user 'nosuchuser'");
  });
});
