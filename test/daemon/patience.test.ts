import { describe, expect, it } from 'vitest';
import type { Generation } from '#config-service';
import type { Outcome } from '#kit/outcome.ts';
import { daemonBench, type DaemonBench, type StartOptions } from '../support/daemon-bench.ts';
import { verdictOf } from '../support/fetching.ts';
import { elapse, finish, until } from '../support/patience.ts';
import { ask } from '../support/raw-http.ts';

const FOREIGN = 'q=https://sqs.us-east-1.amazonaws.com/1/q\n';

/** The end of a bootstrap that no clock was moved for. */
async function bootstrap(bench: DaemonBench, options: StartOptions = {}): Promise<Outcome<Generation>> {
  const daemon = await bench.daemon({ mode: 'bootstrap', ...options });
  return finish(bench.clock, daemon.booted);
}

describe('bootstrap ends at once with what no waiting heals', () => {
  it.each([
    ['no such bucket', 'fail LF_BUCKET_MISSING', () => {}, { source: 's3://none-{region}/p' }],
    ['a source of no instance', 'fail LF_SETTINGS', () => {}, { source: 's3://x/{planet}' }],
    ['another region', 'fail LF_REGION_FOREIGN', (bench) => bench.put('base/app.properties', FOREIGN), {}],
    ['a broken file', 'fail LF_PARSE', (bench) => bench.put('base/app.yaml', 'a: b: c\n'), {}],
    [
      'a bucket of another region',
      'fail LF_REGION_BUCKET',
      (bench) => void bench.sandbox.addBucket({ name: 'far', region: 'us-east-1' }),
      { source: 's3://far/p' },
    ],
  ] as [string, string, (bench: DaemonBench) => void, StartOptions['flags']][])(
    '%s: %s',
    async (_, verdict, arrange, flags) => {
      const bench = await daemonBench();
      arrange(bench);
      expect(verdictOf(await bootstrap(bench, { flags: flags ?? {} }))).toBe(verdict);
    },
  );
});

describe('run goes on after the same', () => {
  it('not ready, with the reason, until somebody corrects it', async () => {
    const bench = await daemonBench();
    bench.put('base/app.properties', FOREIGN);
    const daemon = await bench.daemon();
    const ready = async () => ask(bench.socket, { path: '/readyz' });
    await bench.logged('LF_REGION_FOREIGN');
    expect((await ready()).json()).toMatchObject({ ready: false, reasons: [{ code: 'LF_REGION_FOREIGN' }] });
    expect((await ask(bench.socket, { path: '/healthz' })).status).toBe(200);
    bench.put('base/app.properties', 'a=1\n');
    await finish(bench.clock, daemon.refresh());
    expect(verdictOf(await daemon.booted)).toBe('ok');
    expect((await ready()).status).toBe(200);
  });
});

describe('a boot while S3 is away', () => {
  it.each(['throttle', 'reset'] as const)(
    '(%s): each try is one request to S3, and nobody but the metadata service is asked beside',
    async (effect) => {
      const bench = await daemonBench();
      bench.sandbox.faults.add({ service: 's3', effect });
      const asked = () => bench.sandbox.requests.entries.filter(({ service }) => service !== 'imds');
      await bench.daemon({ host: { random: () => 0.999 } });
      const tries = () => bench.log.filter((line) => line.includes('LF_SOURCE_')).length;
      await until(() => tries() > 0);
      while (asked().length < 7) {
        await bench.clock.advance(100);
        await new Promise((resolve) => setImmediate(resolve));
      }
      // The first asks for both layouts at once.
      expect(asked().map(({ operation }) => operation)).toEqual([
        'GetObject',
        'ListObjectsV2',
        ...Array<string>(5).fill('GetObject'),
      ]);
      const seconds = asked().map(({ at }) => at / 1000);
      const gaps = seconds.slice(2).map((at, index) => at - (seconds[index + 1] ?? 0));
      // Ceilings of 0.5, 1, 2, 4 and 8 s, and what the sockets took.
      for (const [index, gap] of gaps.entries()) expect(gap).toBeGreaterThan(0.49 * 2 ** index);
    },
  );
});

describe('when patience ends', () => {
  it.each(['run', 'bootstrap'] as const)('%s tells the last state of the source', async (mode) => {
    const bench = await daemonBench();
    bench.sandbox.faults.add({ service: 's3', effect: 'throttle' });
    // Patience ends before the first retry, which the largest jitter puts 500 ms ahead.
    const patience = { bootTimeout: '400ms' };
    const daemon = await bench.daemon({ mode, flags: patience, host: { random: () => 0.999 } });
    await bench.logged('LF_SOURCE_THROTTLED');
    await bench.clock.advance(400);
    expect(verdictOf(await daemon.booted)).toBe('fail LF_SOURCE_THROTTLED');
  });

  it('an empty source is worth the whole wait: somebody may be uploading', async () => {
    const bench = await daemonBench();
    const daemon = await bench.daemon({ mode: 'bootstrap', host: { random: () => 0.999 } });
    await bench.logged('LF_SOURCE_EMPTY');
    bench.put('base/app.properties', 'a=1\n');
    await finish(bench.clock, daemon.refresh());
    expect(verdictOf(await daemon.booted)).toBe('ok');
  });

  it('before the identity is known its failure is the last state, and the boot is over', async () => {
    const bench = await daemonBench({ mode: 'down' });
    const starting = bench.start({
      mode: 'bootstrap',
      flags: { bootTimeout: '5s' },
      host: { random: () => 0.999 },
    });
    expect(await elapse(bench.clock, starting)).toMatchObject({ fault: { code: 'LF_IMDS_UNREACHABLE' } });
  });
});

describe('a stop during the boot', () => {
  it('ends the wait for the metadata service, and frees the state folder', async () => {
    const bench = await daemonBench({ mode: 'hop-limit' });
    bench.put('base/app.properties', 'a=1\n');
    const stop = new AbortController();
    const starting = bench.start({ stop: stop.signal });
    await until(() => bench.sandbox.requests.entries.length > 0 || bench.clock.sleeping > 0);
    stop.abort();
    expect((await starting).kind).not.toBe('ok');
    bench.instance.mode = 'required';
    expect(verdictOf(await bench.start())).toBe('ok');
  });
});
