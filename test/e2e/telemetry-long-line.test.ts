import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { StoredLogEvent } from '../../scripts/sandbox/logs/log-store.ts';
import type { Citizen, Json } from './citizen.ts';
import { Payroll, REGION } from './payroll.ts';

/** Of the line, in MB. CI has less; `LANDFALL_LINE=1000` is the gigabyte that case 35 asks for. */
const LINE = Number(process.env['LANDFALL_LINE'] ?? 200);
const BYTES = LINE * 1_000_000;
/** The bar at 5 MB/s; a line of any length takes no more. */
const MOST_RESIDENT_MIB = 120;
const GROUP = '/app';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'landfall-line-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A line before, `unit` again and again with no newline up to `BYTES`, and a line after. */
function write(unit: string): { readonly units: number } {
  const many = Buffer.from(unit.repeat(Math.floor(1_000_000 / Buffer.byteLength(unit))));
  const file = openSync(join(folder, 'app.log'), 'w');
  writeSync(file, 'before\n');
  let written = 0;
  for (; written < BYTES; written += many.length) writeSync(file, many);
  writeSync(file, '\nafter\n');
  closeSync(file);
  return { units: written / Buffer.byteLength(unit) };
}

function open(longLines: string): Promise<Payroll> {
  const plan = `logs: { app: { path: "${folder}/*.log", group: ${GROUP}, longLines: ${longLines} } }\n`;
  return Payroll.open({ files: { 'base/app.properties': 'a=1\n', 'base/plan.yaml': plan } });
}

/** Hands over every event as it arrives and forgets it, until that was all: this process must not hold the gigabyte either. */
async function follow(
  { sandbox, instance }: Payroll,
  heed: (event: StoredLogEvent) => void,
  isAll: () => boolean,
): Promise<void> {
  const end = performance.now() + 60_000 + LINE * 500;
  for (; !isAll(); await sleep(10)) {
    if (performance.now() > end) throw new Error('the last of it never came');
    const stream = sandbox.logs.groups(REGION).get(GROUP)?.streams.get(instance.instanceId);
    for (const event of stream?.events.splice(0) ?? []) heed(event);
  }
}

/** The most that was ever resident, in MiB. */
function peak({ agent }: Citizen): number {
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${agent.pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kib) / 1024);
}

async function ledger(citizen: Citizen): Promise<Json> {
  const { pipelines } = await citizen.json('/v1/status');
  const { entries } = (pipelines as { logs: { entries: readonly { ledger: Json }[] } }).logs;
  return entries[0]?.ledger ?? {};
}

const timeout = 120_000 + LINE * 500;

it(
  `case 35: ${LINE} MB without a newline, split: every character arrives, marked, in bounded memory`,
  {
    timeout,
  },
  async () => {
    await using payroll = await open('split');
    const { units } = write('€');
    const began = performance.now();
    const citizen = await payroll.run();
    const parts: { readonly number: number; readonly at: number; readonly isLast: boolean }[] = [];
    const others: string[] = [];
    let arrived = 0;
    await follow(
      payroll,
      ({ message, timestamp }) => {
        const [, number, text, more] = /^(?:\[part (\d+)\] )?(€+)( \[continued\])?$/.exec(message) ?? [];
        if (text === undefined) others.push(message);
        else parts.push({ number: Number(number ?? 1), at: timestamp, isLast: more === undefined });
        arrived += text?.length ?? 0;
      },
      () => others.includes('after') && arrived >= units,
    );
    const seconds = (performance.now() - began) / 1000;
    console.log(
      `${LINE} MB in ${parts.length} parts, ${(BYTES / 1e6 / seconds).toFixed(1)} MB/s, ${peak(citizen)} MiB at most`,
    );
    expect([others.toSorted(), arrived]).toEqual([['after', 'before'], units]);
    // CloudWatch sorts by time; two calls may pass each other on their way.
    const sorted = parts.toSorted((a, b) => a.at - b.at || a.number - b.number);
    expect(sorted.map(({ number }) => number)).toEqual(parts.map((_, index) => index + 1));
    expect(sorted.findIndex(({ isLast }) => isLast)).toBe(parts.length - 1);
    expect(peak(citizen)).toBeLessThanOrEqual(MOST_RESIDENT_MIB);
  },
);

it(
  `case 35: ${LINE} MB without a newline, truncated: its beginning arrives, the rest is counted, the file goes on`,
  {
    timeout,
  },
  async () => {
    await using payroll = await open('truncate');
    const { units } = write('x');
    const citizen = await payroll.run();
    const messages: string[] = [];
    await follow(
      payroll,
      ({ message }) => messages.push(message),
      () => messages.includes('after'),
    );
    const [before, start = '', after] = messages;
    expect([messages.length, before, after]).toEqual([3, 'before', 'after']);
    expect(start).toMatch(/^x{900000,} \[truncated\]$/);
    const left = units - (start.length - ' [truncated]'.length);
    expect((await ledger(citizen))['lost']).toMatchObject({ longLine: { events: 0, bytes: left } });
    console.log(`${left} bytes left out, ${peak(citizen)} MiB at most`);
    expect(peak(citizen)).toBeLessThanOrEqual(MOST_RESIDENT_MIB);
  },
);
