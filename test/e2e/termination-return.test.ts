import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DepartingSite, phase, terminations, until } from './departing-site.ts';
import { REGION } from './payroll.ts';

const PLAN = `
hooks: { shutdown: ["echo goodbye from the hook"] }
logs:
  app: { path: "TRACES/*.log", group: "/app" }
  boot: { output: true, group: "/boot" }
metrics: { namespace: Payroll, interval: 1s, collect: [load] }
claims: { address: { tag: "service=payroll", release: true, timeout: 10s } }
`;
const TARGET = 'autoscaling/target-lifecycle-state';

it('into the warm pool and out of it: logs and metrics never end, and claims are taken up again', async () => {
  await using site = await DepartingSite.open(PLAN);
  const { addresses, metrics, requests } = site.payroll.sandbox;
  const address = addresses.allocate(REGION, { service: 'payroll' });
  const goodbyes = (): number => site.shipped('/boot').filter((line) => line.includes('goodbye')).length;
  const says = (line: string): void => appendFileSync(join(site.folder, 'app.log'), `${line}\n`);
  site.says(TARGET, 'InService');
  const citizen = await site.run();
  await requests.next(({ path }) => path.endsWith(TARGET));
  says('in service');

  site.says(TARGET, 'Warmed:Running');
  await terminations(citizen, phase('left'));
  // Drained: not a moment later than the claims were let go.
  expect([site.shipped('/app'), goodbyes()]).toEqual([['in service'], 1]);
  expect(addresses.holderOf(address)).toBeUndefined();

  const sent = metrics.data.length;
  says('in the warm pool');
  await until(() => site.shipped('/app').length === 2 && metrics.data.length > sent);

  site.says(TARGET, 'InService');
  await until(
    () => addresses.holderOf(address) === site.instanceId,
    () => citizen.agent.stderr,
  );
  says('in service again');
  await until(() => site.shipped('/app').length === 3);
  expect(site.shipped('/app')).toEqual(['in service', 'in the warm pool', 'in service again']);

  site.says(TARGET, 'Warmed:Running');
  await until(() => addresses.holderOf(address) === undefined && goodbyes() === 2);
});
