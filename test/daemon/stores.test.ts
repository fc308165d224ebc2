import { describe, expect, it } from 'vitest';
import { daemonBench, type DaemonBench } from '../support/daemon-bench.ts';
import { valueOf, verdictOf } from '../support/fetching.ts';
import { finish } from '../support/patience.ts';
import { ask } from '../support/raw-http.ts';

const HERE = 'eu-west-1';
/** A store that is asked again and again needs time to pass between. */
const host = { random: () => 0.5 };
const SSM = { layers: 'base,ssm:/payroll/{environment}/,role/{role}' };

async function told(bench: DaemonBench, path: string): Promise<string> {
  return (await finish(bench.clock, ask(bench.socket, { path }))).text;
}

const valueAt = (bench: DaemonBench, key: string) => told(bench, `/v1/config/${key}`);

/** Lets time pass, in steps that leave real sockets their turns, until it holds. */
async function passing({ clock }: DaemonBench, holds: () => boolean): Promise<void> {
  while (!holds()) await clock.advance(50);
}

async function stocked(): Promise<DaemonBench> {
  const bench = await daemonBench();
  bench.put('base/a.properties', 'a=s3\nb=s3\nurl=x:${db.password}\n');
  bench.put('role/web/a.properties', 'role=web\n');
  bench.sandbox.parameters.put(HERE, '/payroll/prod/b', 'ssm', 'String');
  bench.sandbox.parameters.put(HERE, '/payroll/prod/db/password', 'hush');
  return bench;
}

async function running(bench: DaemonBench) {
  const daemon = await bench.daemon({ host, flags: { ...SSM, storeInterval: '10s' } });
  valueOf(await finish(bench.clock, daemon.booted));
  return daemon;
}

