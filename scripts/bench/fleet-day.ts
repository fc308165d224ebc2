import type { BenchRow, Figure } from './bench-row.ts';
import type { RequestCounts, Span } from './request-counts.ts';
import { DOLLARS, pollingCost } from './request-prices.ts';
import { INTERVAL_MS } from './simulated-agent.ts';
import type { Outage } from './simulated-course.ts';
import { liveDay, type FleetDay } from './simulated-day.ts';

const MINUTE = 60;
/** What S3 takes in a second for a prefix, before it has split what lies there. */
const S3_GETS = 5500;
/** A quiet day is $115 for 100,000, all of it polls; the rest is the launch, an outage, three releases and their reports. */
const DOLLARS_PER_AGENT = 0.00125;

/** An interval: what happens within one is what is looked for. */
const MOST_SECONDS = 30;
/** The longest pause of a boot, and a request of it that is not answered any more. */
const BOOT_MS = 221_000;

/**
 * A day of 100,000 agents in simulated time: what decides when S3 is asked is the agent's own code, sockets and S3 are not. The
 * launch of the region, a rollout, one that is halted, an outage of an hour, a publication to all at once, and a launch into an
 * outage of an hour.
 */
export const fleetDay: BenchRow = {
  name: 'fleet-day',
  async measure({ quick, say }) {
    const agents = quick ? 4000 : 100_000;
    const day = await liveDay({ agents, outageMs: 60 * MINUTE * 1000, seed: 1, say });
    return figuresOf(day, agents);
  },
};

export function figuresOf(
  { s3, course, delays, missing, walkedSeconds }: FleetDay,
  agents: number,
): Figure[] {
  const mean = s3.all.total() / 86_400;
  const outage = spanOf(course.outage);
  const bootOutage = spanOf(course.bootOutage);
  // Of a few agents a second is chance: as many requests as 100,000 make in one.
  const width = Math.min(MOST_SECONDS, Math.ceil(100_000 / agents));
  const times = (what: string, span: Span, atMost: number, detail: string): Figure => ({
    what: `${what}: busiest ${width === 1 ? 'second' : `${width} s`} against the mean`,
    value: s3.all.busiest(span, width) / mean,
    unit: 'x',
    bar: { atMost },
    detail,
  });
  const count = agents.toLocaleString('en-GB');
  const every = `${count} agents, every ${INTERVAL_MS / 1000} s: ${mean.toFixed(0)} requests a second on average`;
  const dollars = s3.puts.total() * DOLLARS.put + (s3.all.total() - s3.puts.total()) * DOLLARS.get;
  const [prefix, gets] = busiestPrefix(s3.gets);
  return [
    times('launch', at(0, 15), 2, 'all boot within 5 minutes: a pointer and 4 objects each'),
    times('rollout', at(3, 30), 2, '10%, 50%, 100%; 1 of 4 objects is new'),
    times('halted rollout', at(6, 30), 2, '10%, 50%, halted: all go back'),
    times('outage', outage, 2, 'an hour; half of the requests refused, half not answered for 10 s'),
    times('after the outage', after(outage), 2, 'ten minutes'),
    times(
      'to all at once',
      at(14, 10),
      2.2,
      'no rollout: each asks for pointer and new object in one interval',
    ),
    times('launch into an outage', bootOutage, 2, 'all boot within its first 5 minutes, and have nothing'),
    times('after that outage', after(bootOutage), 2, 'ten minutes: a pointer and 4 objects each'),
    {
      what: 'busiest second of a prefix, GETs',
      value: gets,
      unit: 'req/s',
      bar: { atMost: S3_GETS },
      detail: `${prefix} of ${[...s3.gets.keys()].join(', ')}; ${every}`,
    },
    ...[...delays].map(([wave, sorted]): Figure => ({
      what: `${wave}: until 99% of those it is for have it`,
      value:
        missing.get(wave) === 0 ? (sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN) : Number.NaN,
      unit: 'ms',
      bar: { atMost: wave === 'launch into an outage' ? BOOT_MS : INTERVAL_MS + 1000 },
      detail: `${sorted.length} agents, the slowest ${sorted.at(-1)?.toFixed(0)} ms`,
    })),
    {
      what: 'the day',
      value: dollars,
      unit: 'USD',
      bar: { atMost: agents * DOLLARS_PER_AGENT },
      detail:
        `${s3.all.total()} requests, ${s3.puts.total()} of them PUTs, at $0.0004 and $0.005 for 1,000 (a quiet day: ` +
        `$${(pollingCost(agents, INTERVAL_MS / 1000).dollars / 30).toFixed(2)}); ` +
        `${walkedSeconds} s of it one by one, the others as the minute before`,
    },
  ];
}

function after({ until }: Span): Span {
  return { from: until, until: until + 10 * MINUTE };
}

function at(hour: number, minutes: number): Span {
  return { from: hour * 3600, until: hour * 3600 + minutes * MINUTE };
}

function spanOf({ from, until }: Outage): Span {
  return { from: from / 1000, until: until / 1000 };
}

function busiestPrefix(gets: ReadonlyMap<string, RequestCounts>): readonly [prefix: string, gets: number] {
  const all = [...gets].map(([prefix, counts]) => [prefix, counts.busiest()] as const);
  return all.reduce((most, each) => (each[1] > most[1] ? each : most), ['', 0] as const);
}
