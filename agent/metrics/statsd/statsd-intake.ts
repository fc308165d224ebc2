import { isIPv6 } from 'node:net';
import type { Clock } from '#kit/clock.ts';
import type { Logger } from '#kit/logger.ts';
import type { Aggregator } from '../base/aggregator.ts';
import type { StatsdSettings } from '../base/metrics-settings.ts';
import { advance } from '../host/gap.ts';
import { fieldsOf, numberAt } from '../host/proc-text.ts';
import { parseStatsdLine } from './statsd-line.ts';
import { listenStatsd, type StatsdListener } from './statsd-listener.ts';
import { StatsdTable, type StatsdTableOptions } from './statsd-table.ts';

/** What came in and what became of it. */
export interface StatsdCounts {
  packets: number;
  samples: number;
  malformed: number;
  /** Events and service checks of DogStatsD. */
  ignored: number;
  /** Datagrams that the kernel dropped before anybody saw them. */
  kernelDrops: number;
}

export interface StatsdIntake {
  readonly counts: Readonly<StatsdCounts>;
  /** Samples of new series beyond the budget, and members of sets without room. */
  readonly overflow: number;
  /** Samples with a time that CloudWatch does not take. */
  readonly outOfTime: number;
  /** Samples that came while the namespace waits for a tag, or whose name is none. */
  readonly unnamed: number;
  /** The last line that was malformed, cut and as JSON writes it: enough to find its sender by, and no control character. */
  readonly lastMalformed: string | undefined;
  /** Where it listens; undefined while the port is taken. */
  readonly port: number | undefined;
  series(now: number): number;
  /** Once an interval: tries to listen when that failed, looks at the kernel's drops, hands over what is over. */
  tick(): Promise<void>;
  /** Hands over the open window and goes on. */
  flush(): void;
  close(): Promise<void>;
}

export interface StatsdIntakeParts {
  readonly settings: StatsdSettings;
  readonly aggregator: Pick<Aggregator, 'add' | 'windowAt'>;
  readonly seriesFor: StatsdTableOptions['seriesFor'];
  readonly clock: Clock;
  readonly logger: Logger;
  /** The text of a file of `/proc/net`. */
  readonly readDropsFile: (name: 'udp' | 'udp6') => Promise<string>;
}

export function createStatsdIntake(parts: StatsdIntakeParts): StatsdIntake {
  const { settings, aggregator, seriesFor, clock, logger, readDropsFile } = parts;
  const { maxSeries, tags } = settings;
  const table = new StatsdTable({ aggregator, seriesFor, maxSeries, tags });
  const counts: StatsdCounts = { packets: 0, samples: 0, malformed: 0, ignored: 0, kernelDrops: 0 };
  let listener: StatsdListener | undefined;
  let isTold = false;
  let lastMalformed: string | undefined;
  let dropsBefore = 0;
  return {
    counts,
    get overflow() {
      return table.budget.overflow + table.overflowMembers;
    },
    get outOfTime() {
      return table.outOfTime;
    },
    get unnamed() {
      return table.unnamed;
    },
    get lastMalformed() {
      return lastMalformed;
    },
    get port() {
      return listener?.port;
    },
    series: (now) => table.budget.active(now),
    async tick() {
      if (!listener) await listen();
      await countDrops();
      table.roll(clock.now());
    },
    flush: () => table.flush(),
    async close() {
      // Where they are counted is gone with the socket.
      await countDrops();
      const closing = listener;
      listener = undefined;
      await closing?.close();
      table.flush();
    },
  };

  async function countDrops(): Promise<void> {
    if (!listener) return;
    const text = await readDropsFile(isIPv6(settings.host) ? 'udp6' : 'udp');
    const drops = udpDrops(text, listener.port);
    if (drops === undefined) return;
    counts.kernelDrops += advance(dropsBefore, drops) ?? drops;
    dropsBefore = drops;
  }

  async function listen(): Promise<void> {
    const bound = await listenStatsd(settings, (packet) =>
      takePacket(packet, table, counts, clock.now(), (sample) => {
        lastMalformed = sample;
      }),
    );
    if (bound.kind === 'ok') listener = bound.value;
    else if (!isTold)
      logger.warn('statsd cannot listen', { code: bound.fault.code, cause: bound.fault.cause });
    isTold = bound.kind !== 'ok';
  }
}

/** Names stand in front; what is behind may be long. */
const MOST_SAMPLE_CHARS = 100;

/** A datagram holds 65,507 bytes at most, so nothing here needs a bound of its own. */
export function takePacket(
  packet: Uint8Array,
  table: Pick<StatsdTable, 'take'>,
  counts: StatsdCounts,
  now: number,
  onMalformed?: (sample: string) => void,
): void {
  counts.packets += 1;
  for (const line of Buffer.from(packet).toString('utf8').split('\n')) {
    const trimmed = line.trim();
    if (trimmed === '') continue;
    const parsed = parseStatsdLine(trimmed);
    if (parsed.kind === 'malformed') {
      counts.malformed += 1;
      onMalformed?.(JSON.stringify(trimmed.slice(0, MOST_SAMPLE_CHARS)));
    } else if (parsed.kind === 'other') counts.ignored += 1;
    else {
      counts.samples += parsed.samples.length;
      for (const sample of parsed.samples) table.take(sample, now);
    }
  }
}

/** Datagrams that the kernel dropped because nobody fetched them in time: the last column of `/proc/net/udp` and `udp6`. */
export function udpDrops(text: string, port: number): number | undefined {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  for (const line of text.split('\n')) {
    const fields = fieldsOf(line);
    if (fields[1]?.endsWith(`:${hexPort}`) && fields.length >= 13) return numberAt(fields, fields.length - 1);
  }
  return undefined;
}
