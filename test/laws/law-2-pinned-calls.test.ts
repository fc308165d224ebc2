import { expect, it } from 'vitest';
import { BUCKET, daemonBench } from '../support/daemon-bench.ts';
import { valueOf, verdictOf } from '../support/fetching.ts';
import { finish } from '../support/patience.ts';

it('law 2: a bucket that answers from another region is refused, and every call names the owner', async () => {
  const bench = await daemonBench();
  bench.put('base/app.properties', 'a=1\n');
  const daemon = await bench.daemon();
  valueOf(await finish(bench.clock, daemon.booted));
  bench.put('base/app.properties', 'a=2\n');
  // As S3 marks an answer for a bucket that was made elsewhere.
  bench.sandbox.faults.add({
    service: 's3',
    effect: { status: 200, headers: { 'x-amz-bucket-region': 'us-east-1' }, body: '<ListBucketResult/>' },
  });
  const refreshed = await finish(bench.clock, daemon.refresh());
  expect(verdictOf(refreshed)).toBe('fail LF_REGION_BUCKET');
  const asked = bench.sandbox.requests.entries.filter(({ service }) => service === 's3');
  expect(new Set(asked.map(({ expectedOwner }) => expectedOwner))).toEqual(new Set(['123456789012']));
});

it('law 2: a redirect to another region is not followed', async () => {
  const bench = await daemonBench();
  const location = `${bench.sandbox.url}/${BUCKET}-virginia/payroll`;
  bench.sandbox.faults.add({
    service: 's3',
    effect: {
      status: 301,
      code: 'PermanentRedirect',
      headers: { location, 'x-amz-bucket-region': 'us-east-1' },
    },
  });
  const daemon = await bench.daemon();
  expect(verdictOf(await finish(bench.clock, daemon.refresh()))).toBe('fail LF_REGION_BUCKET');
  expect(bench.sandbox.requests.entries.some(({ path }) => path.includes('virginia'))).toBe(false);
});

it('law 2: an endpoint that names another region stops the boot before the first call', async () => {
  const bench = await daemonBench();
  const env = {
    AWS_EC2_METADATA_SERVICE_ENDPOINT: bench.instance.imdsUrl,
    AWS_ENDPOINT_URL_S3: 'https://s3.us-east-1.amazonaws.com',
  };
  expect(verdictOf(await bench.start({ host: { env } }))).toBe('fail LF_ENDPOINT_FOREIGN');
  expect(new Set(bench.asked())).toEqual(new Set(['imds']));
});
