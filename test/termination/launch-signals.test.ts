import { describe, expect, it } from 'vitest';
import { createLaunchSignals, type LaunchSignalsParts } from '#agent/termination/launch-signals.ts';
import { departing, INSTANCE, REGION, type Departing } from '../support/departing.ts';
import { elapse } from '../support/patience.ts';

const NOTHING = { launchHook: undefined, terminationHook: undefined, cloudFormation: undefined };
const HOOK = { ...NOTHING, launchHook: 'payroll-launch' };
const STACK = { ...NOTHING, cloudFormation: { stack: 'payroll', resource: 'WebGroup' } };

function partsOf(stage: Departing, target = 'InService'): LaunchSignalsParts {
  return { ...stage.parts, targetState: async () => target };
}

function completed(stage: Departing): readonly unknown[] {
  return stage.sandbox.groups.calls.map(({ hook, result }) => [hook, result]);
}

function signalled(stage: Departing): readonly unknown[] {
  return stage.sandbox.stacks.signals.map(({ uniqueId, status }) => [uniqueId, status]);
}

describe('a launch hook', () => {
  it('is completed with CONTINUE, once, also across restarts', async () => {
    await using stage = await departing('Pending:Wait');
    await elapse(stage.clock, createLaunchSignals(partsOf(stage)).succeeded(HOOK));
    expect(completed(stage)).toEqual([['payroll-launch', 'CONTINUE']]);
    const asked = stage.sandbox.requests.entries.length;
    await elapse(stage.clock, createLaunchSignals(partsOf(stage)).succeeded(HOOK));
    expect(stage.sandbox.requests.entries).toHaveLength(asked);
    expect(stage.records).toEqual([
      { phase: 'launch', told: 'autoscaling', hook: 'payroll-launch', result: 'CONTINUE' },
    ]);
  });

  it('is completed with ABANDON when the boot failed', async () => {
    await using stage = await departing('Pending:Wait');
    await elapse(stage.clock, createLaunchSignals(partsOf(stage)).failed(HOOK));
    expect(completed(stage)).toEqual([['payroll-launch', 'ABANDON']]);
  });

  it('is waited for by an application that is faster than its group', async () => {
    await using stage = await departing('Pending');
    const told = createLaunchSignals(partsOf(stage)).succeeded(HOOK);
    const refused = stage.sandbox.requests.next(({ operation }) => operation === 'CompleteLifecycleAction');
    await elapse(stage.clock, refused);
    const again = stage.sandbox.groups.add({
      name: 'payroll',
      region: REGION,
      hooks: [{ name: 'payroll-launch', on: 'launch' }],
    });
    again.instances.set(INSTANCE, 'Pending:Wait');
    await elapse(stage.clock, told);
    expect(completed(stage)).toEqual([['payroll-launch', 'CONTINUE']]);
  });

  it('is given up after five minutes of "there is no such action", and said', async () => {
    await using stage = await departing('InService');
    await elapse(stage.clock, createLaunchSignals(partsOf(stage)).succeeded(HOOK));
    expect(stage.clock.monotonic()).toBeGreaterThanOrEqual(300_000);
    expect(stage.warnings).toEqual(['the lifecycle action cannot be completed']);
  });

  it('is completed into a warm pool, and again out of it', async () => {
    await using stage = await departing('Pending:Wait');
    await elapse(stage.clock, createLaunchSignals(partsOf(stage, 'Warmed:Stopped')).succeeded(HOOK));
    const group = stage.sandbox.groups.add({
      name: 'payroll',
      region: REGION,
      hooks: [{ name: 'payroll-launch', on: 'launch' }],
    });
    group.instances.set(INSTANCE, 'Pending:Wait');
    await elapse(stage.clock, createLaunchSignals(partsOf(stage)).succeeded(HOOK));
    expect(completed(stage)).toHaveLength(2);
  });
});

describe('a stack resource', () => {
  it('is signalled once, through throttling and a lost answer', async () => {
    await using stage = await departing();
    stage.sandbox.stacks.wait(REGION, 'payroll', 'WebGroup');
    stage.sandbox.faults.add({ service: 'cloudformation', effect: 'throttle', times: 1 });
    stage.sandbox.faults.add({ service: 'cloudformation', effect: 'lose', times: 1 });
    await elapse(stage.clock, createLaunchSignals(partsOf(stage)).succeeded(STACK));
    await elapse(stage.clock, createLaunchSignals(partsOf(stage)).succeeded(STACK));
    expect(signalled(stage)).toEqual([[INSTANCE, 'SUCCESS']]);
  });

  it('hears FAILURE when the boot failed', async () => {
    await using stage = await departing();
    stage.sandbox.stacks.wait(REGION, 'payroll', 'WebGroup');
    await elapse(stage.clock, createLaunchSignals(partsOf(stage)).failed(STACK));
    expect(signalled(stage)).toEqual([[INSTANCE, 'FAILURE']]);
  });

  it('that waits no longer is asked once', async () => {
    await using stage = await departing();
    await elapse(stage.clock, createLaunchSignals(partsOf(stage)).succeeded(STACK));
    await elapse(stage.clock, createLaunchSignals(partsOf(stage)).succeeded(STACK));
    expect(stage.sandbox.requests.entries).toHaveLength(1);
    expect(stage.warnings).toEqual(['the stack resource cannot be signalled']);
  });

  it('is not kept waiting by a hook that is not there', async () => {
    await using stage = await departing('InService');
    stage.sandbox.stacks.wait(REGION, 'payroll', 'WebGroup');
    const told = createLaunchSignals(partsOf(stage)).succeeded({ ...HOOK, ...STACK, launchHook: 'none' });
    await elapse(
      stage.clock,
      stage.sandbox.requests.next(({ service }) => service === 'cloudformation'),
    );
    expect(stage.clock.monotonic()).toBeLessThan(300_000);
    await elapse(stage.clock, told);
  });
});

it('who stops with the agent goes on at its next start', async () => {
  await using stage = await departing();
  stage.sandbox.faults.add({ service: 'cloudformation', effect: 'hang', times: 1 });
  stage.sandbox.stacks.wait(REGION, 'payroll', 'WebGroup');
  const told = createLaunchSignals(partsOf(stage)).succeeded(STACK);
  await elapse(stage.clock, stage.sandbox.requests.next());
  stage.stop.abort();
  await elapse(stage.clock, told);
  const next = { ...partsOf(stage), stop: new AbortController().signal };
  await elapse(stage.clock, createLaunchSignals(next).succeeded(STACK));
  expect(signalled(stage)).toEqual([[INSTANCE, 'SUCCESS']]);
});
