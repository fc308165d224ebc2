import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createNotifier, type Notifier } from '#agent/daemon/reporting/sd-notify.ts';
import { silentLogger } from '#kit/logger.ts';
import { FakeClock } from '../support/fake-clock.ts';

const HAS_SYSTEMD =
  spawnSync('systemd-notify', ['--version']).status === 0 && spawnSync('python3', ['--version']).status === 0;
if (!HAS_SYSTEMD)
  console.warn(
    '\n*** systemd-notify or python3 is missing: the service manager is NOT told anything here ***\n',
  );

/** A service manager's end of NOTIFY_SOCKET, in Python, which has datagrams: prints each message, closes what comes along. */
const MANAGER = `
import socket, sys, os, array
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('bound', flush=True)
while True:
    data, ancillary, _, _ = s.recvmsg(4096, 256)
    for _, kind, fds in ancillary:
        if kind == socket.SCM_RIGHTS:
            for fd in array.array('i', fds): os.close(fd)
    if data != b'BARRIER=1': print(data.decode().strip().replace('\\n', ' '), flush=True)
`;

let folder: string;
let manager: ChildProcess;
let heard: string[];
let clock: FakeClock;

beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'landfall-notify-'));
  clock = new FakeClock();
  heard = [];
  if (!HAS_SYSTEMD) return;
  manager = spawn('python3', ['-c', MANAGER, path.join(folder, 'notify')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { stdout } = manager;
  if (!stdout) throw new Error('no pipe');
  await once(stdout, 'data');
  createInterface(stdout).on('line', (line) => void (line === '' || heard.push(line)));
});
afterEach(async () => {
  if (HAS_SYSTEMD) {
    const gone = once(manager, 'exit');
    manager.kill('SIGKILL');
    await gone;
  }
  rmSync(folder, { recursive: true, force: true });
});

function notifier(env: Record<string, string> = {}): Notifier {
  const socket = { NOTIFY_SOCKET: path.join(folder, 'notify'), PATH: process.env['PATH'] ?? '' };
  return createNotifier({ env: { ...socket, ...env }, pid: 42, clock, logger: silentLogger });
}

test.runIf(HAS_SYSTEMD)('ready, status and stopping reach the manager in order', async () => {
  const told = notifier();
  told.ready('generation 1\nREADY=0');
  told.status('one');
  told.status('two');
  await told.close();
  told.stopping();
  await told.close();
  await expect
    .poll(() => heard)
    .toEqual(['READY=1 STATUS=generation 1 READY=0', 'STATUS=two', 'STOPPING=1 STATUS=stopping']);
});

test.runIf(HAS_SYSTEMD)('the watchdog is pinged at half of its time, until closed', async () => {
  const told = notifier({ WATCHDOG_USEC: '10000000', WATCHDOG_PID: '42' });
  told.watch();
  await expect.poll(() => heard).toEqual(['WATCHDOG=1']);
  await clock.advance(4999);
  expect(heard).toHaveLength(1);
  await clock.advance(1);
  await expect.poll(() => heard).toHaveLength(2);
  await told.close();
  expect(clock.sleeping).toBe(0);
});

test('nobody is pinged when the watchdog is for another process, or there is none', () => {
  notifier({ WATCHDOG_USEC: '10000000', WATCHDOG_PID: '43' }).watch();
  notifier().watch();
  expect(clock.sleeping).toBe(0);
});

test('without systemd, or with one that does not answer, telling does nothing', async () => {
  for (const env of [{ NOTIFY_SOCKET: '' }, { NOTIFY_SOCKET: '/nowhere/at/all' }, { PATH: '/nowhere' }]) {
    const told = notifier(env);
    told.ready('generation 1');
    await told.close();
  }
  expect(heard).toEqual([]);
});
