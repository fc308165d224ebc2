import { afterEach, beforeEach, expect, it } from 'vitest';
import { startSandbox, type Sandbox } from '../../scripts/sandbox/sandbox.ts';
import { callsAt } from '../support/aws-calls.ts';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
});
afterEach(() => sandbox.close());

const { signal } = new AbortController();

async function backend(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; json: unknown }> {
  const answer = await fetch(`${sandbox.url}/_sandbox/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, json: await answer.json() };
}

it('a group that waits for an instance, and what it was told, by HTTP', async () => {
  const group = {
    name: 'g',
    region: 'eu-west-1',
    hooks: [{ name: 'bye', on: 'termination' }],
    instances: { 'i-1': 'Terminating:Wait' },
  };
  expect(await backend('PUT', 'groups', group)).toMatchObject({ status: 200 });
  expect(await backend('PUT', 'groups', { ...group, hooks: [{ name: 'bye' }] })).toMatchObject({
    status: 400,
  });
  const aws = callsAt(new URL(sandbox.url));
  const params = { AutoScalingGroupName: 'g', LifecycleHookName: 'bye', InstanceId: 'i-1' };
  const complete = { ...params, LifecycleActionResult: 'CONTINUE' };
  expect(await aws.query('autoscaling', 'CompleteLifecycleAction', complete, { signal })).toMatchObject({
    kind: 'ok',
  });
  // Once it has gone on it waits no longer; and what it was not asked is no result.
  expect(await aws.query('autoscaling', 'CompleteLifecycleAction', complete, { signal })).toMatchObject({
    kind: 'refused',
    code: 'ValidationError',
  });
  expect(await aws.query('autoscaling', 'RecordLifecycleActionHeartbeat', params, { signal })).toMatchObject({
    kind: 'refused',
    class: 'invalid',
  });
  expect((await backend('GET', 'signals')).json).toMatchObject({
    lifecycle: [{ hook: 'bye', result: 'CONTINUE' }],
  });
});

it('a stack that waits for signals, in its region only', async () => {
  const aws = callsAt(new URL(sandbox.url));
  const params = { StackName: 's', LogicalResourceId: 'r', UniqueId: 'i-1', Status: 'SUCCESS' };
  const signalIt = () => aws.query('cloudformation', 'SignalResource', params, { signal });
  await backend('PUT', 'stacks', { region: 'eu-central-1', stack: 's', resource: 'r' });
  expect(await signalIt()).toMatchObject({ kind: 'refused', code: 'ValidationError' });
  await backend('PUT', 'stacks', { region: 'eu-west-1', stack: 's', resource: 'r' });
  expect(await signalIt()).toMatchObject({ kind: 'ok' });
  expect(await signalIt()).toMatchObject({ kind: 'refused' });
  expect((await backend('GET', 'signals')).json).toMatchObject({ stacks: [{ stack: 's', uniqueId: 'i-1' }] });
});

it('what is not there is not there', async () => {
  const aws = callsAt(new URL(sandbox.url));
  expect(await aws.query('autoscaling', 'TerminateInstance', {}, { signal })).toMatchObject({
    kind: 'refused',
    code: 'InvalidAction',
  });
  const none = { AutoScalingGroupName: 'none' };
  expect(await aws.query('autoscaling', 'DescribeLifecycleHooks', none, { signal })).toMatchObject({
    kind: 'refused',
  });
});
