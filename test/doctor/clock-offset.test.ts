import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clockOffset, judgeClock } from '#agent/doctor/clock-offset.ts';
import { systemClock } from '#kit/clock.ts';

const NOW = Date.parse('2026-11-21T06:30:00Z');
const clock = { ...systemClock, now: () => NOW };
const unaborted = new AbortController().signal;

let server: Server;
let date: string | undefined;
let asked: string[];
beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.sendDate = false;
    if (date !== undefined) response.setHeader('date', date);
    response.end('token');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => server.close());

const offset = () =>
  clockOffset(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, clock, unaborted);

it.each([
  ['Sat, 21 Nov 2026 06:30:00 GMT', 0],
  // Whole seconds: it may have been 06:29:59.999.
  ['Sat, 21 Nov 2026 06:29:59 GMT', 1],
  ['Sat, 21 Nov 2026 06:29:00 GMT', 59_001],
  ['Sat, 21 Nov 2026 06:40:00 GMT', -600_000],
])('an answer of %s is %i ms', async (given, expected) => {
  date = given;
  expect(await offset()).toBe(expected);
  // IMDSv1 is never spoken, not even here.
  expect(asked).toEqual(['PUT /latest/api/token']);
});

it.each([undefined, 'yesterday'])('without a date that can be read (%s) nothing is known', async (given) => {
  date = given;
  expect(await offset()).toBeUndefined();
});

it('without an answer nothing is known', async () => {
  expect(await clockOffset('http://127.0.0.1:9', clock, unaborted)).toBeUndefined();
});

describe('the verdict', () => {
  it.each([0, 59_999, -59_999])('%i ms is in order', (ms) => expect(judgeClock(ms).level).toBe('ok'));
  it.each([60_000, -299_999])('%i ms is a warning', (ms) => expect(judgeClock(ms).level).toBe('warning'));

  it('from five minutes on AWS refuses signatures', () => {
    expect(judgeClock(300_000)).toMatchObject({ level: 'failure', code: 'LF_CREDENTIALS' });
    expect(judgeClock(-400_400).says).toBe('sign requests: the clock is 400 s behind');
    expect(judgeClock(-400_400).wayOut).toContain('169.254.169.123');
  });
});
