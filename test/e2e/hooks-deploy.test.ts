import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tarOf } from '../support/archives.ts';
import { DepartingSite } from './departing-site.ts';

const PLAN = `
hooks:
  deploy:
    - 'cat "$LANDFALL_DEPLOY_DIRECTORY/current/VERSION" >> TRACES/seen'
    - 'echo "deploy $LANDFALL_DEPLOY_VERSION after $LANDFALL_DEPLOY_PREVIOUS" >> TRACES/order'
    - '! grep -q broken "$LANDFALL_DEPLOY_DIRECTORY/current/VERSION"'
  undeploy: ['echo "undeploy $LANDFALL_DEPLOY_VERSION" >> TRACES/order']
`;

/** An instance that deploys into the folder of its traces. */
async function deploying() {
  // Enough keys that those of a deployment may go at once (LANDFALL_MAX_SHRINK).
  const site = await DepartingSite.open(PLAN, { 'base/app.properties': 'a=1\nb=2\nc=3\nd=4\n' });
  const directory = join(site.folder, 'app');
  /** The artefact, then the properties that name it. */
  const publish = (version: string, content = version, sha256?: string): void => {
    const tar = tarOf({ VERSION: `${content}\n` });
    site.payroll.put(`artefacts/${version}.tar`, tar);
    const digest = sha256 ?? createHash('sha256').update(tar).digest('hex');
    const wish = { version, artefact: `artefacts/${version}.tar`, sha256: digest, directory };
    const lines = Object.entries(wish).map(([key, value]) => `landfall.deploy.${key}=${value}\n`);
    site.put('base/deploy.properties', lines.join(''));
  };
  const current = (): string => readlinkSync(join(directory, 'current'));
  const fetched = (version: string): number =>
    site.payroll.sandbox.requests.entries.filter(({ path }) => path.endsWith(`/artefacts/${version}.tar`))
      .length;
  const dispose = (): Promise<void> => site[Symbol.asyncDispose]();
  return { site, directory, publish, current, fetched, [Symbol.asyncDispose]: dispose };
}

it('a version comes from the bucket of this region, a new one takes its place, and the old one comes back', async () => {
  await using stage = await deploying();
  const { site, directory, publish, current, fetched } = stage;
  publish('1.0');
  const citizen = await site.run();
  expect(readFileSync(join(directory, 'current', 'VERSION'), 'utf8')).toBe('1.0\n');
  publish('1.1');
  await citizen.settles();
  expect(current()).toMatch(/1\.1$/);
  const before = fetched('1.0');
  publish('1.0');
  await citizen.settles();
  expect(current()).toMatch(/1\.0$/);
  expect([before > 0, fetched('1.0')]).toEqual([true, before]);
  await citizen.kill();

  const again = await site.run();
  expect(site.traces('order')).toEqual(['deploy 1.0 after ', 'deploy 1.1 after 1.0', 'deploy 1.0 after 1.1']);
  expect(site.traces('seen')).toEqual(['1.0', '1.1', '1.0']);
  site.payroll.delete('base/deploy.properties');
  await again.settles();
  expect(site.traces('order').at(-1)).toBe('undeploy 1.0');
  expect(current).toThrow('ENOENT');
});

it('another content than the digest says is refused with 7, and the version of before goes on', async () => {
  await using stage = await deploying();
  const { site, publish, current } = stage;
  publish('1.0');
  const citizen = await site.run();
  publish('1.1', '1.1', '0'.repeat(64));
  const refused = await citizen.cli('refresh');
  expect([refused.code, refused.stderr]).toEqual([7, expect.stringContaining('LF_DEPLOY')]);
  expect(current()).toMatch(/1\.0$/);
  expect((await citizen.properties())['landfall.deploy.version']).toBe('1.0');
  expect(site.traces('order')).toEqual(['deploy 1.0 after ']);
  publish('1.1');
  expect((await citizen.cli('refresh')).code).toBe(0);
  expect(current()).toMatch(/1\.1$/);
});

it('a version whose hooks fail goes back to the one before, hooks and API included', async () => {
  await using stage = await deploying();
  const { site, publish, current } = stage;
  publish('1.0');
  const citizen = await site.run();
  publish('1.1', 'broken');
  const refused = await citizen.cli('refresh');
  expect([refused.code, refused.stderr]).toEqual([7, expect.stringContaining('LF_DEPLOY')]);
  expect(current()).toMatch(/1\.0$/);
  expect(site.traces('seen')).toEqual(['1.0', 'broken', '1.0']);
  expect((await citizen.properties())['landfall.deploy.version']).toBe('1.0');
  expect((await citizen.ask('/readyz')).status).toBe(200);
});

it('a bootstrap with an artefact that is not what its digest says ends with 7 and deploys nothing', async () => {
  await using stage = await deploying();
  const { site, publish, current } = stage;
  publish('1.0', '1.0', 'f'.repeat(64));
  const ended = await site.payroll.finish({ base: site.base });
  expect([ended.code, ended.stderr]).toEqual([7, expect.stringContaining('LF_DEPLOY')]);
  expect(current).toThrow('ENOENT');
});
