import { describe, expect, test } from 'vitest';
import type { AwsCalls } from '#agent/aws/aws-calls.ts';
import { callsAt } from '../../support/aws-calls.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { elapse, until } from '../../support/patience.ts';
import { documentationKeys } from '../../support/pinned.ts';
import { loggerTo } from '../support/noted-log.ts';
import { ListSource } from '../support/list-source.ts';
import { recordingSink, type Misdeed, type RecordingSink } from '../support/recording-sink.ts';
import { balanceOf, NO_WISH, shipping } from '../support/shipping.ts';

const TO = { group: '/prod/web/app', stream: 'i-1' };
const LINES = Array.from({ length: 30 }, (_, line) => `line ${line}`);

/** Ships `lines`, and checks what every test ends with: all of it arrived, in order, and the ledger adds up. */
async function ship(
  sink: RecordingSink,
  clock: FakeClock,
  lines: readonly string[] = LINES,
  aws: AwsCalls = callsAt(sink.url),
) {
  const { pump, finish, cut } = shipping({ aws, clock });
  const source = new ListSource(TO);
  const running = await pump(source);
  source.add(clock.now(), ...lines);
  await elapse(clock, finish(running));
  const { read, placed } = balanceOf(running);
  expect(placed).toBe(read);
  expect(running.unsettled).toBe(0);
  expect(source.acknowledged).toBe(lines.length);
  cut();
  return { running, source };
}

function first(times: number, misdeed: Misdeed): RecordingSink['mischief'] {
  return ({ number }) => (number <= times ? misdeed : undefined);
}

describe('what passes by itself', () => {
  test.for<[string, Misdeed]>([
    ['503', { kind: 'refuse', status: 503, code: 'ServiceUnavailableException' }],
    ['500', { kind: 'refuse', status: 500, code: 'InternalFailure' }],
    ['throttling', { kind: 'refuse', status: 400, code: 'ThrottlingException' }],
    ['a reset', { kind: 'reset' }],
    ['a portal in HTML', { kind: 'answer', body: '<html>log in</html>', type: 'text/html' }],
    ['a portal in JSON', { kind: 'answer', body: '{"login":"/portal"}', type: 'application/json' }],
    ['an expired token', { kind: 'refuse', status: 400, code: 'ExpiredTokenException' }],
    ['a clock that is off', { kind: 'refuse', status: 400, code: 'InvalidSignatureException' }],
    ['denied access', { kind: 'refuse', status: 400, code: 'AccessDeniedException' }],
    ['a quota', { kind: 'refuse', status: 400, code: 'LimitExceededException' }],
    ['an unknown refusal', { kind: 'refuse', status: 400, code: 'NobodyKnowsThis' }],
    ['a token of old endpoints', { kind: 'refuse', status: 400, code: 'InvalidSequenceTokenException' }],
  ])('case 50: %s, 20 times in a row, loses nothing', async ([, misdeed]) => {
    const clock = new FakeClock();
    await using sink = await recordingSink(() => clock.now());
    sink.mischief = first(20, misdeed);
    await ship(sink, clock);
    expect(sink.messagesOf('i-1')).toEqual(LINES);
  });

  test('case 50: an answer that is lost after the batch was taken makes a duplicate, never a loss', async () => {
    const clock = new FakeClock();
    await using sink = await recordingSink(() => clock.now());
    sink.mischief = ({ number }) => (number === 2 ? { kind: 'lose' } : undefined);
    await ship(sink, clock);
    expect(sink.messagesOf('i-1')).toEqual([...LINES, ...LINES]);
  });

  test('case 50: data that is there already counts as taken', async () => {
    const clock = new FakeClock();
    await using sink = await recordingSink(() => clock.now());
    sink.mischief = ({ number }) =>
      number === 1 ? { kind: 'refuse', status: 400, code: 'DataAlreadyAcceptedException' } : undefined;
    const { running } = await ship(sink, clock);
    expect(running.ledger.document().acknowledged.events).toBe(LINES.length);
  });

  test.for(['ExpiredTokenException', 'UnrecognizedClientException', 'InvalidSignatureException'])(
    'case 55: keys that were refused with %s are asked for anew',
    async (code) => {
      const clock = new FakeClock();
      await using sink = await recordingSink(() => clock.now());
      sink.mischief = first(3, { kind: 'refuse', status: 403, code });
      const credentials = documentationKeys();
      await ship(sink, clock, LINES, callsAt(sink.url, { credentials }));
      expect(credentials.invalidations).toBe(3);
      expect(sink.messagesOf('i-1')).toEqual(LINES);
    },
  );
});

