import { describe, expect, it } from 'vitest';
import { createHostReader } from '#agent/metrics/host/host-reader.ts';
import { figuresOf } from '#agent/metrics/host/host-figures.ts';
import { steadySeconds } from '#agent/metrics/host/gap.ts';
import { parseDiskstats } from '#agent/metrics/host/diskstats.ts';
import { parseMeminfo } from '#agent/metrics/host/meminfo.ts';
import { parseMounts } from '#agent/metrics/host/mounts.ts';
import { parseNetDev } from '#agent/metrics/host/net-dev.ts';
import { parseCpuTimes } from '#agent/metrics/host/proc-stat.ts';
import { parseProcessStat } from '#agent/metrics/host/process-stat.ts';
import { countTcpStates } from '#agent/metrics/host/tcp-states.ts';
import { createSpaceProbe } from '#agent/metrics/host/space-probe.ts';
import { COLLECTIONS } from '#agent/metrics/base/metrics-settings.ts';
import { systemClock } from '#kit/clock.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { hostRoot, QUIET_HOST } from './host-root.ts';

const FILTERS = { mounts: [], holders: false, exclude: [], devices: [], interfaces: [] };

async function hostBench() {
  const host = await hostRoot();
  const clock = new FakeClock();
  const space = createSpaceProbe(clock, host.root, () =>
    Promise.resolve({ bsize: 1024, blocks: 1000, bfree: 400, bavail: 300, files: 100, ffree: 75 }),
  );
  const settings = { collect: new Set(COLLECTIONS), filters: FILTERS };
  const read = createHostReader({ clock, root: host.root, settings, patterns: new Map(), space });
  return { ...host, clock, read };
}

const LATER = {
  'proc/stat': 'cpu  150 0 125 825 0 0 0 0 0 0\n',
  'proc/net/dev': '  ens5: 7000 70 0 1 0 0 0 0 2600 26 2 0 0 0 0 0\n',
  'proc/diskstats': ' 259 0 nvme0n1 70 0 140 65 90 0 160 75 3 6100 20\n',
};

describe('rates of the host', () => {
  it('case 69: the first sample of a counter is not a rate', async () => {
    const { read } = await hostBench();
    const figures = figuresOf(undefined, await read(), 60_000);
    expect(figures).toMatchObject({ cpu: undefined, devices: [], interfaces: [], load: [0.5, 0.25, 0.1] });
  });

  it('the second one is', async () => {
    const { read, write, clock } = await hostBench();
    const first = await read();
    await clock.advance(60_000);
    await write(LATER);
    const figures = figuresOf(first, await read(), 60_000);
    expect(figures.cpu).toMatchObject({ user: 50, system: 25, idle: 25 });
    expect(figures.interfaces).toMatchObject([
      { name: 'ens5', seconds: 60, receivedBytes: 6000, sentPackets: 6, receiveDrops: 1, sendErrors: 2 },
    ]);
    expect(figures.devices).toMatchObject([
      { name: 'nvme0n1', reads: 60, readBytes: 61_440, busyTime: 6000, inProgress: 3 },
    ]);
  });

  it('case 69: a counter that went back, by reset or wrap, gives no rate, and goes on from there', async () => {
    const { read, write, clock } = await hostBench();
    await write({ 'proc/net/dev': ' eth0: 4294967290 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0\n' });
    const first = await read();
    await clock.advance(60_000);
    await write({ 'proc/net/dev': ' eth0: 100 2 0 0 0 0 0 0 6 2 0 0 0 0 0 0\n' });
    const second = await read();
    expect(figuresOf(first, second, 60_000).interfaces).toEqual([]);
    await clock.advance(60_000);
    await write({ 'proc/net/dev': ' eth0: 160 3 0 0 0 0 0 0 7 3 0 0 0 0 0 0\n' });
    expect(figuresOf(second, await read(), 60_000).interfaces).toMatchObject([{ receivedBytes: 60 }]);
  });

  it('case 69: a reboot gives no rate, however far the counters are', async () => {
    const { read, write, clock } = await hostBench();
    const first = await read();
    await clock.advance(60_000);
    await write({ ...LATER, 'proc/sys/kernel/random/boot_id': 'another\n' });
    expect(figuresOf(first, await read(), 60_000)).toMatchObject({
      cpu: undefined,
      devices: [],
      interfaces: [],
    });
  });

  it('case 70: a suspended machine, whose wall clock ran ahead, gives no spike', async () => {
    const { read, write, clock } = await hostBench();
    const first = await read();
    await clock.advance(60_000);
    clock.jump(8 * 3_600_000);
    await write(LATER);
    expect(figuresOf(first, await read(), 60_000)).toMatchObject({
      cpu: undefined,
      devices: [],
      interfaces: [],
    });
  });

  it('an iowait that goes back a little is no reset', async () => {
    const { read, write, clock } = await hostBench();
    await write({ 'proc/stat': 'cpu  0 0 0 100 50 0 0 0 0 0\n' });
    const first = await read();
    await clock.advance(60_000);
    await write({ 'proc/stat': 'cpu  50 0 0 150 45 0 0 0 0 0\n' });
    expect(figuresOf(first, await read(), 60_000).cpu).toMatchObject({ user: 50, idle: 50, iowait: 0 });
  });
});

