import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { cpuSecondsOf } from './agent-process.ts';

export interface HttpLoad {
  readonly port: number;
  readonly path: string;
  readonly connections: number;
  readonly seconds: number;
  /** Requests a second over all connections; without it each connection asks again as soon as it has its answer. */
  readonly rate?: number;
  /** Of the server, for its processor time. */
  readonly pid?: number;
  /** The core to run the generator on, where `taskset` is there; the server should run on another. */
  readonly core?: number;
}

export interface HttpMeasure {
  readonly rps: number;
  /** Milliseconds. With `rate` counted from when the request was due, so that a stall of the server counts in full. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly answers: number;
  /** Of the server, meanwhile; NaN without its `pid`. */
  readonly cpuSeconds: number;
  /** Answers whose status is not 200. */
  readonly wrong: number;
}

/** Loads a server on 127.0.0.1 from a process of its own, and measures. The first seconds warm up and do not count. */
export async function measureHttp(load: HttpLoad): Promise<HttpMeasure> {
  const own = [process.execPath, fileURLToPath(import.meta.url), JSON.stringify(load)];
  const pinned = load.core !== undefined && existsSync('/usr/bin/taskset');
  const [command = '', ...args] = pinned ? ['/usr/bin/taskset', '-c', String(load.core), ...own] : own;
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) text += String(chunk);
  return JSON.parse(text) as HttpMeasure;
}

/**
 * Until a daemon that idled is compiled for work: it has to be busy for a second, and then called often; and until what was due meanwhile is
 * answered. With 3 s the tail of that was in the figures of a slow machine: a p99 of 91 ms instead of 3.
 */
const WARM_UP_MS = 8000;

async function generate(load: HttpLoad): Promise<HttpMeasure> {
  const latencies = createHistogram({ lowest: 1, highest: 10_000_000_000, figures: 3 });
  const start = performance.now();
  const tally: Tally = {
    latencies,
    countFrom: start + WARM_UP_MS,
    end: start + WARM_UP_MS + load.seconds * 1000,
    answers: 0,
    wrong: 0,
  };
  const [atStart, atEnd] = [tally.countFrom, tally.end].map(async (at) => {
    await sleep(at - performance.now());
    return load.pid === undefined ? Number.NaN : cpuSecondsOf(load.pid);
  });
  const lanes = await Promise.all(Array.from({ length: load.connections }, () => openLane(load, tally)));
  if (load.rate === undefined) for (const lane of lanes) lane.ask(performance.now());
  else await pace(lanes, load.rate, tally.end);
  await Promise.all(lanes.map((lane) => lane.done));
  return {
    rps: Math.round(tally.answers / load.seconds),
    p50: latencies.percentile(50) / 1e6,
    p99: latencies.percentile(99) / 1e6,
    max: latencies.max / 1e6,
    answers: tally.answers,
    cpuSeconds: ((await atEnd) ?? NaN) - ((await atStart) ?? NaN),
    wrong: tally.wrong,
  };
}

interface Tally {
  readonly latencies: RecordableHistogram;
  readonly countFrom: number;
  readonly end: number;
  answers: number;
  wrong: number;
}

interface Lane {
  /** Sends a request that was due at `due`. On a busy connection it queues behind the others (HTTP pipelining). */
  ask(due: number): void;
  readonly done: Promise<void>;
}

async function openLane(load: HttpLoad, tally: Tally): Promise<Lane> {
  const socket = await dial(load.port);
  const request = Buffer.from(`GET ${load.path} HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n`);
  const due: number[] = [];
  let rest: Buffer = Buffer.alloc(0);
  const ask = (at: number): void => {
    due.push(at);
    socket.write(request);
  };
  socket.on('data', (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let size = answerSize(rest); size !== undefined; size = answerSize(rest)) {
      const now = performance.now();
      const asked = due.shift() ?? now;
      if (asked >= tally.countFrom && now <= tally.end) {
        tally.answers += 1;
        tally.latencies.record(Math.max(1, Math.round((now - asked) * 1e6)));
        if (rest.toString('latin1', 9, 12) !== '200') tally.wrong += 1;
      }
      rest = rest.subarray(size);
      if (load.rate === undefined && now < tally.end) ask(now);
    }
    if (performance.now() >= tally.end && due.length === 0) socket.end();
  });
  const done = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  if (load.rate !== undefined)
    setTimeout(() => due.length > 0 || socket.end(), tally.end - performance.now() + 100);
  return { ask, done };
}

/** What ends an answer that is sent in chunks; no text of ours has it. */
const LAST_CHUNK = '\r\n0\r\n\r\n';

/** Length of the first whole answer in `bytes`; undefined until it is there. */
function answerSize(bytes: Buffer): number | undefined {
  const head = bytes.indexOf('\r\n\r\n');
  if (head < 0) return undefined;
  const field = bytes.indexOf('Content-Length: ');
  if (field < 0 || field > head) {
    const last = bytes.indexOf(LAST_CHUNK, head);
    return last < 0 ? undefined : last + LAST_CHUNK.length;
  }
  const length = Number.parseInt(bytes.toString('latin1', field + 16, field + 26), 10);
  return bytes.length < head + 4 + length ? undefined : head + 4 + length;
}

/** Sends request `n` when it is due, round the lanes; asleep less than a millisecond at a time only in the way of setImmediate. */
function pace(lanes: readonly Lane[], rate: number, end: number): Promise<void> {
  const start = performance.now();
  let sent = 0;
  return new Promise((resolve) => {
    const turn = (): void => {
      const now = performance.now();
      if (now >= end) {
        resolve();
        return;
      }
      for (let due = start + (sent * 1000) / rate; due <= now; due = start + (sent * 1000) / rate) {
        lanes[sent % lanes.length]?.ask(due);
        sent += 1;
      }
      setImmediate(turn);
    };
    turn();
  });
}

function dial(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => resolve(socket));
  });
}

if (import.meta.main) {
  const measure = await generate(JSON.parse(process.argv[2] ?? '{}') as HttpLoad);
  process.stdout.write(`${JSON.stringify(measure)}\n`);
}
