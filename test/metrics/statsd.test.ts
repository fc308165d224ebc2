import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import * as fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Aggregator } from '#agent/metrics/base/aggregator.ts';
import { seriesOf } from '#agent/metrics/base/series.ts';
import {
  createStatsdIntake,
  takePacket,
  udpDrops,
  type StatsdCounts,
} from '#agent/metrics/statsd/statsd-intake.ts';
import { parseStatsdLine } from '#agent/metrics/statsd/statsd-line.ts';
import { StatsdTable, type StatsdTableOptions } from '#agent/metrics/statsd/statsd-table.ts';
import { silentLogger } from '#kit/logger.ts';
import { FakeClock } from '../support/fake-clock.ts';

const seriesFor: StatsdTableOptions['seriesFor'] = (name, unit, dimensions) =>
  seriesOf('N', name, unit, dimensions);

function bench(maxSeries = 100, tags?: readonly string[]) {
  const aggregator = new Aggregator({ windowMs: 60_000, highResolution: false });
  const table = new StatsdTable({ aggregator, maxSeries, tags, seriesFor });
  const counts: StatsdCounts = { packets: 0, samples: 0, malformed: 0, ignored: 0, kernelDrops: 0 };
  const take = (text: string, now = 0): void => takePacket(Buffer.from(text), table, counts, now);
  const told = (): Record<string, unknown> => {
    table.flush();
    return Object.fromEntries(
      aggregator.closeAll().map(({ datum }) => {
        const tags_ = datum.Dimensions.map(({ Name, Value }) => `${Name}=${Value}`).join(',');
        const value = datum.Value ?? { values: datum.Values, counts: datum.Counts };
        return [`${datum.MetricName}{${tags_}}@${datum.Timestamp}`, value];
      }),
    );
  };
  return { aggregator, table, counts, take, told };
}

