import { afterAll, beforeAll, expect, it } from 'vitest';
import { findAction, findGroup, type LifecycleParts } from '#agent/termination/lifecycle-action.ts';
import { systemClock } from '#kit/clock.ts';
import { silentLogger } from '#kit/logger.ts';
import type { AwsCalls } from '#agent/aws/aws-calls.ts';
import { callsAt } from '../support/aws-calls.ts';
import { MOTO_IS_MISSING, startMoto, type Moto } from '../support/moto.ts';
import { describeUnless } from '../support/unless.ts';

const { signal } = new AbortController();
const moto: Moto | undefined = await startMoto();
afterAll(() => moto?.stop());

// moto 5.2.1 has neither CompleteLifecycleAction nor SignalResource: those are the sandbox's.
describeUnless(moto ? undefined : MOTO_IS_MISSING, 'a group of moto', () => {
  let aws: AwsCalls;
  let parts: LifecycleParts;

  beforeAll(async () => {
    aws = callsAt(new URL(moto?.url ?? ''));
    await call('CreateLaunchConfiguration', {
      LaunchConfigurationName: 'lc',
      ImageId: 'ami-12c6146b',
      InstanceType: 't3.micro',
    });
    await call('CreateAutoScalingGroup', {
      AutoScalingGroupName: 'payroll',
      LaunchConfigurationName: 'lc',
      MinSize: '1',
      MaxSize: '1',
      'AvailabilityZones.member.1': 'eu-west-1a',
    });
    await call('PutLifecycleHook', {
      AutoScalingGroupName: 'payroll',
      LifecycleHookName: 'bye & "good"',
      LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
      HeartbeatTimeout: '120',
    });
    const described = await call('DescribeAutoScalingInstances', {});
    const instanceId = /<InstanceId>([^<]+)</.exec(described)?.[1] ?? '';
    parts = {
      aws,
      instanceId,
      clock: systemClock,
      random: () => 0,
      logger: silentLogger,
      groupTag: () => undefined,
    };
  });

  async function call(action: string, params: Readonly<Record<string, string>>): Promise<string> {
    const result = await aws.query('autoscaling', action, params, { signal });
    expect(result).toMatchObject({ kind: 'ok' });
    return result.kind === 'ok' ? result.text : '';
  }

  it('is found by its instance', async () => {
    expect(await findGroup(parts, signal)).toBe('payroll');
    expect(await findGroup({ ...parts, instanceId: 'i-00000000000000000' }, signal)).toBeUndefined();
  });

  it('has a hook with its limits', async () => {
    const transition = 'autoscaling:EC2_INSTANCE_TERMINATING';
    expect(await findAction(parts, transition, undefined, signal)).toMatchObject({
      group: 'payroll',
      hook: 'bye & "good"',
      limits: { heartbeatMs: 120_000 },
    });
    expect(await findAction(parts, 'autoscaling:EC2_INSTANCE_LAUNCHING', undefined, signal)).toBeUndefined();
  });
});
