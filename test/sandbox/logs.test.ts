import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSandbox } from '../../scripts/sandbox/sandbox.ts';
import type { Sandbox } from '../../scripts/sandbox/sandbox.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ask, signedFor } from './wire.ts';

const clock = new FakeClock();
const DAY = 86_400_000;
let sandbox: Sandbox;

async function call(
  operation: string,
  body: object,
  region = 'eu-west-1',
): Promise<Readonly<Record<string, unknown>>> {
  const reply = await ask(sandbox.url, {
    method: 'POST',
    headers: {
      ...signedFor('logs', region),
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `Logs_20140328.${operation}`,
    },
    body: JSON.stringify(body),
  });
  return { status: reply.status, ...(JSON.parse(reply.body) as Record<string, unknown>) };
}

const at = { logGroupName: '/prod/web', logStreamName: 'i-1' };
const many = (count: number, message: string) =>
  Array.from({ length: count }, () => ({ timestamp: clock.now(), message }));
const tags = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`t${index}`, 'x']));
const put = (logEvents: readonly object[]) => call('PutLogEvents', { ...at, logEvents });

beforeAll(async () => {
  sandbox = await startSandbox({ clock });
  await call('CreateLogGroup', at);
  await call('CreateLogStream', at);
});
afterAll(() => sandbox.close());

describe('groups and streams', () => {
  it('exist once', async () => {
    expect(await call('CreateLogGroup', at)).toMatchObject({
      status: 400,
      __type: 'ResourceAlreadyExistsException',
    });
    expect(await call('CreateLogStream', at)).toMatchObject({
      status: 400,
      __type: 'ResourceAlreadyExistsException',
    });
  });

  it('belong to their region', async () => {
    expect(await call('CreateLogStream', at, 'us-east-1')).toMatchObject({
      status: 400,
      __type: 'ResourceNotFoundException',
    });
  });

  it.each(['aws/x', 'a b', '', 'x'.repeat(513)])('have no name like "%s"', async (logGroupName) => {
    expect(await call('CreateLogGroup', { logGroupName })).toMatchObject({
      __type: 'InvalidParameterException',
    });
  });

  it('are described with their retention, by prefix', async () => {
    expect(await call('PutRetentionPolicy', { ...at, retentionInDays: 31 })).toMatchObject({
      __type: 'InvalidParameterException',
    });
    expect(await call('PutRetentionPolicy', { ...at, retentionInDays: 30 })).toMatchObject({ status: 200 });
    const described = await call('DescribeLogGroups', { logGroupNamePrefix: '/prod' });
    expect(described).toMatchObject({ logGroups: [{ logGroupName: '/prod/web', retentionInDays: 30 }] });
    expect(await call('DescribeLogStreams', at)).toMatchObject({ logStreams: [{ logStreamName: 'i-1' }] });
    expect(await call('DescribeLogGroups', { logGroupNamePrefix: '/none' })).toMatchObject({ logGroups: [] });
  });
});

describe('what groups are like', () => {
  const arn = 'arn:aws:logs:eu-west-1:123456789012:log-group:/prod/web';

  it.each<[string, string, object, string]>([
    ['a page of 51', 'DescribeLogGroups', { limit: 51 }, 'InvalidParameterException'],
    ['a prefix of nothing', 'DescribeLogGroups', { logGroupNamePrefix: '' }, 'InvalidParameterException'],
    [
      'a tag of AWS',
      'TagResource',
      { resourceArn: arn, tags: { 'aws:x': '1' } },
      'InvalidParameterException',
    ],
    ['51 tags', 'TagResource', { resourceArn: arn, tags: tags(51) }, 'InvalidParameterException'],
    ['an alias of a key', 'AssociateKmsKey', { ...at, kmsKeyId: 'alias/x' }, 'InvalidParameterException'],
    [
      'a class nobody sells',
      'CreateLogGroup',
      { logGroupName: 'x', logGroupClass: 'C' },
      'InvalidParameterException',
    ],
    ['none that is there', 'DeleteLogGroup', { logGroupName: '/none' }, 'ResourceNotFoundException'],
  ])('is refused for %s', async (_, operation, body, code) => {
    expect(await call(operation, body)).toMatchObject({ status: 400, __type: code });
  });

  it('has room for 50 tags in all, and each is of its region', async () => {
    expect(await call('TagResource', { resourceArn: arn, tags: tags(50) })).toMatchObject({ status: 200 });
    expect(await call('TagResource', { resourceArn: arn, tags: { one: 'more' } })).toMatchObject({
      __type: 'TooManyTagsException',
    });
    expect(await call('ListTagsForResource', { resourceArn: arn }, 'us-east-1')).toMatchObject({
      __type: 'ResourceNotFoundException',
    });
  });

  it('is planted when calls shall meet', async () => {
    const effect = { status: 400, code: 'OperationAbortedException' };
    const asked = { ...at, retentionInDays: 30 };
    sandbox.faults.add({ service: 'logs', operation: 'PutRetentionPolicy', effect, times: 1 });
    expect(await call('PutRetentionPolicy', asked)).toMatchObject({
      status: 400,
      __type: 'OperationAbortedException',
    });
    expect(await call('PutRetentionPolicy', asked)).toMatchObject({ status: 200 });
  });
});

