import type { Random } from '#kit/clock.ts';
import { randomFrom } from '../../support/random.ts';
import { isNoise, LogWriter } from './log-writer.ts';
import { scenarioOf, type Scenario } from './scenario.ts';
import { SimulatedHost } from './simulated-host.ts';

/** All there is to judge when it is over. */
export interface Story {
  readonly scenario: Scenario;
  readonly host: SimulatedHost;
  readonly writers: readonly LogWriter[];
  /** How often the clock was put back. */
  readonly setbacks: number;
}

/** What passes when nothing is wrong: retries wait a minute at most, several times in a row. */
const MOST_SECONDS = 900;

const SEEN_MS = 1_200;

/** Of 20 ms: a disk that is full is tried again each ten seconds. */
const MOST_LOOKS = 3_000;

/** Two calls, by the number of events that one may hold, and some. */
const BURST_LINES = 22_000;

export async function simulate(seed: number): Promise<Story> {
  const random = randomFrom(seed);
  // One number of its own for what follows, so that a setting more changes no story.
  const scenario = scenarioOf(randomFrom(Math.floor(random() * 2 ** 31)));
  return await new Simulation(scenario, random).run();
}

class Simulation {
  readonly #scenario: Scenario;
  readonly #random: Random;
  readonly #host: SimulatedHost;
  readonly #writers: LogWriter[] = [];
  #setbacks = 0;
  #isPlanned = true;

  constructor(scenario: Scenario, random: Random) {
    this.#scenario = scenario;
    this.#random = random;
    this.#host = new SimulatedHost(scenario, random);
  }

