import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { callsAt } from '../../support/aws-calls.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { elapse, until } from '../../support/patience.ts';
import { randomFrom } from '../../support/random.ts';
import { ListSource } from '../support/list-source.ts';
import { recordingSink, type Misdeed } from '../support/recording-sink.ts';
import { balanceOf, shipping } from '../support/shipping.ts';

const KIB = 1024;

describe('streams beside each other', () => {
  test('case 54: three destinations that deny everything do not keep a fourth from moving at any volume', async () => {
    const clock = new FakeClock();
    await using sink = await recordingSink(() => clock.now());
    sink.mischief = ({ stream }) =>
      stream === 'good' ? undefined : { kind: 'refuse', status: 400, code: 'AccessDeniedException' };
    const { streams, memory, pump, cut } = shipping({
      aws: callsAt(sink.url),
      clock,
      memoryBytes: 4 * KIB * KIB,
    });
    const sources = ['bad 1', 'bad 2', 'bad 3', 'good'].map(
      (stream) => new ListSource({ group: 'g', stream }, stream),
    );
    const lines = Array.from({ length: 6_000 }, (_, line) => `${line} `.padEnd(1_000, 'x'));
    for (const source of sources) source.add(clock.now(), ...lines);
    for (const source of sources) await pump(source);
    await elapse(
      clock,
      until(() => sink.messagesOf('good').length === lines.length),
    );
    expect(sink.messagesOf('good')).toEqual(lines);
    expect(sources.slice(0, 3).map(({ acknowledged }) => acknowledged)).toEqual([0, 0, 0]);
    // The bound, and a read of each source.
    expect(memory.heldBytes).toBeLessThan(4 * KIB * KIB + 4 * 320 * KIB);
    expect(streams.states.filter(({ trouble }) => trouble?.kind === 'denied')).toHaveLength(3);
    cut();
  });

  test('case 49: throttled for an hour at 1 MB/s, memory stays bounded and all arrives in order', async () => {
    const clock = new FakeClock();
    await using sink = await recordingSink(() => clock.now());
    const end = clock.now() + 3_600_000;
    sink.mischief = () =>
      clock.now() < end ? { kind: 'refuse', status: 400, code: 'ThrottlingException' } : undefined;
    const { memory, pump, finish, cut } = shipping({
      aws: callsAt(sink.url),
      clock,
      memoryBytes: 2 * KIB * KIB,
      random: randomFrom(49),
    });
    const source = new ListSource({ group: 'g', stream: 's' });
    const running = await pump(source);
    let written = 0;
    let most = 0;
    const throttledCalls = (): number => sink.puts.length;
    // A minute of the hour is written line by line: the rest would only wait in the source, as it would in a file.
    for (let second = 0; second < 60; second += 1) {
      source.add(clock.now(), ...Array.from({ length: 100 }, () => `${(written += 1)} `.padEnd(1_000, 'x')));
      await clock.advance(1_000);
      most = Math.max(most, memory.heldBytes);
    }
    for (let minute = 0; minute < 60; minute += 1) await settleCalls(clock, 60_000, throttledCalls);
    most = Math.max(most, memory.heldBytes);
    const during = sink.puts.length;
    await elapse(clock, finish(running));
    expect(sink.messagesOf('s').map((line) => Number.parseInt(line, 10))).toEqual(
      Array.from({ length: written }, (_, index) => index + 1),
    );
    expect(most).toBeLessThan(2 * KIB * KIB);
    // Full jitter up to a minute: about one call in 30 seconds.
    expect(during).toBeLessThan(300);
    expect(balanceOf(running)).toEqual({ read: written, placed: written });
    cut();
  });

  test('case 28: a stream that is late holds the position of its source back, and no other stream', async () => {
    const clock = new FakeClock(Date.UTC(2026, 10, 22));
    await using sink = await recordingSink(() => clock.now());
    sink.there.add('g').add('g\n2026-11-21').add('g\n2026-11-22');
    const gate = Promise.withResolvers<void>();
    sink.mischief = ({ stream }) =>
      stream === '2026-11-21' ? { kind: 'wait', until: gate.promise } : undefined;
    const { pump, finish, cut } = shipping({ aws: callsAt(sink.url), clock });
    const source = new ListSource({ group: 'g', stream: '{date}' });
    source.add(clock.now() - 1, 'before midnight');
    source.add(clock.now(), 'after midnight');
    const running = await pump(source);
    await elapse(
      clock,
      until(() => sink.messagesOf('2026-11-22').length === 1),
    );
    expect(source.acknowledged).toBe(0);
    gate.resolve();
    await elapse(clock, finish(running));
    expect(source.acknowledged).toBe(2);
    cut();
  });

  test('case 24: a stream has one batch under way, and the next waits until the one before is in a checkpoint', async () => {
    const clock = new FakeClock();
    await using sink = await recordingSink(() => clock.now());
    sink.there.add('g').add('g\ns');
    const saves: (() => void)[] = [];
    const keep = (): Promise<void> => new Promise((resolve) => saves.push(resolve));
    const { pump, finish, cut } = shipping({ aws: callsAt(sink.url), clock, keep });
    const source = new ListSource({ group: 'g', stream: 's' });
    // Three batches of 1 MiB, each later than the one before.
    for (let line = 0; line < 2_500; line += 1)
      source.add(clock.now() - 60_000 + line, `${line} `.padEnd(1_000, 'x'));
    const running = await pump(source);
    const end = finish(running);
    for (let batch = 1; batch <= 3; batch += 1) {
      await elapse(
        clock,
        until(() => saves.length === batch),
      );
      await settleCalls(clock, 60_000, () => sink.puts.length);
      expect(sink.puts).toHaveLength(batch);
      saves.at(-1)?.();
    }
    await elapse(clock, end);
    expect(sink.messagesOf('s').map((line) => Number.parseInt(line, 10))).toEqual(
      Array.from({ length: 2_500 }, (_, line) => line),
    );
    cut();
  });

  test('case 59: a date in a name is the day of each event, in UTC', async () => {
    const clock = new FakeClock(Date.UTC(2026, 10, 22));
    await using sink = await recordingSink(() => clock.now());
    const { pump, finish, cut } = shipping({ aws: callsAt(sink.url), clock });
    const source = new ListSource({ group: 'g', stream: 'i-1/{date}' });
    source.add(clock.now() - 1, 'before midnight');
    source.add(clock.now(), 'after midnight');
    const running = await pump(source);
    await elapse(clock, finish(running));
    expect(sink.messagesOf('i-1/2026-11-21')).toEqual(['before midnight']);
    expect(sink.messagesOf('i-1/2026-11-22')).toEqual(['after midnight']);
    expect(source.acknowledged).toBe(2);
    cut();
  });

  test('a second of lines is one call, and a stream with little to say makes one call in two seconds at most', async () => {
    const clock = new FakeClock();
    await using sink = await recordingSink(() => clock.now());
    sink.there.add('g').add('g\ns');
    const { pump, cut } = shipping({ aws: callsAt(sink.url), clock });
    const source = new ListSource({ group: 'g', stream: 's' });
    await pump(source);
    for (let tenth = 0; tenth < 100; tenth += 1) {
      source.add(clock.now(), `${tenth}`);
      await settleCalls(clock, 100, () => sink.received.length);
    }
    expect(sink.puts.length).toBeLessThanOrEqual(6);
    cut();
  });
});

