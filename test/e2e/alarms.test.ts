import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { REGION } from './payroll.ts';
import { HERE, releaseSite } from './release-site.ts';

const PLAN = 'metrics: { namespace: "Landfall/{environment}", dimensions: [role], interval: 1m }\n';
const LAYERS = {
  'base/plan.yaml': PLAN,
  'role/web/a.properties': 'a=1\n',
  'environment/prod/b.properties': 'b=1\n',
};
const WEB = ['--regions', REGION, '--role', 'web'];
const ALARM = 'landfall/prod/web/not-ready';

it('alarms are planned, made, kept and taken away, and one of them halts a rollout while it is followed', async () => {
  const { payroll, operator, publish } = await releaseSite(() => LAYERS);
  const { sandbox } = payroll;
  const names = (): readonly string[] => sandbox.alarms.all.map(({ name }) => name);
  const looks = (): number =>
    sandbox.requests.entries.filter(({ operation }) => operation === 'DescribeAlarms').length;
  expect(await publish('1')).toMatchObject({ code: 0 });

  const planned = await operator.run('alarms', 'plan', operator.config, ...WEB);
  expect(planned, planned.said).toMatchObject({
    code: 0,
    said: expect.stringMatching(/create +not-ready +MIN/),
  });
  expect(names()).toEqual([]);
  const made = await operator.run('alarms', 'apply', operator.config, ...WEB, '--yes');
  expect(made, made.said).toMatchObject({ code: 0 });
  expect(names()).toContain(ALARM);
  expect(names()).toContain('landfall/prod/web');
  const again = await operator.run('alarms', 'apply', operator.config, ...WEB, '--yes');
  expect(again.said).toMatch(/0 to create, 0 to update, 0 to remove, \d+ as they are/);

  expect(await publish('2', '--rollout', '10%:10h,100%')).toMatchObject({ code: 0 });
  const before = looks();
  const following = operator.run('follow', ...HERE, '--halt-on', ALARM, '--poll', '200ms');
  // The first look is before it begins: an alarm that is raised by then would refuse it.
  while (looks() < before + 2) await sleep(10);
  const body = new URLSearchParams({
    Action: 'SetAlarmState',
    Version: '2010-08-01',
    AlarmName: ALARM,
    StateValue: 'ALARM',
    StateReason: 'two are not ready',
  });
  const authorization = `AWS4-HMAC-SHA256 Credential=AKIAOTHER/20261121/${REGION}/monitoring/aws4_request, SignedHeaders=host, Signature=0`;
  await fetch(sandbox.url, { method: 'POST', headers: { authorization }, body });
  const halted = await following;
  expect(halted, halted.said).toMatchObject({
    code: 4,
    said: expect.stringContaining('[LF_RELEASE_HALTED]'),
  });
  expect(halted.said).toContain(`alarm ${ALARM} is in alarm: two are not ready`);
  const refused = await publish('3', '--rollout', '10%:10h,100%', '--halt-on', ALARM);
  expect(refused, refused.said).toMatchObject({
    code: 15,
    said: expect.stringContaining('[LF_ALARM_RAISED]'),
  });

  const removed = await operator.run('alarms', 'remove', ...WEB, '--yes');
  expect(removed, removed.said).toMatchObject({ code: 0 });
  expect(names()).toEqual([]);
}, 60_000);