describe('a layer of Parameter Store', () => {
  it('stands in the order with those of S3, with name and version, and its secrets are secrets', async () => {
    const bench = await stocked();
    const daemon = await running(bench);
    expect(await valueAt(bench, 'b')).toBe('ssm');
    expect(JSON.parse(await told(bench, '/v1/explain/b'))).toMatchObject({
      winner: { layer: 'ssm:/payroll/prod', file: 'b', line: 1, object: 'ssm:/payroll/prod' },
      shadowed: [{ layer: 'base', raw: 's3' }],
    });
    const port = /"listen":"([^"]+)"/.exec(bench.log.join('\n'))?.[1]?.split(':')[1];
    const stranger = await finish(
      bench.clock,
      ask({ host: '127.0.0.1', port: Number(port) }, { path: '/v1/config' }),
    );
    expect(stranger.json()).toMatchObject({
      stale: false,
      properties: { a: 's3', b: 'ssm', 'db.password': '[redacted]', url: '[redacted]', role: 'web' },
    });
    expect(JSON.stringify([daemon.status(), bench.log, await told(bench, '/v1/layers')])).not.toContain(
      'hush',
    );
    expect(daemon.status()).toMatchObject({
      stores: [{ layer: 'ssm:/payroll/prod', state: 'fresh', failure: null }],
    });
    expect(await told(bench, '/metrics')).toContain('landfall_stores{state="fresh"} 1\n');
  });

  it('is waited for by a first boot, which says so, and holds up no later change of S3', async () => {
    const bench = await stocked();
    const fault = bench.sandbox.faults.add({
      service: 'ssm',
      operation: 'GetParametersByPath',
      effect: 'throttle',
    });
    const daemon = await bench.daemon({ host, flags: SSM });
    await bench.logged('a store cannot be read, it is waited for');
    expect(bench.log.join('\n')).toContain('LF_SOURCE_THROTTLED');
    const waiting = JSON.parse(await told(bench, '/readyz'));
    expect(waiting).toMatchObject({ ready: false });
    expect(JSON.stringify(daemon.status()['waits'])).toContain('the store ssm:/payroll/prod');
    bench.sandbox.faults.remove(fault);
    await passing(bench, () => daemon.status()['ready'] === true);
    valueOf(await finish(bench.clock, daemon.booted));
    expect(await valueAt(bench, 'b')).toBe('ssm');

    bench.sandbox.faults.add({ service: 'ssm', effect: 'hang' });
    await passing(bench, () => JSON.stringify(daemon.status()['stores']).includes('LF_SOURCE_UNREACHABLE'));
    bench.put('base/a.properties', 'a=changed\nb=s3\nurl=x\n');
    await passing(bench, () => bench.log.some((line) => line.includes('"number":2')));
    const isFollowed = () => !(daemon.status()['source'] as { readonly stale: boolean }).stale;
    await passing(bench, isFollowed);
    expect(await valueAt(bench, 'a')).toBe('changed');
    expect(await valueAt(bench, 'b')).toBe('ssm');
    expect(daemon.status()).toMatchObject({
      source: { stale: false },
      stores: [{ state: 'stale', failure: { code: 'LF_SOURCE_UNREACHABLE' } }],
    });
    expect(JSON.parse(await told(bench, '/v1/config'))).toMatchObject({ stale: true });
  });

  it('is taken up by a refresh, and one that is emptied, foreign or denied leaves the last good', async () => {
    const bench = await stocked();
    const daemon = await running(bench);
    bench.sandbox.parameters.put(HERE, '/payroll/prod/b', 'two', 'String');
    bench.sandbox.parameters.put(HERE, '/payroll/prod/db/password', 'hushed');
    expect(await finish(bench.clock, daemon.refresh())).toMatchObject({
      kind: 'ok',
      value: { changed: true },
    });
    expect([await valueAt(bench, 'b'), await valueAt(bench, 'url')]).toEqual(['two', 'x:hushed']);

    bench.sandbox.parameters.put(HERE, '/payroll/prod/b', 'db.us-east-1.rds.amazonaws.com', 'String');
    expect(verdictOf(await finish(bench.clock, daemon.refresh()))).toBe('fail LF_REGION_FOREIGN');
    expect(await valueAt(bench, 'b')).toBe('two');
    bench.sandbox.parameters.put(HERE, '/payroll/prod/b', 'three', 'String');

    for (const name of ['b', 'db/password']) bench.sandbox.parameters.delete(HERE, `/payroll/prod/${name}`);
    expect(verdictOf(await finish(bench.clock, daemon.refresh()))).toBe('fail LF_REGION_FOREIGN');
    const emptied = { state: 'stale', failure: { code: 'LF_LAYER_EMPTIED' } };
    expect(daemon.status()).toMatchObject({ stores: [emptied] });
    expect(await valueAt(bench, 'b')).toBe('two');

    bench.sandbox.parameters.denied.add('/payroll/prod');
    await finish(bench.clock, daemon.refresh());
    expect(daemon.status()).toMatchObject({
      stores: [{ state: 'stale', failure: { code: 'LF_SOURCE_DENIED' } }],
    });
    expect(JSON.parse(await told(bench, '/v1/layers')).layers[1]).toMatchObject({
      name: 'ssm:/payroll/prod',
      keys: 2,
      store: {
        state: 'stale',
        failure: { hint: expect.stringContaining('ssm:GetParametersByPath on arn:aws:ssm:') },
      },
    });
  });

  it('comes from the disk after a restart while the store is away, beside what S3 has now', async () => {
    const bench = await stocked();
    await (await running(bench)).close(1000);
    bench.sandbox.faults.add({ service: 'ssm', effect: 'reset' });
    bench.put('base/a.properties', 'a=later\nb=s3\n');
    const daemon = await running(bench);
    expect([await valueAt(bench, 'a'), await valueAt(bench, 'b')]).toEqual(['later', 'ssm']);
    expect(daemon.status()).toMatchObject({
      source: { servedFrom: 'source' },
      stores: [{ state: 'stale', servedFrom: 'last-good' }],
    });
    bench.sandbox.faults.clear();
    bench.sandbox.parameters.put(HERE, '/payroll/prod/b', 'back', 'String');
    await finish(bench.clock, daemon.refresh());
    expect(await valueAt(bench, 'b')).toBe('back');
    expect(daemon.status()).toMatchObject({ stores: [{ state: 'fresh', servedFrom: 'store' }] });
  });

  it('is refused where releases have to be signed, and not taken for the content of a bucket that has none', async () => {
    const bench = await daemonBench();
    bench.sandbox.parameters.put(HERE, '/payroll/prod/b', 'ssm', 'String');
    const keys = { ...SSM, trustedKeys: `ed25519:${Buffer.alloc(32, 7).toString('base64')}` };
    const signed = await bench.daemon({ mode: 'bootstrap', host, flags: keys });
    expect(verdictOf(await finish(bench.clock, signed.booted))).toBe('fail LF_SIGNATURE_MISSING');
    await signed.close(1000);
    await bench.daemon({ host, flags: SSM });
    await bench.logged('LF_SOURCE_EMPTY');
  });
});
