import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { daemonBench, type DaemonBench, type StartOptions } from '../support/daemon-bench.ts';
import { valueOf, verdictOf } from '../support/fetching.ts';
import { finish } from '../support/patience.ts';
import { ask } from '../support/raw-http.ts';

const HOUR = 3_600_000;

/** A daemon that has its first generation. */
async function booted(bench: DaemonBench, flags: StartOptions['flags'] = {}) {
  const daemon = await bench.daemon({ flags });
  valueOf(await finish(bench.clock, daemon.booted));
  return daemon;
}

const valueAt = async (bench: DaemonBench, key: string) =>
  (await ask(bench.socket, { path: `/v1/config/${key}` })).text;

function override(bench: DaemonBench, key: string, value: string) {
  const body = JSON.stringify({ value, for: '1h', reason: 'ticket 4711' });
  const headers = { 'content-type': 'application/json' };
  return ask(bench.socket, { method: 'PUT', path: `/v1/overrides/${key}`, headers, body });
}

describe('after a restart', () => {
  it('without S3 the last known good is served, and said to be that', async () => {
    const bench = await daemonBench();
    bench.put('base/app.properties', 'a=1\n');
    await (await booted(bench)).close(1000);
    await bench.clock.advance(HOUR);
    bench.sandbox.faults.add({ service: 's3', effect: 'reset' });
    const daemon = await booted(bench);
    expect(await valueAt(bench, 'a')).toBe('1');
    expect(daemon.status()).toMatchObject({
      ready: true,
      source: { stale: true, servedFrom: 'last-good', age: '1h' },
    });
    expect((await ask(bench.socket, { path: '/v1/config' })).json()).toMatchObject({ stale: true });
    bench.sandbox.faults.clear();
    bench.put('base/app.properties', 'a=2\n');
    await finish(bench.clock, daemon.refresh());
    expect(await valueAt(bench, 'a')).toBe('2');
    expect(daemon.status()).toMatchObject({ source: { stale: false, servedFrom: 'source' } });
  });

  it('without IMDS nothing is served: nobody says whose this is', async () => {
    const bench = await daemonBench();
    bench.put('base/app.properties', 'a=1\n');
    await (await booted(bench)).close(1000);
    bench.instance.mode = 'disabled';
    expect(verdictOf(await bench.start())).toBe('fail LF_IMDS_DISABLED');
  });

  it('an override holds until its end, and not longer', async () => {
    const bench = await daemonBench();
    // No poll shall help the end along.
    const rarely = { interval: '7d' };
    bench.put('base/app.properties', 'a=1\n');
    const first = await booted(bench, rarely);
    expect((await override(bench, 'a', '2')).status).toBe(200);
    expect(await valueAt(bench, 'a')).toBe('2');
    await first.close(1000);
    const second = await booted(bench, rarely);
    expect(await valueAt(bench, 'a')).toBe('2');
    expect(second.status()).toMatchObject({ overrides: [{ key: 'a', reason: 'ticket 4711' }] });
    expect(JSON.stringify(second.status())).not.toContain('"value"');
    await bench.clock.advance(HOUR);
    expect(await valueAt(bench, 'a')).toBe('1');
    await second.close(1000);
    await booted(bench, rarely);
    expect(await valueAt(bench, 'a')).toBe('1');
  });

  it('IMDS failing after the boot changes nothing', async () => {
    const bench = await daemonBench();
    bench.put('base/app.properties', 'a=1\n');
    const daemon = await booted(bench);
    bench.instance.mode = 'down';
    bench.put('base/app.properties', 'a=2\n');
    await finish(bench.clock, daemon.refresh());
    expect(await valueAt(bench, 'a')).toBe('2');
    expect(daemon.status()).toMatchObject({ identity: { role: 'web' }, source: { stale: false } });
  });
});

describe('the state folder', () => {
  it('belongs to one daemon: a second one is refused, and the first goes on', async () => {
    const bench = await daemonBench();
    bench.put('base/app.properties', 'a=1\n');
    const first = await booted(bench);
    const runDir = join(bench.stateDir, '../run2');
    const second = await bench.start({ flags: { runDir } });
    expect(second).toMatchObject({ kind: 'fail', fault: { code: 'LF_STATE_LOCKED' } });
    expect(await valueAt(bench, 'a')).toBe('1');
    await first.close(1000);
    expect(verdictOf(await bench.start({ flags: { runDir } }))).toBe('ok');
  });

  it('that takes no writes is no obstacle, and status says what that means', async () => {
    const bench = await daemonBench();
    bench.put('base/app.properties', 'a=1\n');
    // procfs refuses new folders to everyone, root included.
    const daemon = await bench.daemon({ flags: { stateDir: '/proc/self/landfall' } });
    valueOf(await finish(bench.clock, daemon.booted));
    expect(await valueAt(bench, 'a')).toBe('1');
    expect((await override(bench, 'a', '2')).status).toBe(200);
    expect(daemon.status()).toMatchObject({
      fence: { state: expect.stringMatching(/^nothing foreign found; nothing is kept: ./) as string },
    });
    expect(bench.log[0]).toMatch(/^nothing will be kept across restarts/);
  });

  it('holds no value of an instance without a signature, and status says so', async () => {
    const bench = await daemonBench({ signed: false });
    bench.put('base/app.properties', 'a=1\n');
    const daemon = await booted(bench);
    await override(bench, 'a', '2');
    expect((await readdir(bench.stateDir)).filter((name) => name.includes('sealed'))).toEqual([]);
    expect(daemon.status()).toMatchObject({
      fence: { state: expect.stringContaining('gives no signature to seal it with') as string },
    });
  });

  it('is sealed otherwise', async () => {
    const bench = await daemonBench();
    bench.put('base/app.properties', 'a=1\n');
    await booted(bench);
    expect(await readdir(bench.stateDir)).toContain('last-good.sealed');
  });
});
