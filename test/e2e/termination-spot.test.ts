import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DepartingSite, GROUP, phase, terminations, until } from './departing-site.ts';
import { REGION } from './payroll.ts';

const PLAN = `
hooks:
  shutdown:
    - "echo first >> TRACES/hooks; echo goodbye from the hook"
    - { command: "echo begun >> TRACES/hooks; sleep 600; echo never >> TRACES/hooks" }
    - "echo third >> TRACES/hooks"
logs:
  app: { path: "TRACES/*.log", group: "/{environment}/app" }
  boot: { output: true, group: "/{environment}/boot" }
claims:
  address: { tag: "service=payroll", release: true, timeout: 10s }
`;

it.concurrent('a spot interruption: hooks within their time, logs arrive, the address is let go, once', async () => {
  await using site = await DepartingSite.open(PLAN);
  const { addresses } = site.payroll.sandbox;
  const address = addresses.allocate(REGION, { service: 'payroll' });
  const citizen = await site.run();
  expect(addresses.holderOf(address)).toBe(site.instanceId);
  writeFileSync(join(site.folder, 'app.log'), 'the last line\n');
  site.interrupt(9);
  const events = await terminations(citizen, phase('left'));
  expect(
    events.map(({ phase: name, step, outcome }) => [name, step, outcome].filter(Boolean).join(' ')),
  ).toEqual(['notice', 'leaving', 'step hooks late', 'step drain done', 'step claims done', 'left']);
  expect(events[0]).toMatchObject({ source: 'spot', action: 'terminate', decision: 'leave' });
  expect(events[1]?.['withinMs']).toBeLessThanOrEqual(9000);
  expect(site.traces('hooks').slice(0, 2)).toEqual(['first', 'begun']);
  expect(site.traces('hooks')).not.toContain('never');
  expect(site.shipped('/prod/app')).toEqual(['the last line']);
  expect(site.shipped('/prod/boot').join('\n')).toContain('goodbye from the hook');
  expect(addresses.holderOf(address)).toBeUndefined();
  expect(site.completed).toEqual([]);

  // The notice stays in the metadata; and a start in between finds everything done.
  citizen.agent.signal('SIGTERM');
  await citizen.agent.exited();
  const traces = site.traces('hooks');
  const again = await site.run();
  await terminations(again, phase('notice'));
  expect((await again.cli('status')).code).toBe(0);
  expect(site.traces('hooks')).toEqual(traces);
});

const SLOW = `
hooks:
  shutdown: ["echo begun >> TRACES/hooks; sleep 60; echo ended >> TRACES/hooks", "echo second >> TRACES/hooks"]
claims:
  address: { tag: "service=payroll", release: true, timeout: 10s }
signals: { terminationHook: payroll-end }
`;

it.concurrent.each(['at once', 'before the plan is in effect again'])(
  'killed while hooks run: they do not run again, the rest is made up for, also with a notice %s',
  async (when) => {
    await using site = await DepartingSite.open(SLOW);
    const { addresses, groups, faults } = site.payroll.sandbox;
    const hooks = [{ name: 'payroll-end', on: 'termination' }] as const;
    const group = groups.add({ name: GROUP, region: REGION, hooks });
    const address = addresses.allocate(REGION, { service: 'payroll' });
    const citizen = await site.run();
    site.interrupt(110);
    await until(() => site.traces('hooks').length > 0);
    await citizen.kill();
    group.instances.set(site.instanceId, 'Terminating:Wait');
    site.says('autoscaling/target-lifecycle-state', 'Terminated');
    if (when !== 'at once') faults.add({ service: 's3', delayMs: 6000, times: 1 });
    const again = await site.run();
    await until(
      () => site.completed.length > 0,
      () => again.agent.stderr,
    );
    await terminations(again, phase('step', { step: 'lifecycle' }));
    expect(site.completed).toEqual(['payroll-end CONTINUE']);
    expect(site.traces('hooks')).toEqual(['begun']);
    expect(addresses.holderOf(address)).toBeUndefined();
  },
);