describe('case 73: statsd', () => {
  it('adds counters up, by their sample rates', () => {
    const { take, told } = bench();
    take('hits:1|c\nhits:2|c|@0.1\n');
    expect(told()).toEqual({ 'hits{}@0': 21 });
  });

  it('gauges: the last value of a window, deltas on top of it, over windows as well', () => {
    const { take, told } = bench();
    take('g:10|g\ng:+5|g\ng:-3|g\n');
    expect(told()).toEqual({ 'g{}@0': 12 });
    expect(told()).toEqual({});
    take('g:+1|g', 60_000);
    expect(told()).toEqual({ 'g{}@60': 13 });
  });

  it('timers and distributions keep their values, and count by their sample rates', () => {
    const { take, told } = bench();
    take('t:5|ms|@0.5\nt:7:7|ms\nd:1.5|d\nh:2|h');
    expect(told()).toEqual({ 't{}@0': { values: [5, 7], counts: [2, 2] }, 'd{}@0': 1.5, 'h{}@0': 2 });
  });

  it('sets count distinct members', () => {
    const { take, told } = bench();
    take('u:a|s\nu:b|s\nu:a|s\nu:x:y|s');
    expect(told()).toEqual({ 'u{}@0': 3 });
  });

  it('DogStatsD tags become dimensions; container is passed over; events are none of ours', () => {
    const { take, told, counts } = bench();
    take('r:1|c|#route:/a:b,flag|c:ci-1f0d|e:it-false,cn-web|card:low\n_e{5,4}:title|text\n_sc|name|0');
    expect(told()).toEqual({ 'r{flag=true,route=/a:b}@0': 1 });
    expect(counts).toMatchObject({ ignored: 2, malformed: 0 });
  });

  it('a counter or gauge with a time is told for that time, within what CloudWatch takes', () => {
    const now = 1_780_000_000_000;
    const { take, told, counts, table } = bench();
    const hour = now / 1000 - 3600;
    take(`c:5|c|#a:b|T${hour}\nc:1|c|#a:b|T${hour}\ng:7|g|T${hour}\nc:2|c|#a:b`, now);
    const window = Math.floor(hour / 60) * 60;
    expect(told()).toEqual({
      [`c{a=b}@${window}`]: { values: [1, 5], counts: [1, 1] },
      [`g{}@${window}`]: 7,
      [`c{a=b}@${Math.floor(now / 60_000) * 60}`]: 2,
    });
    take(`old:1|c|T${now / 1000 - 15 * 86_400}\nahead:1|c|T${now / 1000 + 3 * 3600}`, now);
    expect([told(), table.outOfTime]).toEqual([{}, 2]);
    // Of timers and deltas nobody says what another time would mean.
    take(`t:5|ms|T${hour}\ng:+1|g|T${hour}`, now);
    expect(Object.keys(told())).toEqual([
      `t{}@${Math.floor(now / 60_000) * 60}`,
      `g{}@${Math.floor(now / 60_000) * 60}`,
    ]);
    expect(counts.malformed).toBe(0);
  });

  it('only the tags that are allowed', () => {
    const { take, told } = bench(100, ['route']);
    take('r:1|c|#route:a,user:17\nr:1|c|#route:a,user:18');
    expect(told()).toEqual({ 'r{route=a}@0': 2 });
  });

  it.each([
    'x',
    'x:1',
    ':1|c',
    'x:|c',
    'x:1|',
    'x:1|q',
    'x:a|c',
    'x:1|c|@0',
    'x:1|c|@2',
    'x:NaN|g',
    'x:Infinity|g',
    'x:0x10|c',
    'x:1:y|ms',
  ])('counts %j as malformed and takes the lines beside it', (line) => {
    const { take, told, counts } = bench();
    take(`${line}\nok:1|c`);
    expect(told()).toEqual({ 'ok{}@0': 1 });
    expect(counts).toMatchObject({ malformed: 1, samples: 1 });
  });

  it('a million tag values are capped by the budget, and counted', { timeout: 120_000 }, () => {
    const { take, told, table } = bench(50);
    for (let user = 0; user < 1_000_000; user += 500) {
      take(Array.from({ length: 500 }, (_, at) => `r:1|c|#user:${user + at}`).join('\n'));
    }
    expect(Object.keys(told())).toHaveLength(50);
    expect(table.budget.overflow).toBe(999_950);
  });

  it('what arrives in the next window is told apart', () => {
    const { take, told } = bench();
    take('c:1|c', 59_999);
    take('c:2|c', 60_000);
    expect(told()).toEqual({ 'c{}@0': 1, 'c{}@60': 2 });
  });

  it('never throws, whatever a line holds', () => {
    const pieces = fc.constantFrom(
      'a',
      ':',
      '|',
      '#',
      '@',
      '1',
      '-',
      '.',
      ',',
      'c',
      'ms',
      'g',
      's',
      '_e{',
      ' ',
      'é',
      '\0',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces).map((parts) => parts.join('')),
        ),
        (line) => {
          const parsed = parseStatsdLine(line);
          if (parsed.kind !== 'samples') return;
          for (const sample of parsed.samples) {
            expect(sample.name).not.toBe('');
            if (sample.kind !== 'set') expect(Number.isFinite(sample.value)).toBe(true);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

/** A real socket, and a client for it. */
async function listening(drops: (name: 'udp' | 'udp6') => string = () => '', host = '127.0.0.1') {
  const { aggregator } = bench();
  const intake = createStatsdIntake({
    settings: { host, port: 0, tags: undefined, maxSeries: 100 },
    aggregator,
    seriesFor,
    clock: new FakeClock(0),
    logger: silentLogger,
    readDropsFile: (name) => Promise.resolve(drops(name)),
  });
  await intake.tick();
  const client = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  onTestFinished(async () => {
    client.close();
    await intake.close();
  });
  const send = (text: string): Promise<void> =>
    new Promise((resolve) => client.send(text, intake.port ?? 0, host, () => resolve()));
  const received = async (packets: number): Promise<void> => {
    while (intake.counts.packets < packets) await new Promise((resolve) => setImmediate(resolve));
  };
  return { intake, send, received };
}

const LOOPBACKS = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .flatMap(({ address }) => (['127.0.0.1', '::1'].includes(address) ? address : []));
if (!LOOPBACKS.includes('::1'))
  console.warn('\n*** this machine has no ::1: statsd over IPv6 is not tested ***\n');

describe('case 73: the socket of statsd', () => {
  it('takes a datagram of 64 KB whole', async () => {
    const { intake, send, received } = await listening();
    const line = 'some.metric:1|c\n';
    await send(line.repeat(Math.floor(65_507 / line.length)));
    await received(1);
    expect(intake.counts).toMatchObject({ samples: 4094, malformed: 0 });
  });

  it.each(LOOPBACKS)(
    'a burst on %s beyond what the kernel holds: all is received, or counted',
    async (host) => {
      const { intake, send, received } = await listening(
        (name) => readFileSync(`/proc/net/${name}`, 'utf8'),
        host,
      );
      // All of it in one turn of the loop, in which nobody receives.
      const burst = 20_000;
      await Promise.all(Array.from({ length: burst }, () => send(`burst:1|c|#pad:${'x'.repeat(1_000)}`)));
      const settled = async (): Promise<number> => {
        await intake.tick();
        return intake.counts.packets + intake.counts.kernelDrops;
      };
      while ((await settled()) < burst) await new Promise((resolve) => setImmediate(resolve));
      await received(1);
      expect(await settled()).toBe(burst);
      expect(intake.counts.kernelDrops).toBeGreaterThan(0);
      expect(intake.counts.malformed).toBe(0);
    },
  );

  it('a port that is taken is asked for again, and nothing else suffers', async () => {
    const holder = createSocket('udp4');
    await new Promise<void>((resolve) => holder.bind(0, '127.0.0.1', resolve));
    const { aggregator } = bench();
    const intake = createStatsdIntake({
      settings: { host: '127.0.0.1', port: holder.address().port, tags: undefined, maxSeries: 100 },
      aggregator,
      seriesFor,
      clock: new FakeClock(0),
      logger: silentLogger,
      readDropsFile: () => Promise.resolve(''),
    });
    await intake.tick();
    expect(intake.port).toBeUndefined();
    const { port } = holder.address();
    await new Promise<void>((resolve) => holder.close(() => resolve()));
    await intake.tick();
    expect(intake.port).toBe(port);
    await intake.close();
  });

  it('counts what the kernel dropped', async () => {
    let drops = 0;
    let port = 0;
    const line = (): string =>
      `   1: 0100007F:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 07 0:0 00:0 0 0 0 77 2 0 ${drops}\n`;
    const { intake } = await listening(line);
    port = intake.port ?? 0;
    drops = 5;
    await intake.tick();
    drops = 7;
    await intake.tick();
    expect(intake.counts.kernelDrops).toBe(7);
    drops = 9;
    await intake.close();
    expect(intake.counts.kernelDrops).toBe(9);
  });
});

it('finds the drops of a port among others', () => {
  const text =
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n' +
    '  10: 0100007F:1FBD 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 123 2 0000000000000000 42\n';
  expect(udpDrops(text, 8125)).toBe(42);
  expect(udpDrops(text, 8126)).toBeUndefined();
});

it('the last malformed line is kept, cut and escaped', () => {
  const samples: string[] = [];
  const { table, counts } = bench();
  const take = (text: string) =>
    takePacket(Buffer.from(text), table, counts, 0, (sample) => samples.push(sample));
  take('faktory.jobs.A::B.perform:23.7|ms');
  take(`nul\u0001\u001B[31m.end:1|${'c'.repeat(200)}`);
  take('fine:1|c');
  expect(counts.malformed).toBe(2);
  expect(samples.at(-1)).toMatch(/^"nul\\u0001\\u001b\[31m\.end:1\|c+"$/);
  expect(samples.at(-1)?.length).toBeLessThan(120);
});
