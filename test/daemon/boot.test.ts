import { readdir, readFile, stat, writeFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createLastGood } from '../../config-service/store/documents/last-good.ts';
import { BUCKET, daemonBench, type DaemonBench } from '../support/daemon-bench.ts';
import { valueOf, verdictOf } from '../support/fetching.ts';
import { finish, until } from '../support/patience.ts';
import { ask } from '../support/raw-http.ts';
import { ELSEWHERE, keyOf } from '../support/sealing.ts';

/** State as a copied image brings it: sealed and stamped in another region. */
async function foreignState({ stateDir }: DaemonBench): Promise<void> {
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const lastGood = createLastGood(stateDir, keyOf(ELSEWHERE));
  const layers = [{ name: 'base', files: [] }];
  const rest = { release: null, layout: 'tree', savedAt: 0, tags: new Map(), etags: new Map() } as const;
  valueOf(await lastGood.save({ ...rest, layers }));
}

describe('an instance that boots', () => {
  it('serves its configuration on the socket, and says who it is', async () => {
    const bench = await daemonBench();
    bench.put('base/app.properties', 'queue=sqs.${@region}.amazonaws.com\na=1\n');
    bench.put('role/web/app.properties', 'a=2\n');
    const daemon = await bench.daemon();
    const generation = valueOf(await finish(bench.clock, daemon.booted));
    expect(generation.number).toBe(1);
    expect((await ask(bench.socket, { path: '/v1/config/a' })).text).toBe('2');
    expect((await ask(bench.socket, { path: '/v1/config/queue' })).text).toBe('sqs.eu-west-1.amazonaws.com');
    expect((await ask(bench.socket, { path: '/readyz' })).status).toBe(200);
    expect(daemon.status()).toMatchObject({
      ready: true,
      identity: { region: 'eu-west-1', role: 'web', environment: 'prod' },
      generation: { number: 1, keys: 2 },
      source: { address: `s3://${BUCKET}/payroll`, layout: 'tree', stale: false, servedFrom: 'source' },
      fence: { state: 'nothing foreign found; sealed for this instance', relocated: false },
    });
    expect(bench.instance.violations).toEqual([]);
  });

  it('writes the token for its owner only, a new one at each start', async () => {
    const bench = await daemonBench();
    bench.put('base/app.properties', 'a=1\n');
    const tokens: string[] = [];
    for (let start = 0; start < 2; start += 1) {
      const daemon = await bench.daemon();
      const path = join(bench.runDir, 'token');
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      tokens.push(await readFile(path, 'utf8'));
      await daemon.close(1000);
    }
    expect(new Set(tokens).size).toBe(2);
    expect(tokens[0]).toMatch(/^[\w-]{43}\n$/);
  });

  it('only in bootstrap has no API at all', async () => {
    const bench = await daemonBench();
    bench.put('base/app.properties', 'a=1\n');
    const daemon = await bench.daemon({ mode: 'bootstrap' });
    expect(verdictOf(await finish(bench.clock, daemon.booted))).toBe('ok');
    expect(await readdir(bench.runDir)).toEqual([]);
  });
});

describe('the order of a boot (law 3)', () => {
  it('is IMDS, then everything else', async () => {
    const bench = await daemonBench();
    bench.put('base/app.properties', 'a=1\n');
    bench.sandbox.faults.add({
      service: 'imds',
      path: '/latest/dynamic/instance-identity/document',
      delayMs: 500,
      times: 1,
    });
    const starting = bench.daemon();
    await until(() => bench.sandbox.requests.entries.some(({ path }) => path.endsWith('/signature')));
    expect(bench.asked()).toEqual(['imds']);
    await expect(stat(bench.socket.socketPath)).rejects.toThrow('ENOENT');
    await bench.clock.advance(500);
    await finish(bench.clock, (await starting).booted);
    expect(bench.asked().slice(0, 2)).toEqual(['imds', 's3']);
  });

  it('removes what is foreign before that, and tells of it', async () => {
    const bench = await daemonBench();
    bench.put('base/app.properties', 'a=1\n');
    await foreignState(bench);
    const daemon = await bench.daemon();
    await finish(bench.clock, daemon.booted);
    expect(daemon.status()).toMatchObject({
      fence: {
        state: 'relocated: 1 file of another region or account removed; sealed for this instance',
        relocated: true,
        removed: [{ reason: 'foreign', action: 'purged', kind: 'sealed' }],
      },
    });
    const events = await ask(bench.socket, { path: '/metrics' });
    expect(events.text).toContain('landfall_relocations_total 1\n');
    expect(bench.log.join('\n')).toContain('this disk came from another region');
  });

  it('goes no further when it cannot: no request, no API, no lock left behind', async () => {
    const bench = await daemonBench();
    bench.put('base/app.properties', 'a=1\n');
    await foreignState(bench);
    // A file where the quarantine has to be.
    await writeFile(join(bench.stateDir, 'quarantine'), '');
    const started = await bench.start({ flags: { onRelocation: 'quarantine' } });
    expect(started).toMatchObject({ fault: { code: 'LF_STATE_DIR', operation: 'remove foreign state' } });
    expect(bench.asked()).toEqual(['imds']);
    expect(await readdir(bench.runDir)).toEqual([]);
    expect(verdictOf(await bench.start())).toBe('ok');
  });
});

describe('a boot that cannot go on', () => {
  it.each([
    ['v1-only', 'LF_IMDS_V1_ONLY'],
    ['disabled', 'LF_IMDS_DISABLED'],
  ] as const)('%s metadata: ends with %s, whatever the mode', async (mode, code) => {
    for (const way of ['run', 'bootstrap'] as const) {
      const bench = await daemonBench({ mode });
      expect(verdictOf(await bench.start({ mode: way }))).toBe(`fail ${code}`);
      expect(bench.asked()).toEqual(['imds']);
    }
  });

  it('a port that is taken ends it with everything closed', async () => {
    const bench = await daemonBench();
    bench.put('base/app.properties', 'a=1\n');
    const port = new URL(bench.sandbox.url).port;
    const started = await bench.start({ flags: { listen: `127.0.0.1:${port}` } });
    expect(verdictOf(started)).toBe('fail LF_LISTEN');
    await expect(stat(bench.socket.socketPath)).rejects.toThrow('ENOENT');
    expect(verdictOf(await bench.start())).toBe('ok');
  });

  it('an endpoint of another region ends it before the first call there', async () => {
    const bench = await daemonBench();
    const env = {
      AWS_EC2_METADATA_SERVICE_ENDPOINT: bench.instance.imdsUrl,
      AWS_ENDPOINT_URL_S3: 'https://s3.us-east-1.amazonaws.com',
    };
    expect(verdictOf(await bench.start({ host: { env } }))).toBe('fail LF_ENDPOINT_FOREIGN');
    expect(bench.asked()).toEqual(['imds']);
  });
});
