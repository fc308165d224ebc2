import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { SANDBOX_IDENTITY_CERTIFICATE } from '../../scripts/sandbox/imds/identity-key.ts';
import type { InstanceOptions } from '../../scripts/sandbox/imds/instance.ts';
import { OTHER_CERTIFICATE } from '../support/identity-certificates.ts';
import { Payroll } from './payroll.ts';

const GOOD = { 'eu-west-1.pem': SANDBOX_IDENTITY_CERTIFICATE };

/** The payroll of one region, and a folder of certificates, as the setting. */
async function scene(
  certificates: Readonly<Record<string, string>>,
  instance: Partial<InstanceOptions> = {},
) {
  const payroll = await Payroll.open({ instance });
  const folder = mkdtempSync(join(tmpdir(), 'landfall-certificates-'));
  for (const [name, pem] of Object.entries(certificates)) writeFileSync(join(folder, name), pem);
  onTestFinished(async () => {
    await payroll[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });
  return { payroll, env: { LANDFALL_IDENTITY_CERTIFICATES: folder } };
}

it('an instance whose identity document is vouched for boots, and says so', async () => {
  const { payroll, env } = await scene(GOOD);
  const citizen = await payroll.run({ env });
  const { trust } = (await citizen.json('/v1/status')) as { trust: { identityProvenBy: string } };
  expect(trust.identityProvenBy).toMatch(/^[0-9A-F:]{95}$/);
  expect((await citizen.cli('status')).stdout).toMatch(/trust +identity proven/);
  expect((await citizen.cli('doctor')).stdout).toContain('vouches for the identity document');
});

it('one that was given no certificates believes it, and says that', async () => {
  const { payroll } = await scene({});
  const citizen = await payroll.run();
  expect((await citizen.cli('status')).stdout).toMatch(/trust +identity believed/);
  expect((await citizen.cli('doctor')).stdout).toContain(
    'nothing proves that the identity document comes from AWS',
  );
});

it.each<[string, Readonly<Record<string, string>>, Partial<InstanceOptions>]>([
  ['somebody else answers as the metadata service', { 'eu-west-1.pem': OTHER_CERTIFICATE }, {}],
  ['it has no certificate of this region', { 'us-east-1.pem': SANDBOX_IDENTITY_CERTIFICATE }, {}],
  ['there is no signature', GOOD, { signed: false }],
])(
  'does not boot where %s: exit 3, before any call but to the metadata service',
  async (_, certificates, instance) => {
    const { payroll, env } = await scene(certificates, instance);
    for (const command of ['run', 'bootstrap', 'plan']) {
      const { code, stderr } = await payroll.finish({ env, args: [command] });
      expect([command, code, stderr]).toEqual([command, 3, expect.stringContaining('LF_IDENTITY_SIGNATURE')]);
    }
    const services = payroll.sandbox.requests.entries.map(({ service }) => service);
    expect(services.filter((service) => service !== 'imds')).toEqual([]);
    const doctor = await payroll.finish({ env, args: ['doctor'] });
    expect(doctor.stdout).toContain('LF_IDENTITY_SIGNATURE');
  },
);
