import type { RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createSigningClock } from '#agent/aws/signed-sender.ts';
import { callsAt } from '../support/aws-calls.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { loopbackServer } from '../support/loopback-server.ts';
import { storeAt } from '../support/pinned.ts';

const MINUTE = 60_000;
const { signal } = new AbortController();

/** AWS, whose time is `minutes` ahead of this host's. */
function awsAhead(refusal = '{"__type":"InvalidSignatureException"}'): {
  minutes: number;
  readonly listener: RequestListener;
} {
  const aws: ReturnType<typeof awsAhead> = {
    minutes: 0,
    listener: (request, response) => {
      const now = Date.now() + aws.minutes * MINUTE;
      const [, ...parts] = /^(....)(..)(..T..)(..)(..Z)$/.exec(String(request.headers['x-amz-date'])) ?? [];
      const [year, month, day, minute, second] = parts;
      const signedAt = Date.parse(`${year}-${month}-${day}:${minute}:${second}`);
      response.setHeader('date', new Date(now).toUTCString());
      if (Math.abs(signedAt - now) <= 5 * MINUTE) response.setHeader('etag', '"e"').end('{}');
      else response.writeHead(400).end(refusal);
    },
  };
  return aws;
}

it.each([20, -20, 24 * 60])('case 55: a clock that is %i minutes off is refused once', async (minutes) => {
  const there = awsAhead();
  await using server = await loopbackServer(there.listener);
  const aws = callsAt(server.url);
  const call = async () => (await aws.json('logs', 'V1.Do', {}, { signal })).kind;
  expect(await call()).toBe('ok');
  there.minutes = minutes;
  expect([await call(), await call(), await call()]).toEqual(['refused', 'ok', 'ok']);
  // Somebody sets the clock of the host.
  there.minutes = 0;
  expect([await call(), await call()]).toEqual(['refused', 'ok']);
});

it('holds for S3 too, where every boot begins', async () => {
  const there = awsAhead('<Error><Code>RequestTimeTooSkewed</Code><Message>too far</Message></Error>');
  there.minutes = 20;
  await using server = await loopbackServer(there.listener);
  const store = storeAt(server.url);
  const get = () => store.get('k', { maxBytes: 100, signal });
  expect(await get()).toMatchObject({
    kind: 'retry',
    fault: { code: 'LF_CREDENTIALS', hint: expect.stringContaining('chrony') },
  });
  expect(await get()).toMatchObject({ kind: 'ok' });
});

describe('the clock of signatures', () => {
  const clock = new FakeClock();
  it.each([
    ['no date', undefined, 0],
    ['a date that is none', 'yesterday', 0],
    ['a minute that is lost on the way', new Date(clock.now() - 59_000).toUTCString(), 0],
    ['an hour', new Date(clock.now() + 3_600_000).toUTCString(), 3_600_000],
  ])('after a refusal with %s', (_, date, correction) => {
    const signing = createSigningClock(clock);
    signing.onRefused(date);
    expect(signing.now() - clock.now()).toBe(correction);
  });
});
