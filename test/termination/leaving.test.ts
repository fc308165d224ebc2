import { describe, expect, it } from 'vitest';
import { createLeaving, type Work } from '#agent/termination/leaving.ts';
import { fail, ok } from '#kit/outcome.ts';
import { departing, INSTANCE } from '../support/departing.ts';
import { elapse, finish } from '../support/patience.ts';

const SPOT = { source: 'spot', action: 'terminate' } as const;
const GROUP = { source: 'autoscaling', action: 'Terminated' } as const;
const SHUTDOWN = { source: 'shutdown', action: 'stop' } as const;
const HOUR = 3_600_000;

/** Goes on until its signal aborts, and longer. */
const endless: Work = () => new Promise(() => {});

describe('leaving', () => {
  it('runs hooks, drains and lets go of claims, in this order and within its time', async () => {
    await using stage = await departing();
    await finish(stage.clock, createLeaving(stage.parts).leave(SPOT, 120_000));
    expect(stage.log).toEqual(['hooks 100', 'drain 30', 'claims 60']);
    expect(stage.sandbox.groups.calls).toEqual([]);
    expect(stage.records).toEqual([
      { phase: 'leaving', source: 'spot', action: 'terminate', withinMs: 120_000 },
      { phase: 'step', step: 'hooks', outcome: 'done' },
      { phase: 'step', step: 'drain', outcome: 'done' },
      { phase: 'step', step: 'claims', outcome: 'done' },
      { phase: 'left', source: 'spot', action: 'terminate' },
    ]);
  });

  it('goes on past a step that fails, and past one that never ends', async () => {
    await using stage = await departing();
    const fault = {
      code: 'LF_APPLY_HOOK',
      operation: 'run',
      subject: 'x',
      cause: 'it failed',
      hint: '',
    } as const;
    const parts = stage.with({ runShutdownHooks: async () => fail(fault), drain: endless });
    await elapse(stage.clock, createLeaving(parts).leave(SPOT, 20_000));
    expect(stage.records.slice(1, -1).map(({ outcome }) => outcome)).toEqual(['failed', 'late', 'done']);
    expect(stage.warnings).toHaveLength(2);
  });

  it('does every step once in a boot; after a restart of the agent only the claims that it took up again', async () => {
    await using stage = await departing();
    await elapse(stage.clock, createLeaving(stage.parts).leave(SPOT, 120_000));
    const leaving = createLeaving(stage.parts);
    await elapse(stage.clock, leaving.leave(SPOT, 120_000));
    await elapse(stage.clock, leaving.leave(SHUTDOWN, 60_000));
    expect(stage.log.map((line) => line.split(' ')[0])).toEqual(['hooks', 'drain', 'claims', 'claims']);
    // Stopped and started again: another boot.
    await elapse(
      stage.clock,
      createLeaving(stage.with({ bootId: async () => 'boot-2' })).leave(SPOT, 120_000),
    );
    expect(stage.log).toHaveLength(7);
  });

  it('killed while hooks run: they are not run again, the rest is done', async () => {
    await using stage = await departing();
    void createLeaving(stage.with({ runShutdownHooks: endless })).leave(SPOT, 120_000);
    await stage.clock.advance(0);
    await elapse(stage.clock, createLeaving(stage.parts).leave(SPOT, 120_000));
    expect(stage.log.map((line) => line.split(' ')[0])).toEqual(['drain', 'claims']);
  });

  it('stopped with the agent it begins nothing more, and goes on at the next start', async () => {
    await using stage = await departing();
    const work = createLeaving(stage.with({ drain: endless })).leave(SPOT, 120_000);
    await stage.clock.advance(0);
    stage.stop.abort();
    await elapse(stage.clock, work);
    expect(stage.log.map((line) => line.split(' ')[0])).toEqual(['hooks']);
    const next = stage.with({ stop: new AbortController().signal });
    await elapse(stage.clock, createLeaving(next).leave(SPOT, 120_000));
    expect(stage.log.map((line) => line.split(' ')[0])).toEqual(['hooks', 'drain', 'claims']);
  });

  it('a nearer end counts for what is under way', async () => {
    await using stage = await departing();
    const leaving = createLeaving(stage.with({ runShutdownHooks: endless }));
    const first = leaving.leave(GROUP, HOUR);
    await stage.clock.advance(1000);
    const before = stage.clock.monotonic();
    await elapse(stage.clock, Promise.all([first, leaving.leave(SHUTDOWN, 10_000)]));
    expect(stage.clock.monotonic() - before).toBeLessThanOrEqual(10_050);
  });
});

