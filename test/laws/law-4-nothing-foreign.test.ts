import { expect, it } from 'vitest';
import { daemonBench } from '../support/daemon-bench.ts';
import { valueOf, verdictOf } from '../support/fetching.ts';
import { finish } from '../support/patience.ts';
import { ask } from '../support/raw-http.ts';

it('law 4: a value that names another region refuses the generation whole, although it is put together from parts', async () => {
  const bench = await daemonBench();
  bench.put('base/app.properties', 'a=1\n');
  const daemon = await bench.daemon();
  valueOf(await finish(bench.clock, daemon.booted));
  bench.put('base/app.properties', 'a=2\nland=us-east\ndb.host=db.${land}-${n}.rds.amazonaws.com\nn=1\n');
  expect(verdictOf(await finish(bench.clock, daemon.refresh()))).toBe('fail LF_REGION_FOREIGN');
  expect((await ask(bench.socket, { path: '/v1/config/a' })).text).toBe('1');
  expect((await ask(bench.socket, { path: '/v1/config/db.host' })).status).toBe(404);
});

it('law 4: a first boot with nothing acceptable fails closed', async () => {
  const bench = await daemonBench();
  bench.put('base/app.properties', 'db.host=payroll.us-east-1.rds.amazonaws.com\n');
  const daemon = await bench.daemon({ mode: 'bootstrap' });
  expect(verdictOf(await finish(bench.clock, daemon.booted))).toBe('fail LF_REGION_FOREIGN');
});

it('law 4: an entry with key, region and reason lets exactly that through', async () => {
  const bench = await daemonBench();
  bench.put('base/app.properties', 'billing.bucket=s3.us-east-1.amazonaws.com\n');
  const allow = '{ key: "billing.*", region: us-east-1, reason: "billing data exists only there" }';
  bench.put('base/plan.yaml', `guard:\n  allow:\n    - ${allow}\n`);
  const daemon = await bench.daemon();
  valueOf(await finish(bench.clock, daemon.booted));
  bench.put('base/app.properties', 'billing.bucket=s3.us-west-2.amazonaws.com\n');
  expect(verdictOf(await finish(bench.clock, daemon.refresh()))).toBe('fail LF_REGION_FOREIGN');
});
