import { expect, it } from 'vitest';
import { daemonBench } from '../support/daemon-bench.ts';
import { valueOf, verdictOf } from '../support/fetching.ts';
import { finish } from '../support/patience.ts';

/** Everything an image can bring along that names a region. */
const MISLEADING = {
  AWS_REGION: 'us-east-1',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_PROFILE: 'virginia',
  AWS_CONFIG_FILE: '/dev/null',
};

it('law 1: the region is what the identity document says, in a Local Zone and whatever the environment claims', async () => {
  // The zone minus its last letter is `us-west-2-lax-1`: no region at all.
  const bench = await daemonBench({ region: 'us-west-2', zone: 'us-west-2-lax-1a' });
  bench.sandbox.addBucket({ name: 'config-us-west-2', region: 'us-west-2' });
  bench.sandbox.putObject('config-us-west-2', 'payroll/base/app.properties', 'where=${@region}\n');
  const env = {
    ...MISLEADING,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: bench.instance.imdsUrl,
    AWS_ENDPOINT_URL: bench.sandbox.url,
  };
  const daemon = await bench.daemon({ mode: 'bootstrap', host: { env } });
  const generation = valueOf(await finish(bench.clock, daemon.booted));
  expect(generation.effective.get('where')?.value).toBe('us-west-2');
  const asked = bench.sandbox.requests.entries.filter(({ service }) => service !== 'imds');
  expect(asked.length).toBeGreaterThan(0);
  expect(new Set(asked.map(({ region }) => region))).toEqual(new Set(['us-west-2']));
});

it('law 1: without a region in the document there is none: nothing is asked of AWS', async () => {
  const bench = await daemonBench();
  const document = JSON.stringify({ accountId: '123456789012', instanceId: 'i-1', imageId: 'ami-1' });
  bench.sandbox.faults.add({
    service: 'imds',
    path: '*/instance-identity/document',
    effect: { status: 200, body: document },
  });
  const env = {
    ...MISLEADING,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: bench.instance.imdsUrl,
    AWS_ENDPOINT_URL: bench.sandbox.url,
  };
  expect(verdictOf(await bench.start({ host: { env } }))).toBe('fail LF_IDENTITY_MALFORMED');
  expect(new Set(bench.asked())).toEqual(new Set(['imds']));
});