describe('the ledger', () => {
  test('adds up whatever goes wrong, and set and order of what arrives are those of what was sent', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 40 }),
        fc.array(fc.constantFrom('fine', 'throttle', '503', 'reset', 'lose', 'denied'), { maxLength: 12 }),
        async (kinds, troubles) => {
          const clock = new FakeClock();
          await using sink = await recordingSink(() => clock.now());
          sink.mischief = ({ number }) => TROUBLES.get(troubles[number - 1] ?? '');
          sink.poison = (message) => message.startsWith('9');
          const { pump, finish, cut } = shipping({ aws: callsAt(sink.url), clock, random: randomFrom(1) });
          const source = new ListSource({ group: 'g', stream: 's' });
          const lines = kinds.map((kind, index) => `${kind} ${index}`);
          source.add(clock.now(), ...lines);
          const running = await pump(source, { exclude: ['^0'] });
          await elapse(clock, finish(running));
          const expected = lines.filter((line) => !line.startsWith('9') && !line.startsWith('0'));
          expect([...new Set(sink.messagesOf('s'))]).toEqual(expected);
          expect(source.acknowledged).toBe(lines.length);
          const { inFlight, filtered, quarantined, acknowledged } = running.ledger.document();
          expect(inFlight).toEqual({ events: 0, bytes: 0 });
          expect(filtered.events + quarantined.events + acknowledged.events).toBe(lines.length);
          cut();
        },
      ),
      { numRuns: 25 },
    );
  });
});

const TROUBLES: ReadonlyMap<string, Misdeed> = new Map([
  ['throttle', { kind: 'refuse', status: 400, code: 'ThrottlingException' }],
  ['503', { kind: 'refuse', status: 503, code: 'ServiceUnavailable' }],
  ['denied', { kind: 'refuse', status: 400, code: 'AccessDeniedException' }],
  ['reset', { kind: 'reset' }],
  ['lose', { kind: 'lose' }],
]);

/** Lets time pass, with turns for real sockets after each step. */
async function settleCalls(clock: FakeClock, ms: number, progress: () => number): Promise<void> {
  await clock.advance(ms);
  for (let before = -1; before !== progress();) {
    before = progress();
    for (let turn = 0; turn < 30; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }
}
