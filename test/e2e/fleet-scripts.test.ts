import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { DepartingSite } from './departing-site.ts';
import { BUCKET } from './payroll.ts';

const PLAN = 'scripts: { migrate: { run: scripts/migrate.sh, when: fleet, timeout: 5s } }\n';
const SCRIPT = '#!/bin/sh\necho ran >> TRACES/migrations\n';

async function open() {
  const site = await DepartingSite.open(PLAN, { 'base/scripts/migrate.sh': SCRIPT });
  const sha256 = createHash('sha256').update(SCRIPT.replaceAll('TRACES', site.folder)).digest('hex');
  const path = `fleet/environment/prod/migrate/${sha256}.json`;
  const says = () => {
    const stored = site.payroll.sandbox.getObject(BUCKET, `payroll/${path}`);
    return stored && (JSON.parse(Buffer.from(stored.body).toString('utf8')) as Record<string, string>);
  };
  const lease = (state: string, by: string, endsInMs: number): void => {
    const [at, until] = [0, endsInMs].map((ms) => new Date(Date.now() + ms).toISOString());
    site.put(path, JSON.stringify({ state, by, at, until }));
  };
  return { site, says, lease, [Symbol.asyncDispose]: () => site[Symbol.asyncDispose]() };
}

it('a script that runs once for the fleet says that it is done, and a restart runs it no more', async () => {
  await using stage = await open();
  const { site, says } = stage;
  const citizen = await site.run();
  expect(site.traces('migrations')).toEqual(['ran']);
  expect(says()).toMatchObject({ state: 'done', by: site.instanceId });
  await citizen.kill();
  const again = await site.run();
  await again.settles();
  expect(site.traces('migrations')).toEqual(['ran']);
  // What lies below `fleet/` is no configuration that somebody put into no layer.
  expect((await again.cli('status')).stdout).not.toContain('fleet/');
});

it('it does not run where another instance did it, and is taken over from one that is gone', async () => {
  await using done = await open();
  done.lease('done', 'i-other', -1000);
  await done.site.run();
  expect(done.site.traces('migrations')).toEqual([]);
  await using gone = await open();
  gone.lease('running', 'i-other', -120_000);
  await gone.site.run();
  expect(gone.site.traces('migrations')).toEqual(['ran']);
  expect(gone.says()).toMatchObject({ state: 'done', by: gone.site.instanceId });
});
