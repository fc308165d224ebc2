import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { newBase } from './citizen.ts';
import { Payroll } from './payroll.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'landfall-plan-e2e-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function files(level = 'INFO'): Readonly<Record<string, string>> {
  return {
    'base/app.properties': `log.level=${level}\n`,
    'base/plan.yaml': [
      'scripts:',
      '  20-second: { run: scripts/second.sh }',
      '  10-first: { run: scripts/first.sh }',
      'templates:',
      `  app: { source: templates/app.liquid, target: ${folder}/app.conf, reload: "echo reloaded >> ${folder}/reloads" }`,
      '',
    ].join('\n'),
    'base/scripts/first.sh': `#!/bin/sh\necho first >> ${folder}/ran\n`,
    'base/scripts/second.sh': `#!/bin/sh\necho second >> ${folder}/ran\n`,
    'base/templates/app.liquid': 'level={{ log.level }} region={{ landfall.region }}\n',
  };
}

interface PlanDocument {
  readonly changes: readonly { readonly entry: string; readonly action: string }[];
}

const brief = (stdout: string): string[] =>
  (JSON.parse(stdout) as PlanDocument).changes.map(({ entry, action }) => `${entry} ${action}`);

it('plan shows what a boot would change, in order; after it nothing; a second run changes nothing', async () => {
  await using payroll = await Payroll.open({ files: files() });
  const base = newBase();
  const plan = async (): Promise<string[]> =>
    brief((await payroll.finish({ base, args: ['plan', '--json'] })).stdout);
  const all = ['scripts.10-first run', 'scripts.20-second run', 'templates.app create'];
  expect(await plan()).toEqual(all);
  const dry = await payroll.finish({ base, args: ['bootstrap', '--dry-run'] });
  expect(dry.stdout).toMatch(/10-first.*\n.*20-second.*\n.*app\.conf/);
  expect(() => readFileSync(join(folder, 'ran'))).toThrow('ENOENT');

  expect((await payroll.finish({ base })).code).toBe(0);
  expect(readFileSync(join(folder, 'ran'), 'utf8')).toBe('first\nsecond\n');
  expect(readFileSync(join(folder, 'app.conf'), 'utf8')).toBe('level=INFO region=eu-west-1\n');
  expect(await plan()).toEqual([]);
  expect((await payroll.finish({ base })).code).toBe(0);
  expect(readFileSync(join(folder, 'ran'), 'utf8')).toBe('first\nsecond\n');
  expect(readFileSync(join(folder, 'reloads'), 'utf8')).toBe('reloaded\n');

  writeFileSync(join(folder, 'app.conf'), 'edited by hand\n');
  expect(await plan()).toEqual(['templates.app replace']);
});

it('a plan that fails stops the boot with 7, and nothing of it is served', async () => {
  await using payroll = await Payroll.open({ files: files() });
  payroll.put('base/scripts/second.sh', '#!/bin/sh\necho broken pipe dream >&2\nexit 3\n');
  const ended = await payroll.finish();
  expect(ended.code).toBe(7);
  expect(ended.stderr).toContain('broken pipe dream');
  expect(ended.stderr).toContain('LF_APPLY_SCRIPT');
  expect(() => readFileSync(join(folder, 'app.conf'))).toThrow('ENOENT');
});

it('a reload that fails takes files and API back together, each time it is asked for', async () => {
  await using payroll = await Payroll.open({ files: files() });
  const citizen = await payroll.run({ env: { LANDFALL_INTERVAL: '1h' } });
  const good = readFileSync(join(folder, 'app.conf'), 'utf8');
  payroll.put('base/app.properties', 'log.level=WARN\n');
  payroll.put(
    'base/plan.yaml',
    (files()['base/plan.yaml'] ?? '').replace(
      'echo reloaded',
      `grep -q INFO ${folder}/app.conf && echo reloaded`,
    ),
  );
  expect((await citizen.cli('refresh')).code).toBe(7);
  expect(readFileSync(join(folder, 'app.conf'), 'utf8')).toBe(good);
  expect((await citizen.ask('/v1/config/log.level')).text).toBe('INFO');
  expect((await citizen.cli('refresh')).code).toBe(7);
  expect(readFileSync(join(folder, 'app.conf'), 'utf8')).toBe(good);
  payroll.put('base/app.properties', 'log.level=INFO\nmore=1\n');
  expect((await citizen.cli('refresh')).code).toBe(0);
  expect((await citizen.ask('/v1/config/more')).text).toBe('1');
});
