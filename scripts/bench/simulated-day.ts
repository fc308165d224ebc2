import { randomFrom } from './seeded-random.ts';
import { courseOf, type Course, type Wave } from './simulated-course.ts';
import { SimulatedAgent } from './simulated-agent.ts';
import { SimulatedS3 } from './simulated-s3.ts';
import { PERIOD_MS, SimulatedTime } from './simulated-time.ts';

const START = Date.UTC(2026, 10, 21);
const DAY_MS = 86_400_000;
/** No leap comes nearer to what happens than this. */
const PERIODS_BEFORE = 1;
const SETTLING_PERIODS = 2;

export interface FleetDay {
  readonly course: Course;
  readonly s3: SimulatedS3;
  /** By wave: ms from when an instance was to have the release until it had it, in order. */
  readonly delays: ReadonlyMap<string, readonly number[]>;
  /** Of the instances that were to have it and never had. */
  readonly missing: ReadonlyMap<string, number>;
  /** Seconds of the day that went by one after the other; all others were as the minute before them. */
  readonly walkedSeconds: number;
}

export interface FleetDayOptions {
  readonly agents: number;
  readonly outageMs: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}

/**
 * A day of a fleet in simulated time. Hours in which nothing happens are not walked through: once a period asked, second by second,
 * what the one before it asked, it is written down again until just before the next thing happens. In an outage no minute is the one before it, for agents
 * draw; but none remembers more than its last failure, so that minutes are alike from the second one on: in a boot, once its pauses grow no more.
 */
export async function liveDay({ agents, outageMs, seed, say }: FleetDayOptions): Promise<FleetDay> {
  const time = new SimulatedTime(START);
  const random = randomFrom(seed);
  const s3 = new SimulatedS3(START, time, random);
  const course = courseOf(START, outageMs);
  const records = course.waves.map((wave) => new WaveRecord(wave));
  const fetches = new Map();
  const fleets = course.launches.map((_, launch) => {
    const own = records.filter(({ wave }) => wave.launch === launch);
    const onRelease = (agent: SimulatedAgent): void => {
      for (const record of own) record.note(agent, time.now());
    };
    const world = { time, s3, random, fetches, onRelease };
    return Array.from(
      { length: agents },
      (_agent, index) => new SimulatedAgent(launch * agents + index, world),
    );
  });
  let boots: readonly { readonly agent: SimulatedAgent; readonly at: number }[] = [];
  const launch = (number: number): void => {
    for (const agent of fleets[number - 1] ?? []) agent.terminate();
    boots = (fleets[number] ?? []).map((agent) => ({ agent, at: time.now() + random() * course.launchMs }));
  };
  let walkedSeconds = 0;
  for (const [index, { at, what, happen, settlesMs = 0 }] of course.happenings.entries()) {
    say(`${clockOf(at)} ${what}`);
    happen(s3);
    const launched = course.launches.findIndex((one) => one.at === at);
    if (launched >= 0) launch(launched);
    const until = START + (course.happenings[index + 1]?.at ?? DAY_MS);
    while (time.now() < until) {
      const second = (time.now() - START) / 1000;
      const periods = Math.floor((until - time.now()) / PERIOD_MS) - PERIODS_BEFORE;
      const isSettled = time.now() >= START + at + settlesMs + SETTLING_PERIODS * PERIOD_MS;
      const isAlike = s3.isAway || s3.counts.every((counts) => counts.isPeriodic(second));
      if (periods > 0 && isSettled && isAlike) {
        for (const counts of s3.counts) counts.repeat(second, periods);
        time.leap(periods);
      }
      for (const { agent, at: bootAt } of boots)
        if (bootAt >= time.now() && bootAt < time.now() + PERIOD_MS) agent.boot(bootAt - time.now());
      await time.run(time.now() + PERIOD_MS);
      walkedSeconds += PERIOD_MS / 1000;
    }
  }
  return {
    course,
    s3,
    delays: new Map(records.map(({ wave, delays }) => [wave.name, delays.toSorted((a, b) => a - b)])),
    missing: new Map(
      records.map((record) => [record.wave.name, record.missingIn(fleets[record.wave.launch] ?? [])]),
    ),
    walkedSeconds,
  };
}

class WaveRecord {
  readonly delays: number[] = [];
  readonly #noted = new Set<SimulatedAgent>();
  readonly wave: Wave;

  constructor(wave: Wave) {
    this.wave = wave;
  }

  note(agent: SimulatedAgent, nowMs: number): void {
    const dueAt = agent.release === this.wave.release ? this.wave.dueAt(agent) : undefined;
    // A later wave may bring it back.
    if (dueAt === undefined || dueAt > nowMs || this.#noted.has(agent)) return;
    this.#noted.add(agent);
    this.delays.push(nowMs - dueAt);
  }

  missingIn(fleet: readonly SimulatedAgent[]): number {
    const due = fleet.filter((agent) => this.wave.dueAt(agent) !== undefined).length;
    return due - this.delays.length;
  }
}

export function clockOf(ms: number): string {
  return new Date(START + ms).toISOString().slice(11, 16);
}
