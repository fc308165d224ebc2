import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSandbox } from '../../scripts/sandbox/sandbox.ts';
import type { Sandbox } from '../../scripts/sandbox/sandbox.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ask, signedFor } from './wire.ts';
import type { Reply } from './wire.ts';

const clock = new FakeClock();
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ clock });
});
afterAll(() => sandbox.close());

/** As the current JS SDK sends it: awsJson 1.0, compressed when it is worth it. */
function putMetricData(body: object, zipped = false): Promise<Reply> {
  const json = JSON.stringify(body);
  return ask(sandbox.url, {
    method: 'POST',
    headers: {
      ...signedFor('monitoring', 'eu-west-1'),
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'GraniteServiceVersion20100801.PutMetricData',
      ...(zipped ? { 'content-encoding': 'gzip' } : {}),
    },
    body: zipped ? gzipSync(json) : json,
  });
}

it.each([false, true])('stores what is put, by region (gzip: %s)', async (zipped) => {
  const datum = {
    MetricName: 'cpu',
    Value: 12.5,
    Unit: 'Percent',
    Dimensions: [{ Name: 'role', Value: 'web' }],
  };
  expect(await putMetricData({ Namespace: 'Landfall', MetricData: [datum] }, zipped)).toMatchObject({
    status: 200,
    body: '{}',
  });
  expect(sandbox.metrics.data.at(-1)).toEqual({
    region: 'eu-west-1',
    namespace: 'Landfall',
    name: 'cpu',
    dimensions: { role: 'web' },
    timestamp: clock.now(),
    unit: 'Percent',
    resolution: 60,
    values: [12.5],
    counts: [1],
  });
});

it('takes the query protocol of older SDKs', async () => {
  const body = new URLSearchParams({
    Action: 'PutMetricData',
    Version: '2010-08-01',
    Namespace: 'Old',
    'MetricData.member.1.MetricName': 'm',
    'MetricData.member.1.Values.member.1': '1',
    'MetricData.member.1.Values.member.2': '2',
    'MetricData.member.1.Timestamp': new Date(clock.now()).toISOString(),
  }).toString();
  const headers = {
    ...signedFor('monitoring', 'eu-west-1'),
    'content-type': 'application/x-www-form-urlencoded',
  };
  const reply = await ask(sandbox.url, { method: 'POST', headers, body });
  expect(reply.status).toBe(200);
  expect(sandbox.metrics.data.at(-1)).toMatchObject({ namespace: 'Old', name: 'm', values: [1, 2] });
});

const good = { MetricName: 'm', Value: 1 };
it.each<[string, object]>([
  ['AWS/ namespace', { Namespace: 'AWS/EC2', MetricData: [good] }],
  ['1001 metrics', { Namespace: 'N', MetricData: Array.from({ length: 1001 }, () => good) }],
  [
    '31 dimensions',
    {
      Namespace: 'N',
      MetricData: [
        { ...good, Dimensions: Array.from({ length: 31 }, (_, at) => ({ Name: `d${at}`, Value: 'v' })) },
      ],
    },
  ],
  [
    'an empty dimension value',
    { Namespace: 'N', MetricData: [{ ...good, Dimensions: [{ Name: 'd', Value: '' }] }] },
  ],
  [
    '151 values',
    { Namespace: 'N', MetricData: [{ MetricName: 'm', Values: Array.from({ length: 151 }, () => 1) }] },
  ],
  [
    'fewer counts than values',
    { Namespace: 'N', MetricData: [{ MetricName: 'm', Values: [1, 2], Counts: [1] }] },
  ],
  ['a value beyond 2^360', { Namespace: 'N', MetricData: [{ MetricName: 'm', Value: 2 ** 361 }] }],
  ['NaN', { Namespace: 'N', MetricData: [{ MetricName: 'm', Value: 'NaN' }] }],
  ['no value', { Namespace: 'N', MetricData: [{ MetricName: 'm' }] }],
  ['a resolution of 10', { Namespace: 'N', MetricData: [{ ...good, StorageResolution: 10 }] }],
  [
    'a time 15 days back',
    { Namespace: 'N', MetricData: [{ ...good, Timestamp: clock.now() / 1000 - 15 * 86_400 }] },
  ],
  [
    'a time 3 hours ahead',
    { Namespace: 'N', MetricData: [{ ...good, Timestamp: clock.now() / 1000 + 3 * 3600 }] },
  ],
])('refuses %s whole', async (_, body) => {
  const before = sandbox.metrics.data.length;
  const reply = await putMetricData(body);
  expect(reply.status).toBe(400);
  expect(reply.headers['x-amzn-query-error']).toBe('InvalidParameterValue;Sender');
  expect(sandbox.metrics.data).toHaveLength(before);
});

it('takes 1000 metrics, and turns away a body above 1 MB', async () => {
  expect(
    (await putMetricData({ Namespace: 'N', MetricData: Array.from({ length: 1000 }, () => good) })).status,
  ).toBe(200);
  const large = { ...good, Dimensions: [{ Name: 'd', Value: 'x'.repeat(1024) }] };
  expect(
    (await putMetricData({ Namespace: 'N', MetricData: Array.from({ length: 1000 }, () => large) }, true))
      .status,
  ).toBe(413);
});
