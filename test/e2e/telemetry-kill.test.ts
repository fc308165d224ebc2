import { appendFileSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { randomFrom } from '../support/random.ts';
import { newBase } from './citizen.ts';
import { Payroll, REGION } from './payroll.ts';

/** CI does a part of it; `LANDFALL_KILLS=1000` does a thousand. */
const KILLS = Number(process.env['LANDFALL_KILLS'] ?? 20);
const SEED = 24;
/** From exec: boot takes some 200 ms of it, the first batch leaves a second after that. */
const LONGEST_LIFE_MS = 1_800;
/** PutLogEvents takes 10,000 events: this many make several calls, one behind the other. */
const BURST_LINES = 25_000;
/** Of a tick of 10 ms. The sandbox keeps a million events of a stream, whatever the number of kills. */
const BURST_CHANCE = Math.min(0.002, 0.1 / KILLS);
/** Each rotation renames all files of those before it. */
const ROTATION_CHANCE = Math.min(0.02, 5 / KILLS);
const GROUP = '/prod/web/app';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'landfall-telemetry-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it(
  `case 24: kill -9 at ${KILLS} instants while files rotate loses no line, sends no more than the last call again, and counts each once`,
  { timeout: 120_000 + KILLS * 1_500 },
  async () => {
    const random = randomFrom(SEED);
    const patterns = `patterns: { lines: { match: "line (?P<n>[0-9]+) of", value: n } }`;
    const plan = `logs: { app: { path: "${folder}/app.log", group: "/{environment}/{role}/app", ${patterns} } }\n`;
    await using payroll = await Payroll.open({
      files: { 'base/app.properties': 'a=1\n', 'base/plan.yaml': plan },
    });
    const base = newBase();
    const log = join(folder, 'app.log');
    const arrived = (): readonly Arrival[] =>
      payroll.sandbox.logs
        .events(REGION, GROUP, payroll.instance.instanceId)
        .map(({ message, ingestionTime }) => ({ line: Number(message.split(' ')[1]), call: ingestionTime }));
    const first = await payroll.run({ base });
    using writer = new RotatingWriter(log, random);
    writer.write();
    // From the moment it was first seen, and that was kept, nothing of the log may be forgotten.
    await until(() => isKept(base, log));
    await first.kill();
    for (let kill = 1; kill < KILLS; kill += 1) {
      const victim = payroll.start({ base });
      await sleep(random() * LONGEST_LIFE_MS);
      await victim.kill();
    }
    writer.stop();
    const last = await payroll.run({ base });
    // What does not come is told below, by its numbers.
    await until(() => new Set(arrived().map(({ line }) => line)).size === writer.count).catch(() => {});

    const arrivals = arrived();
    const { again, beyond } = rewindsIn(arrivals);
    console.log(
      `${KILLS} kills, ${writer.count} lines, ${writer.rotations} rotations: ${again.length} rewinds of ${Math.max(0, ...again)} lines at most`,
    );
    const there = new Set(arrivals.map(({ line }) => line));
    const missing = Array.from({ length: writer.count }, (_, line) => line).filter(
      (line) => !there.has(line),
    );
    expect(missing).toEqual([]);
    expect(there.size).toBe(writer.count);
    expect(again.length).toBeLessThanOrEqual(KILLS);
    expect(beyond).toEqual([]);
    const counted = `landfall_log_pattern_matches_total{entry="app",pattern="lines"} ${writer.count}\n`;
    const { text } = await last.until('/metrics', (answer) => answer.text.includes(counted));
    const sum = (writer.count * (writer.count - 1)) / 2;
    expect(Number(/^landfall_log_pattern_value_sum\{.*\} (\S+)$/m.exec(text)?.[1])).toBe(sum);
  },
);

interface Arrival {
  readonly line: number;
  /** When it came: the same for all events of a call, and of no other. */
  readonly call: number;
}

/**
 * Where lines step back, a process began again behind the one that was killed. How many came again each time, and the lines of those
 * that are not of the last call before: at most one batch of a stream may come twice (case 24).
 */
function rewindsIn(arrivals: readonly Arrival[]): {
  readonly again: readonly number[];
  readonly beyond: readonly number[];
} {
  const again: number[] = [];
  const beyond: number[] = [];
  let firstOfCall = 0;
  for (const [index, { line, call }] of arrivals.entries()) {
    const before = arrivals[index - 1];
    if (before && line <= before.line) {
      again.push(before.line - line + 1);
      if (line < firstOfCall) beyond.push(line);
    }
    if (before?.call !== call) firstOfCall = line;
  }
  return { again, beyond };
}

/** Writes some lines every few milliseconds, many at times, and rotates every now and then, through all kills. */
class RotatingWriter {
  count = 0;
  rotations = 0;
  readonly #path: string;
  readonly #random: () => number;
  readonly #timer: NodeJS.Timeout;

  constructor(path: string, random: () => number) {
    this.#path = path;
    this.#random = random;
    this.#timer = setInterval(() => this.write(), 10);
  }

  write(): void {
    const count = this.#random() < BURST_CHANCE ? BURST_LINES : 1 + Math.floor(this.#random() * 5);
    const lines = Array.from({ length: count }, () => `line ${this.count++} of a log`);
    appendFileSync(this.#path, `${lines.join('\n')}\n`);
    if (this.#random() < ROTATION_CHANCE) this.#rotate();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  #rotate(): void {
    for (let n = this.rotations; n > 0; n -= 1) renameSync(`${this.#path}.${n}`, `${this.#path}.${n + 1}`);
    renameSync(this.#path, `${this.#path}.1`);
    this.rotations += 1;
  }
}

function isKept(base: string, path: string): boolean {
  return ['logs.a.stamped', 'logs.b.stamped', 'logs.recent.stamped'].some((name) => {
    const slot = join(base, 'state', name);
    return existsSync(slot) && readFileSync(slot).includes(path);
  });
}

async function until(condition: () => boolean): Promise<void> {
  for (const end = performance.now() + 60_000; !condition();) {
    if (performance.now() > end) throw new Error('it never came to that');
    await sleep(100);
  }
}