describe('events', () => {
  it('are kept and read back', async () => {
    const now = clock.now();
    expect(
      await put([
        { timestamp: now, message: 'one' },
        { timestamp: now, message: 'two' },
      ]),
    ).toMatchObject({ status: 200 });
    expect(sandbox.logs.events('eu-west-1', '/prod/web', 'i-1').map(({ message }) => message)).toEqual([
      'one',
      'two',
    ]);
    const read = await call('GetLogEvents', { ...at, startFromHead: true });
    expect(read['events']).toMatchObject([{ message: 'one' }, { message: 'two' }]);
    const next = await call('GetLogEvents', { ...at, nextToken: read['nextForwardToken'] });
    expect(next['events']).toEqual([]);
  });

  it('of a stream that is not there are ResourceNotFoundException', async () => {
    const logEvents = [{ timestamp: clock.now(), message: 'x' }];
    expect(await call('PutLogEvents', { ...at, logStreamName: 'no', logEvents })).toMatchObject({
      __type: 'ResourceNotFoundException',
    });
  });

  it.each<[string, () => readonly object[]]>([
    ['none at all', () => []],
    ['10,001 of them', () => many(10_001, 'x')],
    ['an empty message', () => many(1, '')],
    ['a byte above 1 MiB with 26 each', () => many(1, 'x'.repeat(1_048_576 - 25))],
    [
      'out of order',
      () => [
        { timestamp: clock.now(), message: 'b' },
        { timestamp: clock.now() - 1, message: 'a' },
      ],
    ],
    [
      'more than 24 h apart',
      () => [
        { timestamp: clock.now() - DAY - 1, message: 'a' },
        { timestamp: clock.now(), message: 'b' },
      ],
    ],
  ])('fail the whole call: %s', async (_, events) => {
    const before = sandbox.logs.events('eu-west-1', '/prod/web', 'i-1').length;
    expect(await put(events())).toMatchObject({ status: 400, __type: 'InvalidParameterException' });
    expect(sandbox.logs.events('eu-west-1', '/prod/web', 'i-1')).toHaveLength(before);
  });

  it('fit to the byte, and by the ten thousand', async () => {
    expect(await put(many(1, 'x'.repeat(1_048_576 - 26)))).toMatchObject({ status: 200 });
    expect(await put(many(10_000, 'x'))).toMatchObject({ status: 200 });
  });

  it('too old and too new are rejected one by one, by index, and do not count for the span', async () => {
    const now = clock.now();
    const reply = await put([
      { timestamp: now - 15 * DAY, message: 'old' },
      { timestamp: now, message: 'good' },
      { timestamp: now + 3 * 3_600_000, message: 'new' },
    ]);
    expect(reply).toMatchObject({
      status: 200,
      rejectedLogEventsInfo: { tooOldLogEventEndIndex: 1, tooNewLogEventStartIndex: 2 },
    });
    expect(sandbox.logs.events('eu-west-1', '/prod/web', 'i-1').at(-1)?.message).toBe('good');
  });
});
