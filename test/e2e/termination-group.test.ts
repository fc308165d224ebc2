import { expect, it } from 'vitest';
import { DepartingSite, GROUP, phase, terminations, until } from './departing-site.ts';
import { REGION } from './payroll.ts';

const PLAN =
  'hooks: { shutdown: ["echo hook >> TRACES/hooks"] }\nsignals: { terminationHook: payroll-end }\n';
const HOOKS = [
  { name: 'payroll-end', on: 'termination' },
  { name: 'of-others', on: 'termination' },
] as const;
const TARGET = 'autoscaling/target-lifecycle-state';

it.concurrent('a scale-in: hooks first, then the group goes on, once, and no restart tells it again', async () => {
  await using site = await DepartingSite.open(PLAN);
  const { groups } = site.payroll.sandbox;
  const group = groups.add({ name: GROUP, region: REGION, hooks: HOOKS });
  group.instances.set(site.instanceId, 'InService');
  const citizen = await site.run();
  // Seen, and nothing to say.
  await site.payroll.sandbox.requests.next(({ path }) => path.endsWith(TARGET));
  group.instances.set(site.instanceId, 'Terminating:Wait');
  site.says(TARGET, 'Terminated');
  const events = await terminations(citizen, phase('left'));
  expect(
    events.map(({ phase: name, step, outcome }) => [name, step, outcome].filter(Boolean).join(' ')),
  ).toEqual([
    'notice',
    'leaving',
    'step hooks done',
    'step drain done',
    'step claims done',
    'step lifecycle done',
    'left',
  ]);
  expect(events[0]).toMatchObject({ source: 'autoscaling', action: 'Terminated', decision: 'leave' });
  expect([site.traces('hooks'), site.completed]).toEqual([['hook'], ['payroll-end CONTINUE']]);

  await citizen.kill();
  const again = await site.run();
  await terminations(again, phase('left'));
  expect([site.traces('hooks'), site.completed]).toEqual([['hook'], ['payroll-end CONTINUE']]);
});

it.concurrent('Auto Scaling that throttles and breaks off is asked again until the group goes on', async () => {
  await using site = await DepartingSite.open(PLAN);
  const { groups, faults } = site.payroll.sandbox;
  const group = groups.add({ name: GROUP, region: REGION, hooks: HOOKS });
  group.instances.set(site.instanceId, 'Terminating:Wait');
  faults.add({ service: 'autoscaling', operation: 'CompleteLifecycleAction', effect: 'throttle', times: 2 });
  faults.add({ service: 'autoscaling', operation: 'DescribeLifecycleHooks', effect: 'reset', times: 1 });
  const citizen = await site.run();
  site.says(TARGET, 'Terminated');
  await terminations(citizen, phase('left'));
  expect(site.completed).toEqual(['payroll-end CONTINUE']);
});

it.concurrent('rebalance, maintenance and hibernation are noted, and nothing leaves', async () => {
  await using site = await DepartingSite.open(PLAN);
  site.says('events/recommendations/rebalance', { noticeTime: '2026-11-21T08:00:00Z' });
  site.says('events/maintenance/scheduled', [
    {
      Code: 'instance-stop',
      Description: 'The instance is running on degraded hardware',
      EventId: 'instance-event-0d59937288b749b32',
      NotAfter: '29 Nov 2026 09:17:23 GMT',
      NotBefore: '27 Nov 2026 09:00:43 GMT',
      State: 'active',
    },
  ]);
  site.says('spot/instance-action', { action: 'hibernate', time: '2026-11-21T08:02:00Z' });
  const citizen = await site.run();
  const events = await terminations(citizen, (all) => all.length === 3);
  expect(events.map(({ source, action, decision }) => [source, action, decision])).toEqual([
    ['spot', 'hibernate', 'note'],
    ['rebalance', 'recommended', 'note'],
    ['maintenance', 'instance-stop', 'note'],
  ]);
  expect(events[2]).toMatchObject({ id: 'instance-event-0d59937288b749b32', at: '2026-11-27T09:00:43Z' });
  const { requests } = site.payroll.sandbox;
  for (let poll = 0; poll < 2; poll += 1) await requests.next(({ path }) => path.endsWith('scheduled'));
  expect(site.traces('hooks')).toEqual([]);
  expect(await terminations(citizen, (all) => all.length === 3)).toHaveLength(3);
});

it.concurrent('notice hooks hear of each of them once, a restart and a hook that comes later included', async () => {
  const line = 'echo $LANDFALL_NOTICE_SOURCE $LANDFALL_NOTICE_ACTION $LANDFALL_NOTICE_AT >> TRACES/notices';
  await using site = await DepartingSite.open('hooks: { shutdown: ["true"] }\n');
  site.says('events/recommendations/rebalance', { noticeTime: '2026-11-21T08:00:00Z' });
  const citizen = await site.run();
  await terminations(citizen, phase('notice'));
  site.put('base/plan.yaml', `hooks: { notice: ["false", "${line}"] }\n`);
  await citizen.settles();
  await terminations(citizen, phase('notice-hooks', { source: 'rebalance', outcome: 'failed' }));
  site.says('spot/instance-action', { action: 'hibernate', time: '2026-11-21T08:02:00Z' });
  await terminations(citizen, phase('notice-hooks', { source: 'spot' }));
  await citizen.kill();
  const heard = ['rebalance recommended 2026-11-21T08:00:00Z', 'spot hibernate 2026-11-21T08:02:00Z'];
  expect(site.traces('notices')).toEqual(heard);
  const again = await site.run();
  await terminations(again, (all) => all.length === 2);
  expect(site.traces('notices')).toEqual(heard);
});

it.concurrent('what AWS does not write there says nothing: the agent serves on, complains once, and heeds the next notice', async () => {
  await using site = await DepartingSite.open(PLAN);
  site.says('spot/instance-action', '<html>Sign in to continue</html>');
  site.says('autoscaling/target-lifecycle-state', '\u0000\u0001 not a state');
  site.says('events/maintenance/scheduled', '{"Code":"instance-stop"}');
  site.says('events/recommendations/rebalance', '[1,2');
  const citizen = await site.run();
  const complaint = 'a notice of termination is not what AWS writes there';
  const complaints = (): number => citizen.agent.stderr.split(complaint).length - 1;
  await until(() => complaints() === 4);
  const { requests } = site.payroll.sandbox;
  for (let poll = 0; poll < 2; poll += 1) await requests.next(({ path }) => path.endsWith('scheduled'));
  expect(complaints()).toBe(4);
  expect((await citizen.ask('/readyz')).status).toBe(200);
  expect(site.traces('hooks')).toEqual([]);
  site.says('spot/instance-action', '{"action":"terminate","time":"yesterday"}');
  const events = await terminations(citizen, phase('left'));
  expect(events[0]).toMatchObject({ source: 'spot', action: 'terminate' });
  expect(site.traces('hooks')).toEqual(['hook']);
});