  async run(): Promise<Story> {
    const { clock, disk, sink } = this.#host;
    const { files, isYoung } = this.#scenario;
    // The process has looked by then, and found nothing.
    if (isYoung) await clock.advance(2_500);
    this.#writers.push(...files.map((path) => new LogWriter(path, disk, this.#scenario, this.#random)));
    for (const writer of this.#writers) writer.write(3);
    // Once it is known, and kept, that the files are there: of what goes before, nothing could tell.
    if (isYoung) await this.#seen();
    else {
      await this.#arrive();
      await clock.advance(25_000);
    }
    sink.trouble = this.#scenario.trouble;
    for (let step = 0; step < this.#scenario.steps; step += 1) {
      await this.#act();
      await clock.advance(this.#gap());
    }
    await this.#calmDown();
    return { scenario: this.#scenario, host: this.#host, writers: this.#writers, setbacks: this.#setbacks };
  }

  async #act(): Promise<void> {
    const { kills, restarts, jumps, changesPlan, deletesGroups, denies, rotation } = this.#scenario;
    const writer = this.#writers[Math.floor(this.#random() * this.#writers.length)];
    const deed = this.#random();
    if (!writer) return;
    if (deed < 0.06 && this.#mayBurst) await this.#killInBurst(writer);
    else if (deed < 0.45) writer.write(Math.floor(this.#random() ** 6 * 3_000));
    else if (deed < 0.52) await this.#writeInTwo(writer);
    else if (deed < 0.57) writer.reopen();
    else if (deed < 0.77) await (rotation === 'none' ? undefined : this.#rotate(writer));
    else if (deed < 0.83 && kills) this.#host.kill();
    else if (deed < 0.86 && restarts && this.#isPlanned) await this.#host.restart();
    else if (deed < 0.89 && jumps !== 'none') this.#jump(jumps);
    else if (deed < 0.94 && changesPlan) this.#changePlan();
    else if (deed < 0.96 && deletesGroups) this.#host.sink.delete(this.#random() < 0.5 ? 'group' : 'stream');
    else if (denies) await this.#deny(writer);
  }

  /** Of what is refused one by one there must not be hundreds. */
  get #mayBurst(): boolean {
    return this.#scenario.bursts && !this.#scenario.poisons;
  }

  async #killInBurst(writer: LogWriter): Promise<void> {
    writer.write(BURST_LINES);
    await this.#host.clock.advance(this.#random() * 1_000);
    this.#host.kill();
  }

  async #writeInTwo(writer: LogWriter): Promise<void> {
    writer.begin();
    await this.#host.clock.advance(this.#random() * 1_000);
    if (this.#scenario.kills && this.#random() < 0.3) this.#host.kill();
    await this.#host.clock.advance(this.#random() * 1_000);
    writer.complete();
  }

  async #rotate(writer: LogWriter): Promise<void> {
    const { rotation, kills, truncatesEarly } = this.#scenario;
    const { done, isAll } = writer.progress(this.#isSettled);
    if (rotation === 'rename') {
      for (let times = this.#random() < 0.2 ? 3 : 1; times > 0; times -= 1) {
        writer.renameAway();
        if (times > 1) writer.write(Math.floor(this.#random() * 5));
        await this.#host.clock.advance(this.#random() < 0.5 ? 4 : this.#random() * 400);
      }
      // Of a file that went while nobody ran, nothing leads to those after it.
      if (!kills) writer.prune(this.#isSettled);
    } else if (rotation === 'delete') {
      const isHeld = (this.#host.disk.at(writer.path)?.handles ?? 0) > 0;
      if (isAll || (isHeld && !kills && !this.#scenario.restarts && !this.#scenario.changesPlan))
        writer.deleteAndBegin();
    } else if (isAll || (truncatesEarly && done >= 20)) {
      writer.copy();
      await this.#host.clock.advance(this.#random() < 0.5 ? 0 : this.#random() * 300);
      writer.truncate();
    }
  }

  #jump(jumps: 'small' | 'days'): void {
    const size = jumps === 'small' ? 600_000 : 20 * 86_400_000;
    const by = Math.floor((this.#random() - 0.5) * 2 * size);
    if (by < 0) this.#setbacks += 1;
    this.#host.clock.jump(by);
  }

  #changePlan(): void {
    const host = this.#host;
    const form = Math.floor(this.#random() * 4);
    // What is on its way when its entry goes may be sent by both the old and the new one.
    const { trouble, poisons, deletesGroups } = this.#scenario;
    this.#isPlanned = form !== 3 || trouble > 0 || poisons || deletesGroups;
    if (!this.#isPlanned) host.reconfigure([]);
    else if (form === 0) host.reconfigure(host.plan({}));
    else host.reconfigure(host.plan(form === 1 ? { retention: '30d' } : { stream: 'other' }));
  }

  async #deny(writer: LogWriter): Promise<void> {
    this.#host.disk.denied.add(writer.path);
    await this.#host.clock.advance(this.#random() * 5_000);
    this.#host.disk.denied.delete(writer.path);
  }

  async #calmDown(): Promise<void> {
    this.#host.sink.trouble = 0;
    if (!this.#isPlanned) this.#host.reconfigure(this.#host.plan({}));
    for (const writer of this.#writers) {
      writer.complete();
      writer.write(1);
    }
    await this.#arrive();
    await this.#host.stop();
  }

  /** The disk is looked at each second, and what is met there for the first time is kept at once: before any batch leaves. */
  async #seen(): Promise<void> {
    const { clock, slots } = this.#host;
    await clock.advance(SEEN_MS);
    const isKept = () => this.#scenario.files.every((path) => slots.hold(path));
    if (this.#scenario.saveFailures === 0) return;
    for (let look = 0; look < MOST_LOOKS && !isKept(); look += 1) await clock.advance(20);
  }

  async #arrive(): Promise<void> {
    const lines = () => this.#writers.flatMap(({ contents }) => contents.flatMap((content) => content.lines));
    for (let second = 0; second < MOST_SECONDS; second += 1) {
      if (lines().every((line) => isNoise(line) || this.#isSettled(line))) return;
      await this.#host.clock.advance(1_000);
    }
  }

  readonly #isSettled = (line: string): boolean => {
    return this.#host.sink.has(line);
  };

  #gap(): number {
    const kind = this.#random();
    if (kind < 0.4) return Math.floor(this.#random() * 10);
    return Math.floor(this.#random() * (kind < 0.8 ? 1_000 : 6_000));
  }
}
