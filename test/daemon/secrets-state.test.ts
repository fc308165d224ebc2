import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { daemonBench, type DaemonBench } from '../support/daemon-bench.ts';
import { valueOf } from '../support/fetching.ts';
import { finish } from '../support/patience.ts';
import { ask } from '../support/raw-http.ts';

const HERE = 'eu-west-1';

async function running(files: Readonly<Record<string, string>>) {
  const bench = await daemonBench();
  bench.sandbox.parameters.put(HERE, '/db/password', 'one');
  for (const [path, text] of Object.entries(files)) bench.put(path, text);
  const daemon = await bench.daemon();
  valueOf(await daemon.booted);
  return { bench, daemon };
}

async function told({ clock, socket }: DaemonBench, path: string): Promise<string> {
  return (await finish(clock, ask(socket, { path }))).text;
}

describe('a secret in use', () => {
  const files = { 'base/a.properties': 'pw=${@ssm:/db/password}\nd=${@secret:none:dflt}\nurl=x:${pw}\n' };

  it('is seen in status, metrics and explain', async () => {
    const { bench, daemon } = await running(files);
    bench.sandbox.parameters.denied.add('/db/password');
    const outcome = await finish(bench.clock, daemon.refresh());
    expect(outcome).toMatchObject({ kind: 'ok', value: { secrets: { inUse: 2, changed: false, stale: 1 } } });
    expect(daemon.status()).toMatchObject({
      secrets: {
        nextReadAt: expect.any(String),
        inUse: [
          { service: 'secretsmanager', name: 'none', state: 'absent', failure: null },
          { service: 'ssm', name: '/db/password', state: 'stale', failure: { code: 'LF_SECRET_DENIED' } },
        ],
      },
    });
    expect(JSON.stringify(daemon.status())).not.toContain('"one"');
    const metrics = await told(bench, '/metrics');
    expect(metrics).toContain('landfall_secrets{state="stale"} 1\n');
    expect(metrics).toContain('landfall_secrets_oldest_age_seconds ');
    const references = async (key: string) => JSON.parse(await told(bench, `/v1/explain/${key}`)).references;
    expect(await references('pw')).toMatchObject([
      { key: '@ssm:/db/password', value: '[redacted]', version: expect.stringMatching(/^1@/) },
    ]);
    expect(await references('d')).toEqual([{ key: '@secret:none', value: null }]);
  });

  it('is taken up by a refresh, also while S3 is down', async () => {
    const { bench, daemon } = await running(files);
    bench.sandbox.parameters.put(HERE, '/db/password', 'two');
    expect(await finish(bench.clock, daemon.refresh())).toMatchObject({
      kind: 'ok',
      value: { changed: true, secrets: { changed: true } },
    });
    expect(await told(bench, '/v1/config/url')).toBe('x:two');
    bench.sandbox.faults.add({ service: 's3', effect: 'reset' });
    bench.sandbox.parameters.put(HERE, '/db/password', 'three');
    expect((await finish(bench.clock, daemon.refresh())).kind).toBe('retry');
    expect(await told(bench, '/v1/config/url')).toBe('x:three');
  });

  it('counts as changed for whoever asked before, also when another check took it up first', async () => {
    const { bench, daemon } = await running(files);
    bench.sandbox.parameters.put(HERE, '/db/password', 'two');
    const first = daemon.refresh();
    // By then the first is reading, and the second wants a reading of its own.
    await setImmediate();
    const both = Promise.all([first, daemon.refresh()]);
    const changed = { kind: 'ok', value: { changed: true, generation: 2 } };
    expect(await finish(bench.clock, both)).toMatchObject([changed, changed]);
    const unchanged = { kind: 'ok', value: { changed: false, generation: 2 } };
    expect(await finish(bench.clock, daemon.refresh())).toMatchObject(unchanged);
  });
});
