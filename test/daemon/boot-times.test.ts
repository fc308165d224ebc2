import { describe, expect, it } from 'vitest';
import { BootTimes, type Moment } from '#agent/daemon/runtime/boot-times.ts';
import { daemonBench } from '../support/daemon-bench.ts';
import { valueOf } from '../support/fetching.ts';
import { finish } from '../support/patience.ts';

function bootAt(scriptAtMs = 35): { readonly boot: BootTimes; at: Moment } {
  const clock = { at: { ms: 80, cpuMs: 70 } };
  return Object.assign(clock, { boot: new BootTimes(() => clock.at, scriptAtMs) });
}

describe('the times of a boot', () => {
  it('begin with the process and its modules, whose processor time nobody could ask for', () => {
    expect(bootAt().boot.document).toEqual({
      readyMs: null,
      cpuMs: null,
      phases: [
        { name: 'process', fromMs: 0, tookMs: 35, cpuMs: null },
        { name: 'modules', fromMs: 35, tookMs: 45, cpuMs: null },
      ],
    });
  });

  it('has phases beside each other, in the order they began', async () => {
    const bench = bootAt();
    const tags = Promise.withResolvers<undefined>();
    const reading = bench.boot.during('tags', () => tags.promise);
    bench.at = { ms: 90.04, cpuMs: 75 };
    bench.boot.begin('S3');
    bench.at = { ms: 100, cpuMs: 80 };
    tags.resolve(undefined);
    await reading;
    await bench.boot.during('S3', async () => {
      bench.at = { ms: 120.06, cpuMs: 81 };
    });
    bench.boot.over();
    const { phases, ...whole } = bench.boot.document;
    expect(whole).toEqual({ readyMs: 120.1, cpuMs: 81 });
    expect(phases).toEqual([
      expect.objectContaining({ name: 'process' }),
      expect.objectContaining({ name: 'modules' }),
      { name: 'tags', fromMs: 80, tookMs: 20, cpuMs: 10 },
      { name: 'S3', fromMs: 90, tookMs: 30, cpuMs: 6 },
    ]);
  });

  it('count what is tried again from its first beginning to its last end, failures too', async () => {
    const bench = bootAt();
    const failing = bench.boot.during('S3', async () => {
      bench.at = { ms: 100, cpuMs: 80 };
      throw new Error('no answer');
    });
    await expect(failing).rejects.toThrow('no answer');
    bench.at = { ms: 600, cpuMs: 80 };
    await bench.boot.during('S3', async () => {
      bench.at = { ms: 650, cpuMs: 90 };
    });
    expect(bench.boot.document['phases']).toContainEqual({
      name: 'S3',
      fromMs: 80,
      tookMs: 570,
      cpuMs: 20,
    });
  });

  it('end when what was begun beside the last of them has ended', async () => {
    const bench = bootAt();
    const api = Promise.withResolvers<undefined>();
    const opening = bench.boot.during('api', () => api.promise);
    bench.boot.over();
    expect(bench.boot.document['readyMs']).toBeNull();
    bench.at = { ms: 95, cpuMs: 80 };
    api.resolve(undefined);
    await opening;
    expect(bench.boot.document).toMatchObject({ readyMs: 95, cpuMs: 80 });
    expect(bench.boot.document['phases']).toContainEqual({
      name: 'api',
      fromMs: 80,
      tookMs: 15,
      cpuMs: 10,
    });
  });

  it('stand still once it is ready: a daemon goes on reading for the rest of its life', async () => {
    const bench = bootAt();
    bench.boot.over();
    const known = bench.boot.document;
    bench.at = { ms: 9000, cpuMs: 900 };
    expect(await bench.boot.during('S3', async () => 'read')).toBe('read');
    bench.boot.begin('plan');
    bench.boot.over();
    expect(bench.boot.document).toEqual(known);
  });

  it('are those of the daemon: each phase was measured, none ends after ready', async () => {
    const bench = await daemonBench();
    bench.put('base/app.properties', 'a=1\n');
    let moments = 0;
    const boot = new BootTimes(() => ({ ms: ++moments, cpuMs: moments }), 0);
    const daemon = await bench.daemon({ host: { boot } });
    valueOf(await finish(bench.clock, daemon.booted));
    const { readyMs, phases } = daemon.status()['boot'] as {
      readyMs: number;
      phases: { name: string; fromMs: number; tookMs: number }[];
    };
    expect(phases.map(({ name }) => name).toSorted()).toEqual(
      'S3 api credentials fence metadata modules plan process resolve state tags'.split(' '),
    );
    for (const { name, fromMs, tookMs } of phases) expect(fromMs + tookMs, name).toBeLessThanOrEqual(readyMs);
    await finish(bench.clock, daemon.refresh());
    expect(daemon.status()['boot']).toEqual({ readyMs, cpuMs: readyMs, phases });
  });
});
