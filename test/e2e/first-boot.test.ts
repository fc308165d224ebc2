import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tarOf } from '../support/archives.ts';
import { DepartingSite, GROUP, until } from './departing-site.ts';
import { REGION } from './payroll.ts';

const PLAN = `
files: { app: { content: "ours", target: TRACES/app.conf, mode: '0600', reload: 'cat TRACES/app.conf >> TRACES/reloads' } }
hooks:
  deploy: ['echo deploy >> TRACES/order']
  configure: ['echo configure >> TRACES/order', '! test -e TRACES/broken']
signals:
  launchHook: payroll-launch
  cloudFormation: { stack: payroll, resource: WebGroup }
`;

/** An instance whose group and stack wait for it, with the file of a package on its disk, and something to deploy. */
async function newcomer(): Promise<DepartingSite> {
  const site = await DepartingSite.open(PLAN);
  const { groups, stacks } = site.payroll.sandbox;
  const hooks = [{ name: 'payroll-launch', on: 'launch' }] as const;
  groups.add({ name: GROUP, region: REGION, hooks }).instances.set(site.instanceId, 'Pending:Wait');
  stacks.wait(REGION, 'payroll', 'WebGroup');
  writeFileSync(join(site.folder, 'app.conf'), 'of the package', { mode: 0o640 });
  const tar = tarOf({ VERSION: '1\n' });
  site.payroll.put('artefacts/1.tar', tar);
  const sha256 = createHash('sha256').update(tar).digest('hex');
  const wish = { version: '1', artefact: 'artefacts/1.tar', sha256, directory: `${site.folder}/srv` };
  const lines = Object.entries(wish).map(([key, value]) => `landfall.deploy.${key}=${value}\n`);
  site.put('base/deploy.properties', lines.join(''));
  return site;
}

const told = (site: DepartingSite): readonly string[] => [
  ...site.completed,
  ...site.payroll.sandbox.stacks.signals.map(({ status }) => status),
];

const config = (site: DepartingSite): string => readFileSync(join(site.folder, 'app.conf'), 'utf8');

it('an artefact that is denied for a while is waited for: until then nothing is ready, told or changed', async () => {
  await using site = await newcomer();
  const { faults, requests } = site.payroll.sandbox;
  const denied = faults.add({
    service: 's3',
    path: '*/artefacts/1.tar',
    effect: { status: 403, code: 'AccessDenied' },
  });
  const citizen = site.payroll.start({ base: site.base });
  const asked = () => requests.entries.filter(({ path }) => path.endsWith('/artefacts/1.tar')).length;
  await until(
    () => asked() >= 3,
    () => citizen.agent.stderr,
  );
  expect((await citizen.ask('/readyz')).status).toBe(503);
  expect((await citizen.json('/v1/status'))['ready']).toBe(false);
  expect([config(site), told(site), site.traces('order')]).toEqual(['of the package', [], []]);
  expect(existsSync(`${site.folder}/srv/current`)).toBe(false);
  faults.remove(denied);
  await citizen.ready();
  await until(
    () => told(site).length === 2,
    () => citizen.agent.stderr,
  );
  expect(told(site)).toEqual(['payroll-launch CONTINUE', 'SUCCESS']);
  expect([config(site), site.traces('order')]).toEqual(['ours', ['deploy', 'configure']]);
});

it('a bootstrap that waits in vain ends with the code of what it waited for, and changed nothing', async () => {
  await using site = await newcomer();
  site.payroll.sandbox.faults.add({ service: 's3', path: '*/artefacts/1.tar', effect: 'reset' });
  const env = { LANDFALL_BOOT_TIMEOUT: '4s' };
  const ended = await site.payroll.finish({ base: site.base, env });
  expect([ended.code, ended.stderr]).toEqual([4, expect.stringContaining('LF_SOURCE_UNREACHABLE')]);
  expect([config(site), told(site)]).toEqual(['of the package', ['payroll-launch ABANDON', 'FAILURE']]);
});

it('a step after the files that fails puts back what was there before Landfall, and is tried again', async () => {
  await using site = await newcomer();
  writeFileSync(join(site.folder, 'broken'), '');
  const citizen = site.payroll.start({ base: site.base });
  await citizen.fails('LF_APPLY_HOOK');
  await until(
    () => config(site) === 'of the package',
    () => citizen.agent.stderr,
  );
  expect((await citizen.ask('/readyz')).status).toBe(503);
  expect(told(site)).toEqual([]);
  // The reload of the new file, then of the old one.
  expect(readFileSync(join(site.folder, 'reloads'), 'utf8')).toMatch(/^oursof the package/);
  rmSync(join(site.folder, 'broken'));
  await citizen.ready();
  expect(config(site)).toBe('ours');
});

it('a bootstrap killed between the files and the end of its first boot still knows the file of the package', async () => {
  await using site = await newcomer();
  site.put(
    'base/plan.yaml',
    PLAN.replace('echo configure', 'touch TRACES/there; test -e TRACES/go || sleep 60; echo configure'),
  );
  const first = site.payroll.start({ base: site.base });
  await until(
    () => existsSync(join(site.folder, 'there')),
    () => first.agent.stderr,
  );
  await first.kill();
  expect(config(site)).toBe('ours');
  for (const name of ['go', 'broken']) writeFileSync(join(site.folder, name), '');
  const ended = await site.payroll.finish({ base: site.base });
  expect([ended.code, config(site)]).toEqual([7, 'of the package']);
});
