import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AwsCalls } from '#agent/aws/aws-calls.ts';
import type { JsonObject } from '#agent/plan/json.ts';
import { startSandbox, type Sandbox } from '#scripts/sandbox/sandbox.ts';
import type { LogGroup } from '#scripts/sandbox/logs/log-store.ts';
import { callsAt } from '../support/aws-calls.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { elapse, until } from '../support/patience.ts';
import { entry, FACTS, shipperLab, type ShipperLab } from './support/shipper-lab.ts';

const GROUP = '/prod/web';
let sandbox: Sandbox;
let lab: ShipperLab;
let clock: FakeClock;
let group: LogGroup;

beforeEach(async () => {
  sandbox = await startSandbox();
  lab = shipperLab();
  // Events bear the time that the sandbox judges them by.
  clock = new FakeClock(Date.now());
  const form = { class: 'STANDARD', tags: {}, kmsKey: undefined, retentionDays: undefined };
  group = { name: GROUP, createdAt: 0, streams: new Map(), filters: new Map(), ...form };
  sandbox.logs.groups('eu-west-1').set(GROUP, group);
});

afterEach(async () => {
  lab[Symbol.dispose]();
  await sandbox.close();
});

const arrived = () => sandbox.logs.events('eu-west-1', GROUP, 'i-1').map(({ message }) => message);

function plan(settings: JsonObject) {
  return [entry('app', { path: `${lab.folder}/*.log`, group: GROUP, ...settings })];
}

test('the plan shapes a group that is there, its reload does again, and status tells what cannot be', async () => {
  const shipper = lab.start({ aws: callsAt(new URL(sandbox.url)), clock });
  await elapse(clock, shipper.reconfigure(plan({ retention: '30d', class: 'infrequent-access' }), FACTS));
  lab.write('a.log', 'one');
  await elapse(
    clock,
    until(() => group.retentionDays === 30),
  );
  const misfit = { setting: 'class', trouble: 'fixed', expected: 'INFREQUENT_ACCESS', found: 'STANDARD' };
  const groups = () => shipper.status()['groups'];
  await until(() => JSON.stringify(groups()) !== '[]');
  expect(groups()).toEqual([{ group: GROUP, action: null, code: null, ...misfit }]);

  await elapse(clock, shipper.reconfigure(plan({ retention: '7d' }), FACTS));
  lab.write('a.log', 'two');
  await elapse(
    clock,
    until(() => group.retentionDays === 7),
  );
  await until(() => JSON.stringify(groups()) === '[]');
  await elapse(clock, shipper.drain(3_600_000));
  expect(arrived()).toEqual(['one', 'two']);
});

test('case 52: logs are shipped, and the agent ends, while nobody answers about the group', async () => {
  const real = callsAt(new URL(sandbox.url));
  let looks = 0;
  const aws: AwsCalls = {
    query: (...call) => real.query(...call),
    json: (service, target, body, options) => {
      if (!target.endsWith('.DescribeLogGroups')) return real.json(service, target, body, options);
      looks += 1;
      return new Promise(() => {});
    },
  };
  const shipper = lab.start({ aws, clock });
  await elapse(clock, shipper.reconfigure(plan({ retention: '30d' }), FACTS));
  lab.write('a.log', 'one');
  await elapse(
    clock,
    until(() => looks === 1),
  );
  lab.write('a.log', 'two');
  await elapse(
    clock,
    until(() => arrived().length === 2),
  );
  expect(await elapse(clock, shipper.drain(3_600_000))).toEqual({ unsettled: 0 });
  expect(arrived()).toEqual(['one', 'two']);
  expect(group.retentionDays).toBeUndefined();
});
