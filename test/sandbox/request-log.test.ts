import { expect, it } from 'vitest';
import { RequestLog } from '../../scripts/sandbox/wire/request-log.ts';
import type { LoggedRequest } from '../../scripts/sandbox/wire/request-log.ts';
import { startSandbox } from '../../scripts/sandbox/sandbox.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ask, signedFor } from './wire.ts';

const entry = (at: number): LoggedRequest => ({
  at,
  service: 's3',
  operation: 'GetObject',
  method: 'GET',
  path: '/b/k',
  query: '',
  host: undefined,
  region: 'eu-west-1',
  status: 200,
  expectedOwner: undefined,
  ifNoneMatch: undefined,
});

it('keeps the newest and counts what it dropped', () => {
  const log = new RequestLog(10);
  for (let at = 0; at < 100; at += 1) log.record(entry(at));
  expect(log.entries.length).toBeLessThanOrEqual(10);
  expect(log.entries.at(-1)?.at).toBe(99);
  expect(log.entries.length + log.dropped).toBe(100);
});

it('tells of the next wanted request, once', async () => {
  const log = new RequestLog(10);
  const third = log.next(({ at }) => at === 3);
  for (let at = 1; at <= 4; at += 1) log.record(entry(at));
  expect((await third).at).toBe(3);
});

it('shows what an S3 request said: when, who for, which owner, which ETag, what came of it', async () => {
  const clock = new FakeClock();
  const sandbox = await startSandbox({ clock });
  const { etag } = sandbox.addBucket({ name: 'b', region: 'eu-west-1' }).put('k', Buffer.from('x'), 0);
  const conditions = { 'if-none-match': etag, 'x-amz-expected-bucket-owner': '123456789012' };
  await ask(`${sandbox.url}/b/k?x-id=GetObject`, {
    headers: { ...signedFor('s3', 'eu-west-1'), ...conditions },
  });
  expect(sandbox.requests.entries).toEqual([
    {
      ...entry(clock.now()),
      query: 'x-id=GetObject',
      host: new URL(sandbox.url).host,
      status: 304,
      expectedOwner: '123456789012',
      ifNoneMatch: etag,
    },
  ]);
  await sandbox.close();
});