describe('events that AWS refuses', () => {
  test('case 53: of one poisoned event in 10,000 only it is left out', async () => {
    const clock = new FakeClock();
    await using sink = await recordingSink(() => clock.now());
    const lines = Array.from({ length: 10_000 }, (_, line) => `line ${line}`);
    sink.poison = (message) => message === 'line 7777';
    const { running } = await ship(sink, clock, lines);
    expect(sink.messagesOf('i-1')).toEqual(lines.filter((line) => line !== 'line 7777'));
    const { quarantined, samples } = running.ledger.document();
    expect(quarantined.events).toBe(1);
    expect(samples).toEqual([
      { at: expect.any(Number), bytes: 9, end: 7778, code: 'InvalidParameterException' },
    ]);
  });

  test('case 53: what refuses every event is not the events: the stream waits, and goes on when it is over', async () => {
    const clock = new FakeClock();
    await using sink = await recordingSink(() => clock.now());
    const end = clock.now() + 3_600_000;
    sink.mischief = () =>
      clock.now() < end ? { kind: 'refuse', status: 400, code: 'InvalidParameterException' } : undefined;
    const lines = Array.from({ length: 500 }, (_, line) => `line ${line}`);
    const { running } = await ship(sink, clock, lines);
    expect(running.ledger.document().quarantined.events).toBe(100);
    expect(sink.messagesOf('i-1')).toEqual(lines.slice(100));
  });

  test('case 53: a proxy that takes small bodies only gets small ones, and no event is given up', async () => {
    const clock = new FakeClock();
    await using sink = await recordingSink(() => clock.now());
    const large = { kind: 'answer', status: 413, body: '<html>too large</html>', type: 'text/html' } as const;
    sink.mischief = ({ number, messages }) => (number < 20 || messages.length > 4 ? large : undefined);
    const { running } = await ship(sink, clock);
    expect(sink.messagesOf('i-1')).toEqual(LINES);
    expect(running.ledger.document().quarantined.events).toBe(0);
  });

  test('case 46: too old and too new ones are counted by cause, the others land, the position moves on', async () => {
    const clock = new FakeClock();
    await using sink = await recordingSink(() => clock.now());
    const day = 86_400_000;
    const { pump, finish } = shipping({ aws: callsAt(sink.url), clock });
    const source = new ListSource(TO);
    source.add(clock.now() - 15 * day, 'old 1', 'old 2');
    source.add(clock.now(), 'good 1', 'good 2');
    source.add(clock.now() + 3 * 3_600_000, 'future');
    const running = await pump(source);
    await elapse(clock, finish(running));
    expect(sink.messagesOf('i-1')).toEqual(['good 1', 'good 2']);
    const { rejected, acknowledged } = running.ledger.document();
    expect([rejected.tooOld.events, rejected.tooNew.events, acknowledged.events]).toEqual([2, 1, 2]);
    expect(source.acknowledged).toBe(5);
    expect(balanceOf(running).placed).toBe(5);
  });

  test('case 46: with restamping all of them land, as of now', async () => {
    const clock = new FakeClock();
    await using sink = await recordingSink(() => clock.now());
    const { pump, finish } = shipping({ aws: callsAt(sink.url), clock });
    const source = new ListSource(TO);
    source.add(0, 'from 1970');
    source.add(clock.now() + 3 * 3_600_000, 'future');
    const running = await pump(source, { outOfRange: 'restamp' });
    await elapse(clock, finish(running));
    expect(sink.messagesOf('i-1')).toEqual(['from 1970', 'future']);
  });

  test('case 47: two days old where one is kept is told as expired', async () => {
    const clock = new FakeClock();
    await using sink = await recordingSink(() => clock.now(), 1);
    const { pump, finish } = shipping({ aws: callsAt(sink.url), clock });
    const source = new ListSource(TO);
    source.add(clock.now() - 2 * 86_400_000, 'expired');
    source.add(clock.now(), 'good');
    const running = await pump(source);
    await elapse(clock, finish(running));
    expect(sink.messagesOf('i-1')).toEqual(['good']);
    expect(running.ledger.document().rejected.expired.events).toBe(1);
  });

  test('case 48: a backlog of weeks is left out where a largest age is set, and ends', async () => {
    const clock = new FakeClock();
    await using sink = await recordingSink(() => clock.now());
    const { pump, finish } = shipping({ aws: callsAt(sink.url), clock });
    const source = new ListSource(TO);
    for (let day = 30; day > 0; day -= 1) source.add(clock.now() - day * 86_400_000, `day ${day}`);
    const running = await pump(source, { maxAgeMs: 7.5 * 86_400_000 });
    await elapse(clock, finish(running));
    expect(sink.messagesOf('i-1')).toEqual(['day 7', 'day 6', 'day 5', 'day 4', 'day 3', 'day 2', 'day 1']);
    expect(running.ledger.document().filtered.events).toBe(23);
    expect(source.acknowledged).toBe(30);
  });
});

