import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { LogShipper } from '#agent/logs/log-shipper.ts';
import { callsAt } from '../support/aws-calls.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { elapse, until } from '../support/patience.ts';
import { silentLogger } from '#kit/logger.ts';
import { loggerTo } from './support/noted-log.ts';
import { recordingSink } from './support/recording-sink.ts';
import { entry, FACTS, shipperLab } from './support/shipper-lab.ts';

const lines = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from }, (_, index) => `line ${from + index}`);

/** Of the clock of the test: files are real, and take turns of the event loop rather than time of it. */
const PATIENCE_MS = 3_600_000;

describe('the shipper', () => {
  test('lines of files arrive, in order, and the ledger adds up', async () => {
    const clock = new FakeClock();
    using lab = shipperLab();
    await using sink = await recordingSink(() => clock.now());
    const shipper = lab.start({ aws: callsAt(sink.url), clock });
    lab.write('a.log', ...lines(0, 500));
    const plan = [
      entry('app', { path: `${lab.folder}/*.log`, group: '/{environment}/{role}', retention: '30d' }),
    ];
    expect(await elapse(clock, shipper.reconfigure(plan, FACTS))).toMatchObject({ kind: 'ok' });
    await elapse(
      clock,
      until(() => sink.received.length === 500),
    );
    lab.write('a.log', ...lines(500, 600));
    await elapse(
      clock,
      until(() => sink.received.length === 600),
    );
    expect(await elapse(clock, shipper.drain(PATIENCE_MS))).toEqual({ unsettled: 0 });
    expect(sink.messagesOf('i-1')).toEqual(lines(0, 600));
    expect(sink.received[0]?.group).toBe('/prod/web');
    expect(ledgerOf(shipper)).toMatchObject({
      read: { events: 600 },
      acknowledged: { events: 600 },
      inFlight: { events: 0 },
    });
  });

  test('case 27: stopped during an outage, nothing unsent is acknowledged; the next start sends all of it', async () => {
    const clock = new FakeClock();
    using lab = shipperLab();
    await using sink = await recordingSink(() => clock.now());
    const plan = [entry('app', { path: `${lab.folder}/*.log`, group: 'g' })];
    const first = lab.start({ aws: callsAt(sink.url), clock });
    lab.write('a.log', ...lines(0, 100));
    await elapse(clock, first.reconfigure(plan, FACTS));
    await elapse(
      clock,
      until(() => sink.received.length === 100),
    );
    await clock.advance(2_000);
    sink.mischief = () => ({ kind: 'reset' });
    lab.write('a.log', ...lines(100, 200));
    await elapse(
      clock,
      until(() => ledgerOf(first).read.events === 200),
    );
    const { unsettled } = await elapse(clock, first.drain(5_000));
    expect(unsettled).toBe(100);

    sink.mischief = () => undefined;
    const second = lab.start({ aws: callsAt(sink.url), clock });
    await elapse(clock, second.reconfigure(plan, FACTS));
    await elapse(
      clock,
      until(() => sink.received.length >= 200),
    );
    await elapse(clock, second.drain(PATIENCE_MS));
    expect(sink.messagesOf('i-1')).toEqual(lines(0, 200));
  });

  test('case 26: checkpoints that cannot be written stop no shipping, and are told once', async () => {
    const clock = new FakeClock();
    using lab = shipperLab();
    await using sink = await recordingSink(() => clock.now());
    lab.checkpoints.isFull = true;
    const errors: string[] = [];
    const logger = loggerTo(errors);
    const shipper = lab.start({ aws: callsAt(sink.url), clock, logger });
    await elapse(
      clock,
      shipper.reconfigure([entry('app', { path: `${lab.folder}/*.log`, group: 'g' })], FACTS),
    );
    for (const line of lines(0, 5)) {
      lab.write('a.log', line);
      await elapse(
        clock,
        until(() => sink.messagesOf('i-1').includes(line)),
      );
      await clock.advance(2_000);
    }
    expect(errors).toEqual(['log checkpoints cannot be written: a restart would send logs again']);
    expect(shipper.status()['checkpoints']).toBe('failing');
    lab.checkpoints.isFull = false;
    await elapse(
      clock,
      until(() => lab.checkpoints.kept.size === 1),
    );
    expect(shipper.status()['checkpoints']).toBe('ok');
    await elapse(clock, shipper.drain(PATIENCE_MS));
    expect(sink.messagesOf('i-1')).toEqual(lines(0, 5));
  });

  test('case 59: what is added, removed and changed in the plan leaves the rest alone, and offsets are kept', async () => {
    const clock = new FakeClock();
    using lab = shipperLab();
    await using sink = await recordingSink(() => clock.now());
    const shipper = lab.start({ aws: callsAt(sink.url), clock });
    const app = (more: object = {}) =>
      entry('app', { path: `${lab.folder}/app.log`, group: 'g', stream: 'app', ...more });
    const web = entry('web', { path: `${lab.folder}/web.log`, group: 'g', stream: 'web' });
    lab.write('app.log', ...lines(0, 10));
    lab.write('web.log', ...lines(0, 10));
    await elapse(clock, shipper.reconfigure([app()], FACTS));
    await elapse(
      clock,
      until(() => sink.messagesOf('app').length === 10),
    );
    await elapse(clock, shipper.reconfigure([app(), web], FACTS));
    await elapse(
      clock,
      until(() => sink.messagesOf('web').length === 10),
    );
    lab.write('app.log', ...lines(10, 20));
    await elapse(clock, shipper.reconfigure([app({ filter: { exclude: '5$' } }), web], FACTS));
    await elapse(
      clock,
      until(() => sink.messagesOf('app').includes('line 19')),
    );
    await elapse(clock, shipper.reconfigure([web], FACTS));
    lab.write('app.log', ...lines(20, 30));
    await elapse(clock, shipper.reconfigure([app(), web], FACTS));
    await elapse(
      clock,
      until(() => sink.messagesOf('app').includes('line 29')),
    );
    await elapse(clock, shipper.drain(PATIENCE_MS));
    const arrived = sink.messagesOf('app');
    expect(new Set(arrived).size).toBe(arrived.length);
    expect(arrived.filter((line) => line !== 'line 15')).toEqual(
      lines(0, 30).filter((line) => line !== 'line 15'),
    );
    expect(sink.messagesOf('web')).toEqual(lines(0, 10));
  });

  test('case 42: a plan that is wrong changes nothing', async () => {
    const clock = new FakeClock();
    using lab = shipperLab();
    await using sink = await recordingSink(() => clock.now());
    const shipper = lab.start({ aws: callsAt(sink.url), clock });
    const settings = { path: `${lab.folder}/*.log`, group: 'g' };
    await elapse(clock, shipper.reconfigure([entry('app', settings)], FACTS));
    const refused = await elapse(
      clock,
      shipper.reconfigure([entry('app', { ...settings, multiline: { start: '(' } })], FACTS),
    );
    expect(refused.kind).toBe('fail');
    lab.write('a.log', 'still here');
    await elapse(
      clock,
      until(() => sink.messagesOf('i-1').includes('still here')),
    );
    await elapse(clock, shipper.drain(PATIENCE_MS));
  });

  test('case 57: an entry whose name needs a tag waits for it, and loses nothing meanwhile', async () => {
    const clock = new FakeClock();
    using lab = shipperLab();
    await using sink = await recordingSink(() => clock.now());
    const shipper = lab.start({ aws: callsAt(sink.url), clock });
    const plan = [entry('app', { path: `${lab.folder}/*.log`, group: '/{role}/app' })];
    lab.write('a.log', ...lines(0, 10));
    await elapse(clock, shipper.reconfigure(plan, { ...FACTS, role: undefined }));
    await clock.advance(10_000);
    expect(shipper.status()['waiting']).toEqual([{ entry: 'app', needs: '{role}' }]);
    expect(sink.calls).toEqual([]);
    await elapse(clock, shipper.reconfigure(plan, FACTS));
    await elapse(
      clock,
      until(() => sink.received.length === 10),
    );
    await elapse(clock, shipper.drain(PATIENCE_MS));
    expect(new Set(sink.received.map(({ group }) => group))).toEqual(new Set(['/web/app']));
  });

  test('case 60: the agent ships its own log, and trouble with shipping does not feed on itself', async () => {
    const clock = new FakeClock();
    using lab = shipperLab();
    await using sink = await recordingSink(() => clock.now());
    const said: string[] = [];
    const logger = loggerTo(said);
    const shipper = lab.start({ aws: callsAt(sink.url), clock, logger });
    const own = shipper.ownLog.tee(logger);
    sink.mischief = ({ number }) =>
      number < 30 ? { kind: 'refuse', status: 500, code: 'InternalFailure' } : undefined;
    await elapse(clock, shipper.reconfigure([entry('self', { agent: true, group: 'g' })], FACTS));
    own.warn('the source is denied', { code: 'LF_SOURCE_DENIED' });
    await elapse(
      clock,
      until(() => sink.received.length > 0),
    );
    await elapse(clock, shipper.drain(PATIENCE_MS));
    expect(sink.received.map(({ message }) => JSON.parse(message) as object)).toMatchObject([
      { level: 'warn', msg: 'the source is denied', code: 'LF_SOURCE_DENIED' },
    ]);
    expect(said).toContain('logs are held back');
  });

  test('case 60: a loop in the agent becomes no bill: records are limited, and those left out counted', async () => {
    const clock = new FakeClock();
    using lab = shipperLab();
    await using sink = await recordingSink(() => clock.now());
    const shipper = lab.start({ aws: callsAt(sink.url), clock });
    const own = shipper.ownLog.tee(silentLogger);
    await elapse(clock, shipper.reconfigure([entry('self', { agent: true, group: 'g' })], FACTS));
    for (let record = 0; record < 1_000; record += 1) own.info(`${record}`);
    await elapse(
      clock,
      until(() => sink.received.length >= 200),
    );
    await elapse(clock, shipper.drain(PATIENCE_MS));
    const { lost, read, acknowledged } = ledgerOf(shipper);
    expect(sink.received).toHaveLength(200);
    expect([acknowledged.events, lost['rateLimited']?.events, read.events]).toEqual([200, 800, 1_000]);
  });

  test('what goes by at the very end is read before the agent ends', async () => {
    const clock = new FakeClock();
    using lab = shipperLab();
    await using sink = await recordingSink(() => clock.now());
    const shipper = lab.start({ aws: callsAt(sink.url), clock });
    writeFileSync(join(lab.folder, 'a.log'), 'first\n');
    await elapse(
      clock,
      shipper.reconfigure([entry('app', { path: `${lab.folder}/*.log`, group: 'g' })], FACTS),
    );
    await elapse(
      clock,
      until(() => sink.received.length === 1),
    );
    lab.write('a.log', 'last words');
    await elapse(clock, shipper.drain(PATIENCE_MS));
    expect(sink.messagesOf('i-1')).toEqual(['first', 'last words']);
  });
});

interface Counted {
  readonly events: number;
}

function ledgerOf(shipper: LogShipper) {
  const entries = shipper.status()['entries'] as readonly {
    readonly ledger: {
      readonly read: Counted;
      readonly acknowledged: Counted;
      readonly inFlight: Counted;
      readonly lost: Readonly<Record<string, Counted>>;
    };
  }[];
  const [first] = entries;
  if (!first) throw new Error('no entry');
  return first.ledger;
}
