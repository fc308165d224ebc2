import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bootAgent, type AgentProcess } from './agent-process.ts';
import type { BenchRow, Finding, Workbench } from './bench-row.ts';
import { logsCourse, type LogsCourse } from './logs-course.ts';
import { floorSeconds } from './logs-floor.ts';
import { median } from './median.ts';
import { canPin } from './program.ts';

/** With its line feed. */
const LINE_BYTES = 256;
const LINES_PER_MB = 1_000_000 / LINE_BYTES;

/** Shipping to a local sink: as fast as it goes on one core, at a steady rate, and doing nothing. */
export const logShipping: BenchRow = {
  name: 'logs',
  async measure(bench) {
    return [
      await fastest(bench),
      ...(await steady(bench, 1)),
      ...(await steady(bench, 5)),
      ...(await idle(bench)),
    ];
  },
};

/** By turns with the floor, each over a disk and a sink that are new. */
async function fastest(bench: Workbench): Promise<Finding> {
  const megabytes = bench.quick ? 40 : 150;
  const ours: number[] = [];
  const floor: number[] = [];
  let perCore = 0;
  for (let turn = 0; turn < (bench.quick ? 2 : 3); turn += 1) {
    floor.push(megabytes / (await timeFloor(megabytes)));
    await using course = await logsCourse();
    writeLines(course, 'app.log', 0, megabytes * LINES_PER_MB);
    await using agent = await boot(bench, course);
    const before = agent.cpuSeconds();
    const started = performance.now();
    await arrival(course, megabytes * LINES_PER_MB);
    ours.push((megabytes * 1000) / (performance.now() - started));
    perCore = megabytes / (agent.cpuSeconds() - before);
  }
  return {
    what: 'as fast as it goes, 256-byte lines, against a program that reads and posts',
    value: median(ours) / median(floor),
    unit: 'x',
    bar: { atLeast: 0.5 },
    detail: `${median(ours).toFixed(1)} to ${median(floor).toFixed(1)} MB/s, medians of ${ours.length}, ${megabytes} MB on one core; ${perCore.toFixed(0)} MB for each second of its processor time`,
  };
}

/** Seconds, with a sink of its own: one that holds what was sent before collects garbage for longer. */
async function timeFloor(megabytes: number): Promise<number> {
  await using course = await logsCourse();
  writeLines(course, 'app.log', 0, megabytes * LINES_PER_MB);
  return await floorSeconds(course.floor('app.log'), coreOf());
}

async function steady(bench: Workbench, rate: number): Promise<readonly Finding[]> {
  const seconds = bench.quick ? 5 : 20;
  await using course = await logsCourse();
  writeLines(course, 'app.log', 0, 1);
  await using agent = await boot(bench, course);
  await arrival(course, 1);
  const before = agent.cpuSeconds();
  let most = 0;
  const started = performance.now();
  const file = openSync(join(course.folder, 'app.log'), 'a');
  const pieces = 10;
  const perPiece = Math.round((rate * LINES_PER_MB) / pieces);
  for (let piece = 0; piece < seconds * pieces; piece += 1) {
    writeSync(file, linesText(1 + piece * perPiece, perPiece));
    most = Math.max(most, agent.resident().all);
    await sleep(Math.max(0, started + (piece + 1) * (1000 / pieces) - performance.now()));
  }
  const busy = (agent.cpuSeconds() - before) / ((performance.now() - started) / 1000);
  closeSync(file);
  await arrival(course, 1 + seconds * pieces * perPiece);
  bench.say(`${rate} MB/s: ${(busy * 100).toFixed(1)}% of a core, ${most.toFixed(1)} MiB at most`);
  return [
    {
      what: `resident at ${rate} MB/s for ${seconds} s`,
      value: most,
      unit: 'MiB',
      bar: { atMost: 120 },
      detail: `${(busy * 100).toFixed(1)}% of a core`,
    },
  ];
}

async function idle(bench: Workbench): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const [files, atMost] of [
    [1, 70],
    [100, 75],
  ] as const) {
    await using course = await logsCourse();
    for (let index = 0; index < files; index += 1) writeLines(course, `app-${index}.log`, 0, 4);
    await using agent = await boot(bench, course);
    await arrival(course, files * 4);
    let most = 0;
    for (let second = 0; second < (bench.quick ? 5 : 20); second += 1) {
      await sleep(1000);
      most = Math.max(most, agent.resident().all);
    }
    const what = `resident, logs and metrics idle, ${files} log ${files === 1 ? 'file' : 'files'}`;
    findings.push({
      what,
      value: most,
      unit: 'MiB',
      bar: { atMost },
      detail: 'highest sample, polling every second',
    });
  }
  return findings;
}

function boot({ binary }: Workbench, course: LogsCourse): Promise<AgentProcess> {
  const core = coreOf();
  return bootAgent({ binary, course, interval: '1s', ...(core !== undefined && { core }) });
}

/** The one for what is measured; the sink has another. */
function coreOf(): number | undefined {
  return canPin() ? 0 : undefined;
}

async function arrival(course: LogsCourse, events: number): Promise<void> {
  const end = performance.now() + 120_000;
  while (course.arrived() < events) {
    if (performance.now() > end)
      throw new Error(`${course.arrived()} of ${events} events arrived in 2 minutes`);
    await sleep(5);
  }
}

function writeLines(course: LogsCourse, name: string, from: number, count: number): void {
  const path = join(course.folder, name);
  writeFileSync(path, '');
  const file = openSync(path, 'a');
  const step = 100_000;
  for (let at = 0; at < count; at += step) writeSync(file, linesText(from + at, Math.min(step, count - at)));
  closeSync(file);
}

function linesText(from: number, count: number): string {
  let text = '';
  for (let index = 0; index < count; index += 1) {
    text += `${`2026-11-21T00:00:00.000Z INFO request ${from + index} served`.padEnd(LINE_BYTES - 1, '.')}\n`;
  }
  return text;
}
