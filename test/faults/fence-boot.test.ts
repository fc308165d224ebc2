import { mkdir, open, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { systemClock } from '#kit/clock.ts';
import { exitCodeOf } from '#kit/errors.ts';
import { printRegister } from '../../config-service/store/folder/register-format.ts';
import { daemonBench, type DaemonBench } from '../support/daemon-bench.ts';
import { valueOf, verdictOf } from '../support/fetching.ts';
import { mountTmpfs, remount, UNMOUNTABLE } from '../support/mounts.ts';
import { finish } from '../support/patience.ts';
import { ask } from '../support/raw-http.ts';
import { hostIn, type RenderedHost } from '../support/rendered.ts';
import { ELSEWHERE, HERE, SIBLING } from '../support/sealing.ts';

const mountable = it.skipIf(UNMOUNTABLE !== undefined);

async function copiedDisk(): Promise<{ readonly bench: DaemonBench; readonly host: RenderedHost }> {
  const bench = await daemonBench();
  bench.put('base/app.properties', 'a=1\n');
  return { bench, host: await hostIn(dirname(bench.stateDir)) };
}

async function boot(bench: DaemonBench, flags = {}) {
  const daemon = await bench.daemon({ flags });
  valueOf(await finish(bench.clock, daemon.booted));
  return daemon;
}

/** A state folder with the last good configuration of another region, and not a byte of room. */
async function fillDisk(host: RenderedHost): Promise<void> {
  mountTmpfs(host.state, '64k');
  await host.seal(ELSEWHERE, 'last-good');
  const ballast = await open(join(host.state, 'ballast'), 'w');
  for (let isFull = false; !isFull;)
    isFull = await ballast.write(Buffer.alloc(4096)).then(
      ({ bytesWritten }) => bytesWritten < 4096,
      () => true,
    );
  await ballast.close();
}

/** What happens while the boot waits for room: time is the test's own. */
function atPauses(bench: DaemonBench, work: (ms: number) => Promise<void>): void {
  const sleep = bench.clock.sleep.bind(bench.clock);
  vi.spyOn(bench.clock, 'sleep').mockImplementation((ms, signal) =>
    [100, 300, 600].includes(ms) ? work(ms) : sleep(ms, signal),
  );
}

async function expectLandingKept(bench: DaemonBench, host: RenderedHost): Promise<void> {
  const log = bench.log.join('\n');
  expect(log).toContain('nothing will be kept across restarts');
  expect(log).not.toContain('known for this run only');
  expect(await readdir(host.state), log).toEqual(expect.arrayContaining(['landing.stamped']));
}

describe('a boot from a copied disk', () => {
  it('has removed rendered files before anything else, and says so without naming the region', async () => {
    const { bench, host } = await copiedDisk();
    await host.render(ELSEWHERE, { 'a.conf': 'x', 'b.conf': 'y' });
    await host.seal(ELSEWHERE, 'last-good');
    await mkdir(join(bench.runDir, 'staging'), { recursive: true });
    await writeFile(join(bench.runDir, 'staging/a.conf'), 'x');
    const daemon = await boot(bench);
    expect(await readdir(host.path('.'))).toEqual([]);
    expect(await readdir(bench.runDir)).not.toContain('staging');
    const from = { instanceId: ELSEWHERE.instanceId, imageId: ELSEWHERE.imageId, account: ELSEWHERE.account };
    expect(daemon.status()).toMatchObject({
      fence: {
        state: 'relocated: 4 files of another region or account removed; sealed for this instance',
        relocated: true,
        mode: 'purge',
        from,
        rendered: 2,
        left: [],
        namesLost: false,
        removed: [
          { path: host.path('a.conf'), kind: 'rendered', reason: 'foreign', action: 'purged' },
          { path: host.path('b.conf'), kind: 'rendered' },
          { path: host.register, kind: 'register' },
          { kind: 'sealed' },
          { path: join(bench.runDir, 'staging'), kind: 'run', reason: 'leftover' },
        ],
      },
    });
    const metrics = await ask(bench.socket, { path: '/metrics' });
    expect(metrics.text).toContain('landfall_relocations_total 1\n');
    for (const path of ['/v1/status', '/v1/identity', '/v1/layers', '/v1/generations', '/metrics'])
      expect((await ask(bench.socket, { path })).text, path).not.toContain('us-east-1');
    expect(bench.log.filter((line) => line.startsWith('removed by the fence'))).toHaveLength(4);
    expect(bench.log.join('\n')).toContain('us-east-1');
  });

  it('of a sibling starts clean, and that is no relocation', async () => {
    const { bench, host } = await copiedDisk();
    await host.render({ ...SIBLING, account: bench.instance.account }, { 'a.conf': 'x' });
    const daemon = await boot(bench);
    expect(await readdir(host.path('.'))).toEqual([]);
    expect(daemon.status()).toMatchObject({ fence: { relocated: false, from: null, rendered: 1 } });
    expect((await ask(bench.socket, { path: '/metrics' })).text).toContain('landfall_relocations_total 0\n');
  });

  it('keeps from which instance the disk came and when, through restarts', async () => {
    const { bench, host } = await copiedDisk();
    await host.seal(ELSEWHERE, 'last-good');
    const first = await boot(bench);
    const landing = { from: ELSEWHERE.instanceId, at: expect.stringMatching(/^20/) as string };
    expect(first.status()).toMatchObject({ fence: { relocated: true, landing } });
    await first.close(1000);
    const { fence } = (await boot(bench)).status() as { fence: { landing: unknown } };
    expect(fence).toMatchObject({ relocated: false, landing });
    expect(await readFile(join(host.state, 'landing.stamped'), 'utf8')).not.toContain('us-east-1');
  });

  mountable('keeps that on a disk that is full, too: the fence makes room', async () => {
    const { bench, host } = await copiedDisk();
    await fillDisk(host);
    atPauses(bench, (ms) => systemClock.sleep(ms));
    await (await boot(bench)).close(1000);
    await expectLandingKept(bench, host);
  });

  mountable('keeps that where the room of what was removed comes a while later', async () => {
    const { bench, host } = await copiedDisk();
    await fillDisk(host);
    const held = await open(join(host.state, 'last-good.sealed'));
    // With real time behind it: a child that is being forked holds what is open here until it is another program.
    atPauses(bench, async (ms) => {
      await (ms === 100 ? held.close() : undefined);
      await systemClock.sleep(ms);
    });
    await (await boot(bench)).close(1000);
    await expectLandingKept(bench, host);
  });

  it('with a damaged register goes on, and says that files may be left', async () => {
    const { bench, host } = await copiedDisk();
    await host.render(ELSEWHERE, { 'a.conf': 'x' });
    await writeFile(host.register, 'torn');
    const daemon = await boot(bench);
    expect(daemon.status()).toMatchObject({
      fence: { namesLost: true, state: expect.stringContaining('may be left on this host') as string },
    });
    expect(bench.log.join('\n')).toContain('the register of rendered files could not be read');
  });

  it('with a register that was forged to look local keeps the files until they are rendered anew', async () => {
    const { bench, host } = await copiedDisk();
    const { instanceId, account, imageId } = bench.instance;
    const local = { ...HERE, instanceId, account, imageId };
    await host.render(ELSEWHERE, { 'a.conf': 'x' });
    await writeFile(host.register, printRegister(local, [{ path: host.path('a.conf'), sha256: '' }]));
    expect((await boot(bench)).status()).toMatchObject({ fence: { relocated: false, removed: [] } });
    expect(await readFile(host.path('a.conf'), 'utf8')).toBe('x');
  });

  mountable('whose rendered file cannot be removed ends there: code 6, no request, no API', async () => {
    const { bench, host } = await copiedDisk();
    mountTmpfs(host.path('ro'), '64k');
    await host.render(ELSEWHERE, { 'ro/a.conf': 'x' });
    remount(host.path('ro'), 'ro');
    const started = await bench.start();
    expect(verdictOf(started)).toBe('fail LF_REGION_LEFT');
    expect(exitCodeOf('LF_REGION_LEFT')).toBe(6);
    expect(bench.asked()).toEqual(['imds']);
    expect(await readdir(bench.runDir)).toEqual([]);
  });

  mountable(
    'whose state folder is read-only removes what was rendered, and goes on without memory',
    async () => {
      const { bench, host } = await copiedDisk();
      mountTmpfs(host.state, '256k');
      await host.render(ELSEWHERE, { 'a.conf': 'x' });
      await host.seal(ELSEWHERE, 'last-good');
      remount(host.state, 'ro');
      const daemon = await boot(bench);
      expect(await readdir(host.path('.'))).toEqual([]);
      expect(daemon.status()).toMatchObject({
        ready: true,
        fence: {
          relocated: true,
          rendered: 1,
          left: [{ path: host.register }, { path: join(host.state, 'last-good.sealed') }],
          state: expect.stringMatching(/^relocated: 1 file .* 2 files left .*; nothing is kept: /) as string,
        },
      });
      await daemon.close(1000);
    },
  );
});

describe('an instance with a new signature, as after a stop and start', () => {
  it('starts cold: nothing kept is served, nothing counts as relocated, and rendered files stay', async () => {
    const { bench, host } = await copiedDisk();
    const { instanceId, account, imageId } = bench.instance;
    await (await boot(bench)).close(1000);
    await host.render({ ...HERE, instanceId, account, imageId }, { 'a.conf': 'x' });
    bench.instance.stopAndStart();
    bench.sandbox.faults.add({ service: 's3', effect: 'reset' });
    const daemon = await bench.daemon();
    await bench.clock.advance(5000);
    expect(daemon.status()).toMatchObject({
      ready: false,
      fence: { state: 'nothing foreign found; sealed for this instance', relocated: false, removed: [] },
    });
    expect(bench.log.join('\n')).toContain('sealed before this instance was last stopped and started');
    expect(await readFile(host.path('a.conf'), 'utf8')).toBe('x');
  });
});
