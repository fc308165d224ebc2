import type { ServerResponse } from 'node:http';
import { DescribeVolumesCommand } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { askPatiently } from '#scripts/ops/across/answer.ts';
import { acrossOptions, readTimes } from '#scripts/ops/across/options.ts';
import { createPatience } from '#scripts/ops/across/patience.ts';
import { createRegionalEc2 } from '#scripts/ops/across/regional-clients.ts';
import { systemClock } from '#kit/clock.ts';
import { ok } from '#kit/outcome.ts';
import { loopbackServer } from '../../support/loopback-server.ts';

type Reply = (response: ServerResponse) => void;

const refusal =
  (status: number, code: string): Reply =>
  (response) =>
    response
      .writeHead(status, { 'content-type': 'text/xml' })
      .end(`<Response><Errors><Error><Code>${code}</Code><Message>No.</Message></Error></Errors></Response>`);
const cut: Reply = (response) => response.socket?.destroy();
const page: Reply = (response) =>
  response.writeHead(502, { 'content-type': 'text/html' }).end('<html><p>Bad');
const silence: Reply = () => {};
const volumes: Reply = (response) =>
  response.writeHead(200).end('<DescribeVolumesResponse><volumeSet/></DescribeVolumesResponse>');

/** Asks EC2, which answers with these in turn, the last one for ever. */
async function asked(replies: readonly Reply[], { timeoutMs = 10_000, stop = new AbortController() } = {}) {
  let next = 0;
  await using server = await loopbackServer((_, response) => {
    replies[Math.min(next++, replies.length - 1)]?.(response);
  });
  const ec2 = createRegionalEc2('eu-west-1', {
    env: { AWS_ENDPOINT_URL_EC2: server.url.href },
    clock: systemClock,
    random: () => 0,
    loadCredentials: () => Promise.resolve(ok({ accessKeyId: 'x', secretAccessKey: 'x' })),
  });
  const parts = { pollMs: 5, timeoutMs, clock: systemClock, random: () => 0, stop: stop.signal };
  const patience = createPatience(parts);
  const answer = await askPatiently(
    { service: 'EC2', action: 'DescribeVolumes', subject: 'vol-1' },
    patience,
    (abortSignal) => ec2.send(new DescribeVolumesCommand({}), { abortSignal }),
  );
  patience.end();
  return { answer, requests: server.seen.length, state: patience.state() };
}

describe('a call that only reads', () => {
  it.each([
    ['throttled', refusal(503, 'RequestLimitExceeded')],
    ['in trouble', refusal(500, 'InternalError')],
    ['cut', cut],
    ['a page of something in between', page],
  ])('is made again when it was %s', async (_, trouble) => {
    const { answer, requests } = await asked([trouble, trouble, trouble, volumes]);
    expect(answer.kind).toBe('ok');
    expect(requests).toBe(4);
  });

  it.each([
    ['denied', 403, 'UnauthorizedOperation', 'denied', 'LF_AWS_DENIED', 1],
    ['missing', 400, 'InvalidVolume.NotFound', 'missing', 'LF_AWS_REFUSED', 1],
    ['refused', 400, 'InvalidParameterValue', 'invalid', 'LF_AWS_REFUSED', 1],
    // Once more: the clock is set by the first refusal.
    ['not signed well', 401, 'AuthFailure', 'credentials', 'LF_CREDENTIALS', 2],
  ])('is final when it was %s', async (_, status, code, name, fault, times) => {
    const { answer, requests } = await asked([refusal(status, code)]);
    expect(answer).toMatchObject({ kind: 'refused', class: name, code, fault: { code: fault } });
    expect(requests).toBe(times);
  });

  it('ends when the time of the command is up, in the middle of a request too', async () => {
    const { answer, state } = await asked([silence], { timeoutMs: 50 });
    expect(answer).toMatchObject({ kind: 'refused', class: 'broken' });
    expect(state).toBe('late');
  });

  it('ends when the command is stopped', async () => {
    const stop = new AbortController();
    const stopping: Reply = () => stop.abort();
    const { answer, requests, state } = await asked([stopping, volumes], { stop });
    expect(answer.kind).toBe('refused');
    expect([requests, state]).toEqual([1, 'stopped']);
  });
});

describe('--poll and --timeout', () => {
  it('are durations', () => {
    expect(readTimes({ poll: '200ms', timeout: '1h30m' })).toEqual({ pollMs: 200, timeoutMs: 5_400_000 });
    expect(acrossOptions('10m').map(({ long }) => long)).toEqual(['--state-dir', '--poll', '--timeout']);
  });

  it.each(['0s', 'soon', '-1s', '30d'])('are not %s', (poll) => {
    expect(() => readTimes({ poll, timeout: '1m' })).toThrow(`--poll ${poll}: it is no duration`);
  });
});
