import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '#kit/clock.ts';
import { ok } from '#kit/outcome.ts';
import { createPatience } from '#scripts/ops/across/patience.ts';
import { runOnInstances, type ScriptEnd } from '#scripts/ops/cutover/run-command.ts';
import { loopbackServer } from '../../support/loopback-server.ts';

const SCRIPT = {
  region: 'eu-west-1',
  on: { tag: 'role', value: 'web' },
  lines: ['true'],
  comment: 'test',
};

/** Systems Manager on loopback, which answers each action with what comes next. */
async function ranOn(answers: Readonly<Record<string, readonly object[]>>): Promise<ScriptEnd> {
  const left = new Map(Object.entries(answers).map(([action, all]) => [action, [...all]]));
  await using server = await loopbackServer((request, response) => {
    const action = String(request.headers['x-amz-target']).replace('AmazonSSM.', '');
    const all = left.get(action) ?? [];
    const answer = all.length > 1 ? all.shift() : all[0];
    response.writeHead(answer ? 200 : 500, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(answer ?? {}));
  });
  const context = {
    env: { AWS_ENDPOINT_URL: server.url.href },
    clock: systemClock,
    random: Math.random,
    stop: new AbortController().signal,
    err: () => {},
    out: () => {},
    outBytes: () => {},
    errIsTerminal: false,
    colour: false,
    columns: 80,
    loadCredentials: () => Promise.resolve(ok({ accessKeyId: 'x', secretAccessKey: 'x' })),
  };
  const patience = createPatience({ ...context, pollMs: 5, timeoutMs: 10_000 });
  onTestFinished(() => patience.end());
  return await runOnInstances(SCRIPT, patience, context);
}

const SENT = { SendCommand: [{ Command: { CommandId: 'c-1', Status: 'Pending' } }] };
const listed = (Status: string, TargetCount: number, CompletedCount: number): object => {
  return { Commands: [{ CommandId: 'c-1', Status, StatusDetails: Status, TargetCount, CompletedCount }] };
};

it('waits until every instance ran it: that it was taken says nothing', async () => {
  const ListCommands = [{ Commands: [] }, listed('InProgress', 2, 1), listed('Success', 2, 2)];
  expect(await ranOn({ ...SENT, ListCommands })).toEqual({ kind: 'ran', instances: 2 });
});

it('is no success where nobody was told, although the command has one', async () => {
  expect(await ranOn({ ...SENT, ListCommands: [listed('Success', 0, 0)] })).toMatchObject({
    kind: 'failed',
    fault: { subject: 'tag:role=web in eu-west-1', cause: 'Systems Manager manages none' },
  });
});

it('fails when one of several did not run it, and says which and what it said', async () => {
  const ListCommandInvocations = [
    {
      CommandInvocations: [
        { InstanceId: 'i-1', Status: 'Success' },
        {
          InstanceId: 'i-2',
          Status: 'Failed',
          StatusDetails: 'Failed',
          CommandPlugins: [{ Output: 'sh: landfall: not found\nfailed to run commands: exit status 127' }],
        },
      ],
    },
  ];
  const end = await ranOn({ ...SENT, ListCommands: [listed('Failed', 2, 2)], ListCommandInvocations });
  expect(end).toMatchObject({
    kind: 'failed',
    fault: { cause: 'Failed: i-2 Failed sh: landfall: not found' },
  });
});
