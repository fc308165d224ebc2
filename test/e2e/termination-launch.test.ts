import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { DepartingSite, GROUP, phase, terminations, until } from './departing-site.ts';
import { REGION } from './payroll.ts';

const SIGNALS = `
signals:
  launchHook: payroll-launch
  cloudFormation: { stack: payroll, resource: WebGroup }
`;
const APPLIES = 'files: { motd: { content: "hello", target: TRACES/motd } }\n';
const FAILS = 'scripts: { 10-base: { run: scripts/base.sh } }\n';
const SCRIPT = { 'base/scripts/base.sh': '#!/bin/sh\nexit 3\n' };

/** An instance whose group and stack wait for it. */
async function launching(plan: string, files = {}): Promise<DepartingSite> {
  const site = await DepartingSite.open(plan + SIGNALS, files);
  const { groups, stacks } = site.payroll.sandbox;
  const hooks = [{ name: 'payroll-launch', on: 'launch' }] as const;
  groups.add({ name: GROUP, region: REGION, hooks }).instances.set(site.instanceId, 'Pending:Wait');
  stacks.wait(REGION, 'payroll', 'WebGroup');
  return site;
}

const signals = (site: DepartingSite): readonly string[] =>
  site.payroll.sandbox.stacks.signals.map(({ uniqueId, status }) => `${uniqueId} ${status}`);

const asked = (site: DepartingSite, operation: string): number =>
  site.payroll.sandbox.requests.entries.filter((entry) => entry.operation === operation).length;

it('group and stack hear of the first generation once it is applied, and once in the life of the instance', async () => {
  await using site = await launching(APPLIES);
  const first = await site.run();
  await until(
    () => site.completed.length > 0 && signals(site).length > 0,
    () => first.agent.stderr,
  );
  expect(site.completed).toEqual(['payroll-launch CONTINUE']);
  expect(signals(site)).toEqual([`${site.instanceId} SUCCESS`]);
  expect(site.traces('motd')).toEqual([]);
  const events = await terminations(first, (all) => all.length === 2);
  expect(events.map(({ phase: name, told, result }) => [name, told, result])).toEqual(
    expect.arrayContaining([
      ['launch', 'autoscaling', 'CONTINUE'],
      ['launch', 'cloudformation', 'SUCCESS'],
    ]),
  );
  site.put('base/app.properties', 'a=2\n');
  await first.serves('a', '2');
  await first.kill();
  const again = await site.run();
  await again.settles();
  // A poll of the metadata later it would have asked.
  await site.payroll.sandbox.requests.next(({ path }) => path.endsWith('maintenance/scheduled'));
  expect([asked(site, 'CompleteLifecycleAction'), asked(site, 'SignalResource')]).toEqual([1, 1]);
});

it('a bootstrap tells it before it ends, and the daemon after it does not again', async () => {
  await using site = await launching(APPLIES);
  const { base } = site;
  expect((await site.payroll.finish({ base })).code).toBe(0);
  expect([site.completed, signals(site)]).toEqual([
    ['payroll-launch CONTINUE'],
    [`${site.instanceId} SUCCESS`],
  ]);
  const citizen = await site.run();
  await citizen.settles();
  await site.payroll.sandbox.requests.next(({ path }) => path.endsWith('maintenance/scheduled'));
  expect([asked(site, 'CompleteLifecycleAction'), asked(site, 'SignalResource')]).toEqual([1, 1]);
});

it('a bootstrap that fails for good: ABANDON and FAILURE, and its own exit code', async () => {
  await using site = await launching(FAILS, SCRIPT);
  const ended = await site.payroll.finish({ base: site.base });
  expect([ended.code, ended.stderr]).toEqual([7, expect.stringContaining('LF_APPLY_SCRIPT')]);
  expect([site.completed, signals(site)]).toEqual([
    ['payroll-launch ABANDON'],
    [`${site.instanceId} FAILURE`],
  ]);
});

it('Auto Scaling and CloudFormation that hang delay neither readiness nor the end of a stop', async () => {
  await using site = await launching(APPLIES);
  for (const service of ['autoscaling', 'cloudformation'] as const)
    site.payroll.sandbox.faults.add({ service, effect: 'hang' });
  const citizen = await site.run();
  await until(() => asked(site, 'SignalResource') > 0);
  expect((await citizen.ask('/readyz')).status).toBe(200);
  const stopped = await Promise.race([citizen.agent.stop(), sleep(6000, 'still there')]);
  expect(stopped).toBe(0);
  expect([site.completed, signals(site)]).toEqual([[], []]);

  site.payroll.sandbox.faults.clear();
  const again = await site.run();
  await terminations(again, (all) => phase('launch', { told: 'autoscaling' })(all) && all.length === 2);
  expect([site.completed, signals(site)]).toEqual([
    ['payroll-launch CONTINUE'],
    [`${site.instanceId} SUCCESS`],
  ]);
});

it('a bootstrap whose failure nobody hears ends nevertheless', async () => {
  await using site = await launching(FAILS, SCRIPT);
  site.payroll.sandbox.faults.add({ service: 'autoscaling', effect: 'hang' });
  expect((await site.payroll.finish({ base: site.base })).code).toBe(7);
  expect(signals(site)).toEqual([`${site.instanceId} FAILURE`]);
});
