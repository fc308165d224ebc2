import { once } from 'node:events';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startSandbox } from '../../scripts/sandbox/sandbox.ts';
import { seedRegions } from '../../scripts/sandbox/programs/seed.ts';
import { runStandalone } from '../../scripts/sandbox/programs/standalone.ts';
import { ask, signedFor } from './wire.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'landfall-seed-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function write(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(path.join(directory, file)), { recursive: true });
  await writeFile(path.join(directory, file), text);
}

async function seeded(prefix: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const sandbox = await startSandbox();
  const regions = ['eu-west-1', 'us-east-1'];
  for (const region of regions) sandbox.addBucket({ name: `c-${region}`, region });
  await seedRegions(sandbox, { directory, bucket: 'c-{region}', prefix, regions });
  await sandbox.close();
  return Object.fromEntries(
    [...sandbox.buckets.values()].map((bucket) => [
      bucket.region,
      bucket.sorted().map(({ key, body }) => `${key}=${body.toString()}`),
    ]),
  );
}

it('one tree goes to every region', async () => {
  await write('base/a.properties', 'a');
  await write('role/web/b.yaml', 'b');
  const all = ['p/base/a.properties=a', 'p/role/web/b.yaml=b'];
  expect(await seeded('p')).toEqual({ 'eu-west-1': all, 'us-east-1': all });
});

it('a folder per region goes to its own region only', async () => {
  await write('eu-west-1/base/a', 'eu');
  await write('us-east-1/base/a', 'us');
  expect(await seeded('')).toEqual({ 'eu-west-1': ['base/a=eu'], 'us-east-1': ['base/a=us'] });
});

it('runs with a bucket and an instance per region until stopped, and says what to export', async () => {
  await write('base/a', 'hello');
  const lines: string[] = [];
  const stop = new AbortController();
  const ready = Promise.withResolvers<string>();
  const print = (line: string): void => {
    lines.push(line);
    if (line.includes('objects loaded')) ready.resolve(line);
  };
  const running = runStandalone({
    regions: ['eu-west-1'],
    seed: directory,
    prefix: 'app',
    print,
    stop: stop.signal,
  });
  expect(await ready.promise).toContain('1 objects loaded');
  const url = /^export AWS_ENDPOINT_URL=(\S+)/m.exec(lines.join('\n'))?.[1];
  const object = await ask(`${url}/landfall-config-eu-west-1/app/base/a`, {
    headers: signedFor('s3', 'eu-west-1'),
  });
  expect(object.body).toBe('hello');
  expect(lines.join('\n')).toContain("export LANDFALL_SOURCE='s3://landfall-config-{region}/app'");
  const imds = /^export AWS_EC2_METADATA_SERVICE_ENDPOINT=(\S+)/m.exec(lines.join('\n'))?.[1];
  expect((await ask(`${imds}/latest/meta-data/`)).status).toBe(401);
  // Not asked anew afterwards: by then the port may be that of another test.
  const line = connect(Number(new URL(String(url)).port), '127.0.0.1');
  await once(line, 'connect');
  const hungUp = once(line, 'close');
  stop.abort();
  await running;
  await hungUp;
});
