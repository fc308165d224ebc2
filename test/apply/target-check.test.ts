import { chmodSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { valueOf } from '../support/fetching.ts';
import { applyTargets, inlineFile, openTargetBench, type TargetBench } from './target-bench.ts';

let bench: TargetBench;
beforeEach(() => {
  bench = openTargetBench();
});
afterEach(() => {
  bench.close();
});

/** What a check of `name` writes to the file `seen`. */
function checked(
  name: string,
  content: string,
  line: string,
  more: { readonly mode?: number; readonly owner?: string } = {},
) {
  return inlineFile({
    name,
    target: bench.path(name),
    content,
    check: `{ ${line}; } > ${bench.path('seen')} 2>&1`,
    ...more,
  });
}

const seen = (): string => readFileSync(bench.path('seen'), 'utf8').trim();

describe('a check sees', () => {
  it('the other new files of the plan, and those that stay', async () => {
    const stays = inlineFile({ name: 'same', target: bench.path('etc/same.conf'), content: 'same' });
    await applyTargets(bench, { files: [stays] });
    const other = inlineFile({ name: 'b', target: bench.path('etc/parts/b.conf'), content: 'new b' });
    const main = checked(
      'etc/main.conf',
      'new',
      'cd "$(dirname {path})" && cat main.conf same.conf parts/b.conf',
    );
    const { outcome } = await applyTargets(bench, { files: [stays, main, other] });
    expect(valueOf(outcome).failures).toEqual([]);
    expect(seen()).toBe('newsamenew b');
    expect(readdirSync(bench.path('run'))).toEqual([]);
  });

  it('all of them by their paths below {folder}', async () => {
    const main = checked(
      'etc/main.conf',
      'new',
      `cat {folder}${bench.path('etc/main.conf')} && cmp {path} {folder}${bench.path('etc/main.conf')}`,
    );
    expect(valueOf((await applyTargets(bench, { files: [main] })).outcome).failures).toEqual([]);
    expect(seen()).toBe('new');
  });

  it('the mode that a file will have, and no more where a folder is closed', async () => {
    const mode = async (name: string, bits: number): Promise<string> => {
      await applyTargets(bench, { files: [checked(name, 'x', 'stat -c %a {path}', { mode: bits })] });
      return seen();
    };
    chmodSync(bench.folder, 0o755);
    expect(await mode('a', 0o4755)).toBe('755');
    expect(await mode('b', 0o640)).toBe('640');
    mkdirSync(bench.path('closed'));
    chmodSync(bench.path('closed'), 0o750);
    expect(await mode('closed/c', 0o644)).toBe('640');
  });

  it.runIf(process.geteuid?.() === 0)(
    'the owner that a file will have, who may be the one to check it',
    async () => {
      chmodSync(bench.folder, 0o755);
      const line = 'setpriv --reuid=65534 --regid=65534 --clear-groups -- cat {path} && stat -c %u {path}';
      const file = checked('own', 'x\n', line, { mode: 0o600, owner: '65534' });
      expect(valueOf((await applyTargets(bench, { files: [file] })).outcome).failures).toEqual([]);
      expect(seen()).toBe('x\n65534');
      const shut = checked('shut', 'x', line, { mode: 0o600 });
      expect((await applyTargets(bench, { files: [shut] })).outcome).toMatchObject({ kind: 'fail' });
      expect(seen()).toContain('Permission denied');
    },
  );
});
