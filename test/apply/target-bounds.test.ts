import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { valueOf } from '../support/fetching.ts';
import { applyTargets, inlineFile, openTargetBench, template, type TargetBench } from './target-bench.ts';

let bench: TargetBench;
beforeEach(() => {
  bench = openTargetBench();
});
afterEach(() => bench.close());

function files(count: number, content: string) {
  return Array.from({ length: count }, (_, index) =>
    inlineFile({ name: `f${index}`, target: bench.path(`d/f${index}`), content }),
  );
}

describe('the bounds', () => {
  it('a thousand targets are fine, one more refuses all', async () => {
    expect(valueOf((await applyTargets(bench, { files: files(1000, 'x') })).outcome).changes).toHaveLength(
      1000,
    );
    expect((await applyTargets(bench, { files: files(1001, 'y') })).outcome).toMatchObject({
      fault: { code: 'LF_TEMPLATE' },
    });
    expect(bench.read('d/f0')).toBe('x');
  });

  it('four MiB are fine, a byte more is not, and what is there must not be larger either', async () => {
    const full = 'x'.repeat(4 * 1024 * 1024);
    expect(valueOf((await applyTargets(bench, { files: files(1, full) })).outcome).changes).toHaveLength(1);
    expect((await applyTargets(bench, { files: files(1, `${full}x`) })).outcome).toMatchObject({
      fault: { code: 'LF_TEMPLATE' },
    });
    bench.write('d/f0', `${full}x`);
    expect((await applyTargets(bench, { files: files(1, 'y') })).outcome).toMatchObject({
      fault: { code: 'LF_APPLY_TARGET' },
    });
  });

  it('a template counts by its bytes, not by its characters', async () => {
    const entry = template({ name: 't', target: bench.path('t'), file: 'templates/t' });
    const assets = { 'templates/t': '{{ v }}{{ v }}{{ v }}' };
    const { outcome } = await applyTargets(bench, {
      templates: [entry],
      assets,
      values: { v: 'é'.repeat(1_000_000) },
    });
    expect(outcome).toMatchObject({ kind: 'fail', fault: { code: 'LF_TEMPLATE' } });
  });
});