describe('leaving an Auto Scaling group', () => {
  it('completes the only termination hook when everything else is done', async () => {
    await using stage = await departing();
    const parts = stage.with({
      releaseClaims: async () => {
        expect(stage.sandbox.groups.calls).toEqual([]);
        return ok(undefined);
      },
    });
    await elapse(stage.clock, createLeaving(parts).leave(GROUP, HOUR));
    const [call] = stage.sandbox.groups.calls;
    expect(call).toEqual({
      kind: 'complete',
      group: 'payroll',
      hook: 'payroll-termination',
      instanceId: INSTANCE,
      result: 'CONTINUE',
    });
    await elapse(stage.clock, createLeaving(stage.parts).leave(GROUP, HOUR));
    expect(stage.sandbox.groups.calls).toHaveLength(1);
  });

  it('keeps the group waiting while it works', async () => {
    await using stage = await departing('Terminating:Wait', 30);
    const parts = stage.with({
      runShutdownHooks: async () => {
        await stage.clock.sleep(35_000);
        return ok(undefined);
      },
    });
    await elapse(stage.clock, createLeaving(parts).leave(GROUP, HOUR));
    const kinds = stage.sandbox.groups.calls.map(({ kind }) => kind);
    expect(kinds).toEqual(['heartbeat', 'heartbeat', 'heartbeat', 'complete']);
    expect(stage.clock.sleeping).toBe(0);
  });

  it('ends before the hook does, however often it may beat', async () => {
    await using stage = await departing('Terminating:Wait', 30);
    const leaving = createLeaving(stage.with({ runShutdownHooks: endless }));
    await elapse(stage.clock, leaving.leave(GROUP, 48 * HOUR));
    expect(stage.clock.monotonic()).toBeLessThanOrEqual(30_000 * 100);
    expect(stage.sandbox.groups.calls.at(-1)).toMatchObject({ kind: 'complete' });
  });

  it('waits for a group that does not wait for it yet, and through throttling', async () => {
    await using stage = await departing('Terminating');
    stage.sandbox.faults.add({ service: 'autoscaling', effect: 'throttle', times: 3 });
    const left = createLeaving(stage.parts).leave(GROUP, HOUR);
    const refused = stage.sandbox.requests.next(
      ({ operation, status }) => operation === 'CompleteLifecycleAction' && status === 400,
    );
    await elapse(stage.clock, refused);
    stage.sandbox.groups
      .add({
        name: 'payroll',
        region: 'eu-west-1',
        hooks: [{ name: 'payroll-termination', on: 'termination' }],
      })
      .instances.set(INSTANCE, 'Terminating:Wait');
    await elapse(stage.clock, left);
    expect(stage.sandbox.groups.calls).toMatchObject([{ kind: 'complete' }]);
  });

  it('needs one permission only where tag and plan name group and hook', async () => {
    await using stage = await departing();
    const denied = { status: 403, code: 'AccessDenied' };
    stage.sandbox.faults.add({ service: 'autoscaling', operation: 'DescribeLifecycleHooks', effect: denied });
    const parts = stage.with({ groupTag: () => 'payroll', terminationHook: () => 'payroll-termination' });
    await elapse(stage.clock, createLeaving(parts).leave(GROUP, HOUR));
    const operations = stage.sandbox.requests.entries.map(({ operation }) => operation);
    expect(operations).toEqual(['DescribeLifecycleHooks', 'CompleteLifecycleAction']);
    expect(stage.sandbox.groups.calls).toHaveLength(1);
  });

  it('of two hooks completes the one that the plan names, and none when it names none', async () => {
    await using stage = await departing();
    const hooks = ['theirs', 'ours'].map((name) => ({ name, on: 'termination' as const }));
    const group = stage.sandbox.groups.add({ name: 'payroll', region: 'eu-west-1', hooks });
    group.instances.set(INSTANCE, 'Terminating:Wait');
    await elapse(stage.clock, createLeaving(stage.parts).leave(GROUP, HOUR));
    expect(stage.sandbox.groups.calls).toEqual([]);
    expect(stage.warnings).toEqual([
      'which lifecycle hook is ours to complete? name it in signals of plan.yaml',
    ]);
    const again = stage.with({ terminationHook: () => 'ours', bootId: async () => 'boot-2' });
    await elapse(stage.clock, createLeaving(again).leave(GROUP, HOUR));
    expect(stage.sandbox.groups.calls).toMatchObject([{ hook: 'ours' }]);
  });

  it('comes to it after a spot notice, without doing the rest again', async () => {
    await using stage = await departing();
    const leaving = createLeaving(stage.parts);
    await elapse(stage.clock, Promise.all([leaving.leave(SPOT, 120_000), leaving.leave(GROUP, HOUR)]));
    expect(stage.log).toHaveLength(3);
    expect(stage.sandbox.groups.calls).toMatchObject([{ kind: 'complete' }]);
  });

  it('for a warm pool is done anew each time', async () => {
    await using stage = await departing();
    const leaving = createLeaving(stage.parts);
    await elapse(stage.clock, leaving.leave({ source: 'autoscaling', action: 'Warmed:Running' }, HOUR));
    await leaving.stay();
    await elapse(stage.clock, leaving.leave(GROUP, HOUR));
    expect(stage.log).toHaveLength(6);
  });
});
