import { expect, it } from 'vitest';
import { createTermination } from '#agent/termination/termination.ts';
import { Imds } from '#agent/identity/imds.ts';
import { systemClock } from '#kit/clock.ts';
import { departing, INSTANCE, REGION } from '../support/departing.ts';
import { elapse } from '../support/patience.ts';

const idle = { runNoticeHooks: async () => undefined, returned: () => {} };

/** The whole room against the metadata service and Auto Scaling of the sandbox. */
async function watched(state: string) {
  const stage = await departing(state);
  const instance = await stage.sandbox.addInstance({ region: REGION, instanceId: INSTANCE });
  const imds = new Imds(instance.imdsUrl, { clock: systemClock, random: () => 0 });
  const signals = {
    launchHook: 'payroll-launch',
    terminationHook: 'payroll-termination',
    cloudFormation: undefined,
  };
  const termination = createTermination({ ...stage.parts, imds, signals: () => signals, ...idle });
  const untilRecorded = async (phase: string): Promise<void> => {
    while (!stage.records.some((record) => record['phase'] === phase)) await stage.clock.advance(50);
  };
  const close = async (): Promise<void> => {
    await termination.close();
    imds.close();
    await stage[Symbol.asyncDispose]();
  };
  return { stage, instance, termination, untilRecorded, [Symbol.asyncDispose]: close };
}

it('an instance that its group takes out leaves in order, and the group goes on', async () => {
  await using world = await watched('Terminating:Wait');
  const { stage, instance, termination, untilRecorded } = world;
  termination.start();
  await stage.clock.advance(20_000);
  instance.setMetadata('autoscaling/target-lifecycle-state', 'Terminated');
  await untilRecorded('left');
  expect(stage.log.map((line) => line.split(' ')[0])).toEqual(['hooks', 'drain', 'claims']);
  expect(stage.sandbox.groups.calls).toMatchObject([{ kind: 'complete', hook: 'payroll-termination' }]);
  expect(termination.notices()).toEqual([{ source: 'autoscaling', action: 'Terminated' }]);
});

it('a launch is told, and a failed one is, too; without a plan nobody is', async () => {
  await using world = await watched('Pending:Wait');
  const { stage, termination } = world;
  await termination.launchFailed(undefined);
  expect(stage.sandbox.requests.entries).toEqual([]);
  await elapse(stage.clock, termination.launched());
  expect(stage.sandbox.groups.calls).toMatchObject([{ hook: 'payroll-launch', result: 'CONTINUE' }]);
});

it('a machine that goes down by itself runs its hooks in the time it has', async () => {
  await using world = await watched('InService');
  const { stage, termination } = world;
  await elapse(stage.clock, termination.shutDown(60_000));
  expect(stage.log[0]).toBe('hooks 40');
  expect(stage.sandbox.groups.calls).toEqual([]);
});
