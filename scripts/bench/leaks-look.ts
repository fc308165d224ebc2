// Looks at sockets as the daemon does, compilers off as there: node scripts/bench/leaks-look.ts RUNS [FOLDER]. Without the folder of a
// table that was written, at as many as it opens itself: run it in a network of its own. Prints milliseconds as JSON.
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { createServer, connect, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { SETTLED_FLAGS } from '#agent/settled-flags.ts';
import { SocketSweep } from '#agent/leaks/socket-sweep.ts';
import { madeUpRanges } from './socket-lines.ts';

const PAIRS = 5000;
const TABLES = ['tcp', 'tcp6'];

export interface LeaksLook {
  readonly sockets: number;
  readonly far: number;
  readonly first: number;
  readonly looks: readonly number[];
  /** Reading the same tables, and nothing else. */
  readonly reads: readonly number[];
  /** And their lines as texts, and the fields of these. */
  readonly splits: readonly number[];
  /** Bytes that are held from one look to the next. */
  readonly kept: number;
}

const [runs = '9', folder = '/proc/self/net'] = process.argv.slice(2);
const ranges = madeUpRanges();
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
for (const flag of SETTLED_FLAGS) setFlagsFromString(flag);
if (folder === '/proc/self/net') await openSockets();

const heldBefore = held();
const sweep = new SocketSweep(ranges, 'eu-west-1', folder);
let started = performance.now();
const { sockets, far } = await sweep.look();
const first = performance.now() - started;
const kept = held() - heldBefore;
const [looks, reads, splits]: [number[], number[], number[]] = [[], [], []];
for (let run = 0; run < Number(runs); run += 1) {
  started = performance.now();
  read();
  reads.push(performance.now() - started);
  started = performance.now();
  split();
  splits.push(performance.now() - started);
  started = performance.now();
  await sweep.look();
  looks.push(performance.now() - started);
  await sleep(50);
}
const look: LeaksLook = { sockets, far: far.length, first, looks, reads, splits, kept };
process.stdout.write(`${JSON.stringify(look)}\n`);
process.exit(0);

function held(): number {
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function read(): number {
  const buffer = Buffer.allocUnsafe(64 * 1024);
  let bytes = 0;
  for (const name of TABLES) {
    const file = openSync(`${folder}/${name}`, 'r');
    for (let got = 1; got > 0; bytes += got) got = readSync(file, buffer, 0, buffer.length, null);
    closeSync(file);
  }
  return bytes;
}

function split(): number {
  let fields = 0;
  for (const name of TABLES)
    for (const line of readFileSync(`${folder}/${name}`, 'latin1').split('\n'))
      fields += line.split(' ').length;
  return fields;
}

async function openSockets(): Promise<void> {
  const server = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1', 1024);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const socket = connect({ port, host: '127.0.0.1' });
    if (pair % 100 === 99 || pair === PAIRS - 1) await once(socket, 'connect');
  }
  await sleep(500);
}
