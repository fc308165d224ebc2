import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { InstanceOptions } from '../../scripts/sandbox/imds/instance.ts';
import type { Citizen, Home } from './citizen.ts';
import { Payroll, REGION } from './payroll.ts';

// They mostly wait.
vi.setConfig({ maxConcurrency: 8 });

const LAST_GOOD = 'state/last-good.sealed';

/** An agent that was ready and is gone, and an S3 that answers nobody from now on. */
async function crashed(payroll: Payroll): Promise<Citizen> {
  const citizen = await payroll.run();
  await citizen.settles();
  await citizen.kill();
  payroll.sandbox.faults.add({ service: 's3', effect: 'reset' });
  return citizen;
}

async function expectNothingServed(citizen: Citizen): Promise<void> {
  await citizen.fails('LF_SOURCE_UNREACHABLE');
  expect((await citizen.ask('/readyz')).status).toBe(503);
  expect((await citizen.ask('/v1/config/db.host')).status).toBe(503);
}

/** Every file below a folder, by path. */
function filesBelow(folder: string): ReadonlyMap<string, Buffer> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.map((path) => [path, readFileSync(path)]));
}

describe.concurrent('a restart after kill -9 with S3 down', () => {
  it('serves the last good generation, and says that it is stale', async () => {
    await using payroll = await Payroll.open();
    const first = await payroll.run();
    await first.settles();
    const before = await first.json('/v1/config');
    await first.kill();
    payroll.sandbox.faults.add({ service: 's3', effect: 'reset' });

    const again = await payroll.restart(first).ready();
    expect(await again.json('/v1/config')).toMatchObject({
      digest: before['digest'],
      properties: before['properties'],
      stale: true,
      checkedAt: expect.stringMatching(/^\d{4}-/) as string,
    });
    expect(await again.json('/v1/status')).toMatchObject({
      source: { servedFrom: 'last-good', stale: true, failure: { code: 'LF_SOURCE_UNREACHABLE' } },
    });
    expect((await again.cli('status')).stdout).toMatch(/stale.*last known good/);

    payroll.sandbox.faults.clear();
    await again.follows();
    expect(await again.json('/v1/status')).toMatchObject({ source: { servedFrom: 'source', failure: null } });
  });

  it('does so for a bootstrap too', async () => {
    await using payroll = await Payroll.open();
    const { base } = await crashed(payroll);
    const { code, stdout } = await payroll.finish({ base });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/generation +1, 9 keys/)]);
  });

  it.each([
    ['a changed byte', (path: string) => flipByte(path, -20)],
    ['a changed stamp', (path: string) => flipByte(path, 40)],
    ['half of it', (path: string) => truncateSync(path, readFileSync(path).length / 2)],
    ['nothing in it', (path: string) => truncateSync(path, 0)],
    ['something else in it', (path: string) => writeFileSync(path, '{"properties":{"db.host":"evil"}}')],
  ])('does not serve a last good with %s', async (_, damage) => {
    await using payroll = await Payroll.open();
    const { base } = await crashed(payroll);
    damage(join(base, LAST_GOOD));
    const again = payroll.start({ base });
    await expectNothingServed(again);
    payroll.sandbox.faults.clear();
    await again.ready();
  });

  it.each<[string, Partial<InstanceOptions>, relocated: boolean]>([
    ['of another instance', {}, false],
    ['of the instance before its root volume was replaced', { imageId: 'ami-0fedcba9876543210' }, false],
    ['of another region', { region: 'us-east-1' }, true],
    ['of another account', { account: '210987654321' }, true],
  ])('does not serve state %s, and destroys it', async (_, options, relocated) => {
    await using payroll = await Payroll.open();
    const { base } = await crashed(payroll);
    const replaced = options.imageId !== undefined;
    const tags = { role: 'web', environment: 'prod' };
    const instance = await payroll.launchAgain({ region: REGION, tags, ...options }, replaced);
    const again = payroll.start({ base, imdsUrl: instance.imdsUrl });
    await expectNothingServed(again);
    expect([...filesBelow(join(base, 'state')).keys()]).not.toContain(join(base, LAST_GOOD));
    const { fence } = (await again.json('/v1/status')) as {
      fence: { relocated: boolean; removed: object[] };
    };
    expect(fence.relocated).toBe(relocated);
    expect(fence.removed).toMatchObject([
      { action: 'purged', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
    ]);
    const { stdout } = await again.cli('status');
    expect(stdout).toMatch(relocated ? /relocated/ : /nothing foreign found/);
  });

  it('puts state of another region aside when the setting says so, unreadable all the same', async () => {
    await using payroll = await Payroll.open();
    const { base } = await crashed(payroll);
    const instance = await payroll.launchAgain({
      region: 'us-east-1',
      tags: { role: 'web', environment: 'prod' },
    });
    const home: Partial<Home> = {
      base,
      imdsUrl: instance.imdsUrl,
      env: { LANDFALL_ON_RELOCATION: 'quarantine' },
    };
    const again = payroll.start(home);
    await expectNothingServed(again);
    expect((await again.json('/v1/status'))['fence']).toMatchObject({ removed: [{ action: 'quarantined' }] });
    expect(readdirSync(join(base, 'state/quarantine'))).toHaveLength(1);
  });

  it('serves only what was fetched for the role and environment of now', async () => {
    await using payroll = await Payroll.open();
    const { base } = await crashed(payroll);
    payroll.instance.tags.set('environment', 'staging');
    await expectNothingServed(payroll.start({ base }));
  });
});

describe('the state dir', () => {
  it('holds no configuration value in clear, before and after changes and overrides', async () => {
    await using payroll = await Payroll.open();
    const citizen = await payroll.run();
    const secrets = ['c9akciq32abc', 'jdbc:postgresql', 'VerySecretLevel', 'OverriddenValue', 'ticket 4711'];
    payroll.put('environment/prod/prod.properties', 'log.level=VerySecretLevel\n');
    await citizen.serves('log.level', 'VerySecretLevel');
    await citizen.cli('set', 'workers', 'OverriddenValue', '--for', '1h', '--reason', 'ticket 4711');
    await citizen.settles();
    const files = filesBelow(join(citizen.base, 'state'));
    expect([...files.keys()]).toContain(join(citizen.base, LAST_GOOD));
    for (const [path, bytes] of files)
      for (const secret of secrets) expect(bytes.includes(secret), `${secret} in ${path}`).toBe(false);
    for (const [path, bytes] of filesBelow(join(citizen.base, 'run')))
      for (const secret of secrets) expect(bytes.includes(secret), `${secret} in ${path}`).toBe(false);
    for (const secret of secrets) expect(citizen.agent.stderr).not.toContain(secret);
  });
});

function flipByte(path: string, at: number): void {
  const bytes = readFileSync(path);
  const index = at < 0 ? bytes.length + at : at;
  bytes.writeUInt8(bytes.readUInt8(index) ^ 1, index);
  writeFileSync(path, bytes);
}
