import type { RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createSigningClock } from '#agent/aws/signing-clock.ts';
import { callsAt } from '../support/aws-calls.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { loopbackServer } from '../support/loopback-server.ts';

const MINUTE = 60_000;
const { signal } = new AbortController();

/** AWS, whose time is `minutes` ahead of this host's. */
function awsAhead(): { minutes: number; readonly listener: RequestListener } {
  const aws: ReturnType<typeof awsAhead> = {
    minutes: 0,
    listener: (request, response) => {
      const now = Date.now() + aws.minutes * MINUTE;
      const [, ...parts] = /^(....)(..)(..T..)(..)(..Z)$/.exec(String(request.headers['x-amz-date'])) ?? [];
      const [year, month, day, minute, second] = parts;
      const signedAt = Date.parse(`${year}-${month}-${day}:${minute}:${second}`);
      response.setHeader('date', new Date(now).toUTCString());
      if (Math.abs(signedAt - now) <= 5 * MINUTE) response.end('{}');
      else response.writeHead(400).end('{"__type":"InvalidSignatureException"}');
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

describe('the clock of signatures', () => {
  const clock = new FakeClock();
  it.each([
    ['no date', undefined, 0],
    ['a date that is none', 'yesterday', 0],
    ['a minute that is lost on the way', new Date(clock.now() - 59_000).toUTCString(), 0],
    ['an hour', new Date(clock.now() + 3_600_000).toUTCString(), 3_600_000],
  ])('after a refusal with %s', (_, date, correction) => {
    const signing = createSigningClock(clock);
    signing.hearRefusal(date);
    expect(signing.now() - clock.now()).toBe(correction);
  });
});