describe('case 70: between two samples', () => {
  const now = { at: 1_000_000, monotonicMs: 60_000, bootId: 'a' };
  it.each([
    ['an ordinary interval', { at: 940_000, monotonicMs: 0, bootId: 'a' }, 60],
    ['a late one', { at: 900_000, monotonicMs: -40_000, bootId: 'a' }, 100],
    [
      'a paused machine, both clocks gone on',
      { at: -9_000_000, monotonicMs: -9_940_000, bootId: 'a' },
      undefined,
    ],
    ['a clock set back an hour', { at: 4_540_000, monotonicMs: 0, bootId: 'a' }, undefined],
    ['no time at all', now, undefined],
  ])('%s', (_, before, seconds) => {
    expect(steadySeconds(before, now, 60_000)).toBe(seconds);
  });
});

describe('/proc as kernels have it', () => {
  it('2.6.32: a stat without guest_nice, a meminfo without MemAvailable', () => {
    expect(parseCpuTimes('cpu  10 1 5 80 2 1 1 0 4\n')).toMatchObject({
      user: 6,
      guest: 4,
      guestNice: 0,
      steal: 0,
    });
    expect(parseMeminfo('MemTotal: 10 kB\nMemFree: 2 kB\nBuffers: 1 kB\nCached: 3 kB\n')?.available).toBe(
      6144,
    );
  });

  it.each([
    ['2.6', '   8       0 sda 1 2 3 4 5 6 7 8 9 10 11'],
    ['4.18', '   8       0 sda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15'],
    ['5.5', '   8       0 sda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17'],
  ])('%s: diskstats', (_, line) => {
    expect(parseDiskstats(`${line}\n`)).toEqual([
      {
        name: 'sda',
        reads: 1,
        readBytes: 1536,
        readTime: 4,
        writes: 5,
        writeBytes: 3584,
        writeTime: 8,
        inProgress: 9,
        busyTime: 10,
      },
    ]);
  });

  it('a counter that stands right behind the colon', () => {
    expect(parseNetDev('eth0:1234567890 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16')).toMatchObject([
      { name: 'eth0', receivedBytes: 1_234_567_890, sentBytes: 9 },
    ]);
  });

  it('a mount with a blank in its path', () => {
    expect(parseMounts(String.raw`/dev/sdb /srv/my\040data ext4 rw 0 0`)).toEqual([
      { device: '/dev/sdb', path: '/srv/my data', type: 'ext4' },
    ]);
  });

  it('a process whose name looks like the rest of the line', () => {
    const rest = Array.from({ length: 22 }, (_, at) => at).join(' ');
    expect(parseProcessStat(`42 (a) S (b) R ${rest}`)).toMatchObject({
      pid: 42,
      name: 'a) S (b',
      state: 'R',
    });
  });

  it('sockets by state', () => {
    const text =
      '  sl  local\n   0: 0100007F:0016 00000000:0000 0A 0\n   1: 0100007F:0016 0100007F:9999 01 0\n';
    const counts = countTcpStates([text, text]);
    expect([counts.get('listen'), counts.get('established'), counts.get('time_wait')]).toEqual([2, 2, 0]);
  });

  it('of this machine', async () => {
    const space = createSpaceProbe(systemClock, '/');
    const settings = { collect: new Set(COLLECTIONS), filters: { ...FILTERS, mounts: ['/'] } };
    const patterns = new Map([['node', (line: string) => line.includes('node')]]);
    const read = createHostReader({ clock: systemClock, root: '/', settings, patterns, space });
    const sample = await read();
    expect(sample.cpu?.idle).toBeGreaterThan(0);
    expect(sample.memory?.total).toBeGreaterThan(0);
    expect(sample.spaces[0]?.total).toBeGreaterThan(0);
    expect(sample.processes?.total).toBeGreaterThan(0);
    expect(sample.groups[0]?.cpuTicks.size).toBeGreaterThan(0);
    expect(sample.files?.open).toBeGreaterThan(0);
    expect(sample.bootId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('that is not there at all gives an empty sample', async () => {
    const { root } = await hostRoot(Object.fromEntries(Object.keys(QUIET_HOST).map((name) => [name, ''])));
    const space = createSpaceProbe(systemClock, root);
    const settings = { collect: new Set(COLLECTIONS), filters: FILTERS };
    const read = createHostReader({ clock: systemClock, root, settings, patterns: new Map(), space });
    expect(await read()).toMatchObject({
      cpu: undefined,
      memory: undefined,
      load: undefined,
      spaces: [],
      devices: [],
    });
  });
});
