import diagnosticsChannel from 'node:diagnostics_channel';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Imds } from '#agent/identity/imds.ts';
import { judgeTokenRequest } from '#agent/identity/imds-verdict.ts';
import type { Clock } from '#kit/clock.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { freePort } from '../support/free-port.ts';
import { ImdsServer, type ImdsFault } from '../support/imds-server.ts';
import { finish, until } from '../support/patience.ts';

const ITEM = 'meta-data/instance-id';
const PATH = `latest/${ITEM}`;

async function scene() {
  const clock = new FakeClock();
  const server = await ImdsServer.start(clock);
  server.items.set(ITEM, 'i-0abc');
  const imds = new Imds(server.endpoint, { clock, random: () => 0 });
  return { clock, server, imds };
}

type Row = readonly [ImdsFault, { kind: string; code: string; cause: RegExp; requests: number }];

const status = (code: number, body?: string): ImdsFault =>
  body === undefined ? { kind: 'status', status: code } : { kind: 'status', status: code, body };

const ANY_REQUEST: readonly Row[] = [
  [status(403), { kind: 'fail', code: 'LF_IMDS_DISABLED', cause: /403/, requests: 1 }],
  [status(429), { kind: 'retry', code: 'LF_IMDS_THROTTLED', cause: /429/, requests: 3 }],
  [status(500), { kind: 'retry', code: 'LF_IMDS_THROTTLED', cause: /500/, requests: 3 }],
  [status(503), { kind: 'retry', code: 'LF_IMDS_THROTTLED', cause: /503/, requests: 3 }],
  [status(400), { kind: 'fail', code: 'LF_IMDS_MALFORMED', cause: /400/, requests: 1 }],
  [status(302), { kind: 'fail', code: 'LF_IMDS_MALFORMED', cause: /302/, requests: 1 }],
  [{ kind: 'reset' }, { kind: 'retry', code: 'LF_IMDS_UNREACHABLE', cause: /cut/, requests: 3 }],
  [{ kind: 'truncate' }, { kind: 'retry', code: 'LF_IMDS_UNREACHABLE', cause: /cut/, requests: 3 }],
  [
    { kind: 'oversize', bytes: 1024 * 1024 + 1 },
    { kind: 'fail', code: 'LF_IMDS_MALFORMED', cause: /longer than 1048576 bytes/, requests: 1 },
  ],
];

const TOKEN_REQUEST: readonly Row[] = [
  [
    { kind: 'tokenless', status: 404 },
    { kind: 'fail', code: 'LF_IMDS_V1_ONLY', cause: /404/, requests: 1 },
  ],
  [
    { kind: 'tokenless', status: 405 },
    { kind: 'fail', code: 'LF_IMDS_V1_ONLY', cause: /405/, requests: 1 },
  ],
  [status(501), { kind: 'fail', code: 'LF_IMDS_V1_ONLY', cause: /501/, requests: 1 }],
  [status(200, ''), { kind: 'fail', code: 'LF_IMDS_MALFORMED', cause: /no session token/, requests: 1 }],
  [
    status(200, '<h1>It works</h1>\n'),
    { kind: 'fail', code: 'LF_IMDS_MALFORMED', cause: /no session token/, requests: 1 },
  ],
];

describe.each([
  ['a request for a token', 'PUT', [...ANY_REQUEST, ...TOKEN_REQUEST]],
  ['a read', 'GET', ANY_REQUEST],
] as const)('%s that meets', (_name, method, rows) => {
  test.each(rows)('%o', async (fault, expected) => {
    const { imds, clock, server } = await scene();
    server.fault = (request) => (request.method === method ? fault : undefined);
    const outcome = await finish(clock, imds.read(PATH));
    expect(outcome).toMatchObject({
      kind: expected.kind,
      fault: { code: expected.code, cause: expect.stringMatching(expected.cause) },
    });
    expect(server.log.filter((request) => request.method === method)).toHaveLength(expected.requests);
  });

  test('a passing fault succeeds in the end', async () => {
    const { imds, clock, server } = await scene();
    let faults = 2;
    server.fault = (request) => {
      if (request.method !== method || faults === 0) return undefined;
      faults -= 1;
      return faults === 1 ? { kind: 'reset' } : { kind: 'status', status: 503 };
    };
    expect(await finish(clock, imds.read(PATH))).toEqual({ kind: 'ok', value: 'i-0abc' });
  });
});

