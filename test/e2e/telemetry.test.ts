import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { newBase, type Json } from './citizen.ts';
import { Payroll, REGION } from './payroll.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'landfall-telemetry-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const files = (): Readonly<Record<string, string>> => ({
  'base/app.properties': 'a=1\n',
  'base/plan.yaml': [
    'scripts: { 10-hello: { run: scripts/hello.sh } }',
    'logs:',
    `  app: { path: "${folder}/*.log", group: "/{environment}/{role}/app" }`,
    '  boot: { output: true, group: "/{environment}/boot" }',
    'metrics: { namespace: "Landfall/{environment}", interval: 1s, collect: [memory, load] }',
    '',
  ].join('\n'),
  'base/scripts/hello.sh': '#!/bin/sh\necho hello from the script\n',
});

function shipped(payroll: Payroll, group: string): readonly string[] {
  const stream = payroll.instance.instanceId;
  return payroll.sandbox.logs.events(REGION, group, stream).map(({ message }) => message);
}

async function until(condition: () => boolean): Promise<void> {
  for (const end = performance.now() + 15_000; !condition();) {
    if (performance.now() > end) throw new Error('it never came to that');
    await sleep(20);
  }
}

const lines = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => `line ${from + index}`);

it('logs arrive in the region’s groups, in order and once, through rotation, restart and kill -9', async () => {
  await using payroll = await Payroll.open({ files: files() });
  const log = join(folder, 'app.log');
  const write = (from: number, to: number): void => appendFileSync(log, `${lines(from, to).join('\n')}\n`);
  const base = newBase();
  write(0, 100);
  const first = await payroll.run({ base });
  await until(() => shipped(payroll, '/prod/web/app').length >= 100);
  write(100, 200);
  renameSync(log, `${log}.1`);
  write(200, 300);
  await until(() => shipped(payroll, '/prod/web/app').length >= 300);
  expect(shipped(payroll, '/prod/web/app')).toEqual(lines(0, 300));
  expect(shipped(payroll, '/prod/boot').join('\n')).toContain('hello from the script');

  first.agent.signal('SIGTERM');
  await first.agent.exited();
  write(300, 400);
  const second = await payroll.run({ base });
  await until(() => shipped(payroll, '/prod/web/app').length >= 400);
  expect(shipped(payroll, '/prod/web/app')).toEqual(lines(0, 400));

  write(400, 500);
  await second.kill();
  await payroll.run({ base });
  await until(() => new Set(shipped(payroll, '/prod/web/app')).size === 500);
  // At least once: what was under way may come twice, nothing is missing.
  expect([...new Set(shipped(payroll, '/prod/web/app'))]).toEqual(lines(0, 500));
});

it('the ledger adds up, and says so on the command line; metrics arrive and are priced', async () => {
  await using payroll = await Payroll.open({ files: files() });
  writeFileSync(join(folder, 'app.log'), `${lines(0, 50).join('\n')}\n`);
  const citizen = await payroll.run();
  await until(() => shipped(payroll, '/prod/web/app').length === 50);
  await until(() => payroll.sandbox.metrics.data.length > 0);
  const status = await citizen.json('/v1/status');
  const { logs, metrics } = status['pipelines'] as { logs: Json; metrics: Json };
  const entries = logs['entries'] as readonly { entry: string; ledger: Json }[];
  expect(entries.find(({ entry }) => entry === 'app')?.ledger).toMatchObject({ read: { events: 50 } });
  expect(metrics).toBeDefined();
  expect((await citizen.cli('logs', 'status')).stdout).toContain('app');
  expect((await citizen.cli('metrics', 'status')).stdout).toContain('Landfall/');
  const namespaces = new Set(payroll.sandbox.metrics.data.map(({ namespace }) => namespace));
  expect(namespaces).toEqual(new Set(['Landfall/prod']));
  const asked = payroll.sandbox.requests.entries.filter(({ service }) =>
    ['logs', 'monitoring'].includes(service),
  );
  expect(new Set(asked.map(({ region }) => region))).toEqual(new Set([REGION]));
  const exposed = (await citizen.ask('/metrics')).text;
  expect(exposed).toContain('landfall_host_');
});

it('a section that cannot be followed refuses the generation, with file and line', async () => {
  await using payroll = await Payroll.open({ files: files() });
  const plan = files()['base/plan.yaml'] ?? '';
  const citizen = await payroll.run();
  payroll.put('base/plan.yaml', plan.replace('group: "/{environment}/boot"', 'gruop: "x"'));
  const refused = await citizen.cli('refresh');
  expect(refused.code).toBe(5);
  expect(refused.stderr).toContain('LF_PLAN_INVALID');
  expect(refused.stderr).toContain('plan.yaml:4');
  payroll.put('base/plan.yaml', plan.replace('interval: 1s', 'interval: 1ms'));
  expect((await citizen.cli('refresh')).code).toBe(5);
  payroll.put('base/plan.yaml', plan);
  expect((await citizen.cli('refresh')).code).toBe(0);
  expect(readFileSync(join(citizen.base, 'run', 'token'), 'utf8')).not.toBe('');
});
