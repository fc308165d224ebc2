import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BUCKET, daemonBench, type DaemonBench } from '../support/daemon-bench.ts';
import { valueOf } from '../support/fetching.ts';
import { elapse, finish, until } from '../support/patience.ts';
import { ask } from '../support/raw-http.ts';

const CANARY = 'canary-4711-only-in-ireland';

/** An instance in Ireland that has served its configuration, kept it, and stopped. */
async function ireland(): Promise<DaemonBench> {
  const bench = await daemonBench();
  bench.put('base/app.properties', `db.password=${CANARY}\nqueue=sqs.\${@region}.amazonaws.com\n`);
  const daemon = await bench.daemon();
  valueOf(await finish(bench.clock, daemon.booted));
  valueOf(await finish(bench.clock, daemon.refresh()));
  await daemon.close(1000);
  return bench;
}

async function bytesBelow(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = await Promise.all(
    files.map(async ({ parentPath, name }) => (await readFile(join(parentPath, name))).toString('latin1')),
  );
  return texts.join('\n');
}

async function checkpointsIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => name.startsWith('logs.'));
}

it('law 3: what lies on the disk is sealed: no value in clear', async () => {
  const bench = await ireland();
  expect(await readdir(bench.stateDir)).toContain('last-good.sealed');
  expect(await bytesBelow(bench.stateDir)).not.toContain(CANARY);
});

it('law 3: on a copied disk it is gone before anything but the metadata service is asked, and never served', async () => {
  const bench = await ireland();
  const virginia = await bench.sandbox.addInstance({ region: 'us-east-1', tags: { role: 'web' } });
  bench.sandbox.requests.clear();
  let atFirstCall: Promise<string[]> | undefined;
  void bench.sandbox.requests
    .next(({ service }) => service !== 'imds')
    .then(() => (atFirstCall = readdir(bench.stateDir)));
  // The old bucket would still answer: the address is the one that the image was made with.
  bench.sandbox.faults.add({ service: 's3', effect: 'reset' });
  const env = {
    AWS_EC2_METADATA_SERVICE_ENDPOINT: virginia.imdsUrl,
    AWS_ENDPOINT_URL: bench.sandbox.url,
  };
  const daemon = await bench.daemon({ host: { env }, flags: { source: `s3://${BUCKET}/payroll` } });
  await finish(bench.clock, daemon.refresh());
  expect(await atFirstCall).not.toContain('last-good.sealed');
  expect((await ask(bench.socket, { path: '/readyz' })).status).toBe(503);
  expect(await bytesBelow(bench.stateDir)).not.toContain('eu-west-1');
  expect(daemon.status()).toMatchObject({ ready: false, fence: { relocated: true } });
});

describe('law 3: log checkpoints, which are kept in clear', () => {
  const GROUP = '/prod/web/app';

  /** Ireland has shipped a line, and stopped. */
  async function shipping(): Promise<{ bench: DaemonBench; log: string }> {
    const bench = await daemonBench();
    const log = join(bench.stateDir, '..', 'app.log');
    bench.put('base/plan.yaml', `logs: { app: { path: "${log}", group: "/{environment}/{role}/app" } }\n`);
    await writeFile(log, `${CANARY} one\n`);
    const daemon = await bench.daemon();
    await shipped(bench, `${CANARY} one`);
    await elapse(bench.clock, daemon.close(600_000));
    return { bench, log };
  }

  async function shipped(bench: DaemonBench, line: string): Promise<readonly string[]> {
    const { instanceId } = bench.instance;
    const lines = () =>
      bench.sandbox.logs.events('eu-west-1', GROUP, instanceId).map(({ message }) => message);
    await elapse(
      bench.clock,
      until(() => lines().includes(line)),
    );
    return lines();
  }

  it('hold no value, and are this instance’s after a stop and start', async () => {
    const { bench, log } = await shipping();
    expect(await checkpointsIn(bench.stateDir)).not.toEqual([]);
    expect(await bytesBelow(bench.stateDir)).not.toContain(CANARY);
    bench.instance.stopAndStart();
    await appendFile(log, 'two\n');
    const daemon = await bench.daemon();
    expect(await shipped(bench, 'two')).toEqual([`${CANARY} one`, 'two']);
    await elapse(bench.clock, daemon.close(600_000));
  });

  it.each(['us-east-1', 'eu-west-1'])('are nobody else’s: gone on another instance in %s', async (region) => {
    const { bench } = await shipping();
    const other = await bench.sandbox.addInstance({ region, tags: { role: 'web', environment: 'prod' } });
    let atFirstCall: readonly string[] | undefined;
    void bench.sandbox.requests
      .next(({ service }) => service !== 'imds')
      .then(async () => (atFirstCall = await checkpointsIn(bench.stateDir)));
    bench.sandbox.faults.add({ service: 's3', effect: 'reset' });
    const env = { AWS_EC2_METADATA_SERVICE_ENDPOINT: other.imdsUrl, AWS_ENDPOINT_URL: bench.sandbox.url };
    const daemon = await bench.daemon({ host: { env }, flags: { source: `s3://${BUCKET}/payroll` } });
    await finish(bench.clock, daemon.refresh());
    expect(atFirstCall).toEqual([]);
    expect(daemon.status()).toMatchObject({
      fence: { removed: expect.arrayContaining([expect.objectContaining({ kind: 'stamped' })]) as unknown[] },
    });
  });
});
