import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stageTargets } from '#agent/apply/targets/targets.ts';
import { valueOf, verdictOf } from '../support/fetching.ts';
import {
  applyTargets,
  assetFile,
  guardOf,
  openTargetBench,
  template,
  workOf,
  type TargetBench,
} from './target-bench.ts';

let bench: TargetBench;
beforeEach(() => {
  bench = openTargetBench();
});
afterEach(() => bench.close());

/** The region is split over template and value: neither shows it alone. */
function split(more: { readonly secrets?: readonly string[]; readonly independent?: boolean } = {}) {
  const { independent = false, ...rest } = more;
  return {
    templates: [template({ name: 'nginx', target: bench.path('n'), file: 'templates/n', independent })],
    assets: { 'templates/n': 'first\nhost sqs.{{ continent }}-1.amazonaws.com;\n' },
    values: { continent: 'us-east' },
    ...rest,
  };
}

describe('rendered text', () => {
  it('that names another region refuses everything: target, line, region and a way out', async () => {
    const { outcome, flips } = await applyTargets(bench, split({ independent: true }));
    expect(outcome).toMatchObject({
      kind: 'fail',
      fault: {
        code: 'LF_REGION_FOREIGN',
        subject: 'templates/n',
        problems: [{ file: bench.path('n'), line: 2, code: 'LF_REGION_FOREIGN' }],
      },
    });
    const message = outcome.kind === 'fail' ? outcome.fault.problems?.[0]?.message : '';
    expect(message).toBe('templates/n names us-east-1: write sqs.{{ landfall.region }}.amazonaws.com');
    expect(flips).toEqual([]);
    expect(existsSync(bench.path('n'))).toBe(false);
  });

  it('is a script where it may be executed, whatever it is called, and then holds no sentences', async () => {
    const more = (mode: number) => ({
      templates: [template({ name: 'n', target: bench.path('n'), file: 'templates/n', mode })],
      assets: { 'templates/n': 'we moved all of it to us-east-1 last year\n' },
      values: {},
    });
    expect(verdictOf((await applyTargets(bench, more(0o755))).outcome)).toBe('fail LF_REGION_FOREIGN');
    expect(verdictOf((await applyTargets(bench, more(0o644))).outcome)).toBe('ok');
  });

  it('shows nothing of a line with a secret', async () => {
    const { outcome } = await applyTargets(bench, split({ secrets: ['continent'] }));
    expect(JSON.stringify(outcome)).toContain('[redacted]');
    expect(JSON.stringify(outcome)).not.toContain('sqs.');
  });

  it('is let through by an allow entry of its source, or by a guard that only warns', async () => {
    const allow = [{ key: 'templates/n', region: 'us-east-1', reason: 'billing' }];
    expect(verdictOf((await applyTargets(bench, split(), guardOf('enforce', allow))).outcome)).toBe('ok');
    const staged = valueOf(await stageTargets(workOf(split()), bench.host, guardOf('warn')));
    expect(staged.sighted.findings).toHaveLength(1);
    const off = valueOf(await stageTargets(workOf(split()), bench.host, guardOf('off')));
    expect(off.sighted).toEqual({ findings: [], shown: [] });
  });

  it('is judged in copied files as well, also in those that are no UTF-8 text', async () => {
    const file = assetFile({ name: 'f', target: bench.path('f'), file: 'files/f' });
    const text = 'https://sqs.us-east-1.amazonaws.com/';
    const foreign = await applyTargets(bench, { files: [file], assets: { 'files/f': text } });
    expect(verdictOf(foreign.outcome)).toBe('fail LF_REGION_FOREIGN');
    const binary = await applyTargets(bench, { files: [file], assets: { 'files/f': `\0${text}` } });
    expect(verdictOf(binary.outcome)).toBe('fail LF_REGION_FOREIGN');
    const latin1 = Buffer.from(`# Gr\xfc\xdfe\n${text}`, 'latin1');
    for (const bytes of [latin1, Buffer.from(text, 'utf16le')]) {
      const other = await applyTargets(bench, { files: [file], assets: { 'files/f': bytes } });
      expect(verdictOf(other.outcome)).toBe('fail LF_REGION_FOREIGN');
    }
  });
});