describe('silence', () => {
  test.each([
    [
      'after the request for a token',
      'PUT',
      { kind: 'hang' },
      'no answer: hop limit? (connected, then silent for 1000 ms)',
    ],
    ['after the headers of a token', 'PUT', { kind: 'stall' }, 'the answer did not end within 1000 ms'],
    ['after a read', 'GET', { kind: 'hang' }, 'no answer within 1000 ms'],
    ['in the middle of an item', 'GET', { kind: 'stall' }, 'the answer did not end within 1000 ms'],
  ] as const)('%s is given one second, three times', async (_case, method, fault, cause) => {
    const { imds, clock, server } = await scene();
    server.fault = (request) => (request.method === method ? fault : undefined);
    const asked = () => server.log.filter((request) => request.method === method).length;
    const answers = countAnswers();
    const before = method === 'GET' ? 1 : 0;
    const read = imds.read(PATH);
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await until(
        () => asked() === attempt && answers.seen === before + (fault.kind === 'stall' ? attempt : 0),
      );
      await clock.advance(999);
      expect(clock.sleeping).toBe(1);
      await clock.advance(1);
      if (attempt < 3) await clock.advance(0);
    }
    expect(await read).toMatchObject({ kind: 'retry', fault: { code: 'LF_IMDS_UNREACHABLE', cause } });
    expect(asked()).toBe(3);
    await until(() => server.open === 0); // no connection is left waiting
  });

  test('after a token request comes with the command that raises the hop limit', async () => {
    const { clock, server } = await scene();
    const imds = new Imds(server.endpoint, { clock, random: () => 0, timeoutMs: 50, attempts: 1 });
    server.fault = () => ({ kind: 'hang' });
    const read = imds.read(PATH);
    await until(() => server.tokenRequests === 1);
    await clock.advance(50);
    expect(await read).toMatchObject({
      fault: {
        hint: expect.stringContaining('modify-instance-metadata-options'),
        subject: `${server.endpoint}/latest/api/token`,
      },
    });
    expect(await read).toMatchObject({
      fault: { hint: expect.stringContaining('--http-put-response-hop-limit 2') },
    });
  });

  test('before a connection stands is told apart from a hop limit', () => {
    const ask = { method: 'PUT', url: 'http://host/latest/api/token', headers: {} } as const;
    const verdict = judgeTokenRequest(ask, { kind: 'silence', stage: 'connecting', timeoutMs: 1000 });
    expect(verdict).toMatchObject({
      kind: 'retry',
      fault: { code: 'LF_IMDS_UNREACHABLE', cause: 'no connection within 1000 ms' },
    });
  });
});

describe('no service at all', () => {
  test('a port where nothing listens is unreachable, and no hop limit is blamed', async () => {
    const clock = new FakeClock();
    const imds = new Imds(`http://127.0.0.1:${await freePort()}`, { clock, random: () => 0 });
    const outcome = await finish(clock, imds.read(PATH));
    expect(outcome).toMatchObject({
      kind: 'retry',
      fault: { code: 'LF_IMDS_UNREACHABLE', cause: 'connection refused' },
    });
  });

  test.each(['EHOSTUNREACH', 'ENETUNREACH'])('a host without a route (%s) says so', (errno) => {
    const ask = { method: 'PUT', url: 'http://host/latest/api/token', headers: {} } as const;
    expect(judgeTokenRequest(ask, { kind: 'broken', errno })).toMatchObject({
      kind: 'retry',
      fault: { code: 'LF_IMDS_UNREACHABLE', cause: `no route (${errno})` },
    });
  });
});

test('retries wait with full jitter, up to twice as long each time', async () => {
  const slept: number[] = [];
  const clock = new FakeClock();
  const hasty: Clock = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    sleep: async (ms, signal) => {
      if (ms === 1000) return clock.sleep(ms, signal);
      slept.push(ms);
    },
  };
  const server = await ImdsServer.start(clock);
  server.fault = () => ({ kind: 'status', status: 503 });
  await new Imds(server.endpoint, { clock: hasty, random: () => 0.75, attempts: 6 }).read(PATH);
  expect(slept).toEqual([75, 150, 300, 600, 750]);
});

/** Counts the answers whose headers have come in, which nothing else shows while the body is on its way. */
function countAnswers(): { readonly seen: number } {
  const count = { seen: 0 };
  const note = (): void => {
    count.seen += 1;
  };
  diagnosticsChannel.subscribe('http.client.response.finish', note);
  onTestFinished(() => {
    diagnosticsChannel.unsubscribe('http.client.response.finish', note);
  });
  return count;
}