describe('groups and streams', () => {
  test('case 51: both are created when they are missing, and again when they are deleted', async () => {
    const clock = new FakeClock();
    await using sink = await recordingSink(() => clock.now());
    await ship(sink, clock);
    sink.there.clear();
    await ship(sink, clock);
    expect(sink.messagesOf('i-1')).toEqual([...LINES, ...LINES]);
    expect(sink.calls.filter(({ action }) => action === 'CreateLogGroup')).toHaveLength(2);
  });

  test('case 51: somebody else creates the group and the stream meanwhile', async () => {
    const clock = new FakeClock();
    await using sink = await recordingSink(() => clock.now());
    sink.mischief = ({ number, group, stream }) => {
      sink.there.add(group).add(`${group}\n${stream}`);
      return number === 1 ? { kind: 'refuse', status: 400, code: 'ResourceNotFoundException' } : undefined;
    };
    await ship(sink, clock);
    expect(sink.messagesOf('i-1')).toEqual(LINES);
  });

  test.for<[string, string]>([
    ['CreateLogStream', 'ThrottlingException'],
    ['CreateLogStream', 'ServiceUnavailableException'],
    ['CreateLogStream', 'OperationAbortedException'],
    ['CreateLogStream', 'AccessDeniedException'],
    ['CreateLogGroup', 'ThrottlingException'],
    ['CreateLogGroup', 'OperationAbortedException'],
    ['CreateLogGroup', 'LimitExceededException'],
    ['CreateLogGroup', 'AccessDeniedException'],
    ['CreateLogGroup', 'InvalidParameterException'],
    ['CreateLogGroup', 'ExpiredTokenException'],
  ])('case 51: %s that is refused with %s is tried again, and nothing is lost', async ([action, code]) => {
    const clock = new FakeClock();
    await using sink = await recordingSink(() => clock.now());
    sink.refusals.set(action, { status: 400, code });
    const shipped = ship(sink, clock);
    await until(() => sink.calls.filter((call) => call.action === action).length === 5);
    sink.refusals.clear();
    await shipped;
    expect(sink.messagesOf('i-1')).toEqual(LINES);
  });

  test('case 52: a retention that is denied is warned of once, and logs are shipped', async () => {
    const clock = new FakeClock();
    await using sink = await recordingSink(() => clock.now());
    sink.there.add(TO.group).add(`${TO.group}\n${TO.stream}`);
    sink.refusals.set('CreateLogGroup', { status: 400, code: 'AccessDeniedException' });
    sink.refusals.set('PutRetentionPolicy', { status: 400, code: 'AccessDeniedException' });
    const warnings: string[] = [];
    const { pump, finish } = shipping({ aws: callsAt(sink.url), clock, logger: loggerTo(warnings) });
    const source = new ListSource(TO);
    const running = await pump(source, {}, { ...NO_WISH, retentionDays: 30 });
    for (const line of ['one', 'two']) {
      source.add(clock.now(), line);
      await elapse(
        clock,
        until(() => sink.messagesOf('i-1').includes(line)),
      );
      await clock.advance(20_000);
    }
    await elapse(
      clock,
      until(() => warnings.length > 0),
    );
    await elapse(clock, finish(running));
    expect(warnings).toEqual(['a log group is not as the plan has it; its logs are shipped all the same']);
    expect(sink.messagesOf('i-1')).toEqual(['one', 'two']);
  });

  test('a group that is created gets retention, key, tags and class', async () => {
    const clock = new FakeClock();
    await using sink = await recordingSink(() => clock.now());
    const { pump, finish } = shipping({ aws: callsAt(sink.url), clock });
    const source = new ListSource(TO);
    source.add(clock.now(), 'x');
    const wish = {
      entry: 'app',
      retentionDays: 30,
      kmsKey: 'arn:k',
      tags: { team: 'pay' },
      class: 'INFREQUENT_ACCESS',
      metricFilters: undefined,
    } as const;
    const running = await pump(source, {}, wish);
    await elapse(clock, finish(running));
    await elapse(
      clock,
      until(() => sink.calls.some(({ action }) => action === 'PutRetentionPolicy')),
    );
    const bodies = new Map(sink.calls.map(({ action, body }) => [action, body]));
    expect(bodies.get('CreateLogGroup')).toEqual({
      logGroupName: TO.group,
      kmsKeyId: 'arn:k',
      tags: { team: 'pay' },
      logGroupClass: 'INFREQUENT_ACCESS',
    });
    expect(bodies.get('PutRetentionPolicy')).toEqual({ logGroupName: TO.group, retentionInDays: 30 });
  });
});
