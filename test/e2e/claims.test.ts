import { expect, it } from 'vitest';
import { allowed } from '../support/allowed.ts';
import type { Answer } from '../support/raw-http.ts';
import { newBase } from './citizen.ts';
import { Payroll, REGION } from './payroll.ts';

const isTold = ({ text }: Answer): boolean => text.includes('LF_CLAIM_MISSING') && text.includes('held');

const PLAN = 'claims:\n  address: { tag: "service=payroll", timeout: 10s }\n';

function open(): Promise<Payroll> {
  return Payroll.open({ files: { 'base/app.properties': 'a=1\n', 'base/plan.yaml': PLAN } });
}

it('an address is claimed by tag before the instance is ready, and a second boot changes nothing', async () => {
  await using payroll = await open();
  const { instanceId } = payroll.instance;
  const address = payroll.sandbox.addresses.allocate(REGION, { service: 'payroll' });
  const base = newBase();
  const planned = await payroll.finish({ base, args: ['plan', '--json'] });
  expect(planned.stdout).toContain('claims.address');
  expect(payroll.sandbox.addresses.holderOf(address)).toBeUndefined();

  expect((await payroll.finish({ base })).code).toBe(0);
  expect(payroll.sandbox.addresses.holderOf(address)).toBe(instanceId);
  expect((await payroll.finish({ base, args: ['plan'] })).stdout).toContain('nothing would change');
});

it('what is claimed stands in the status and on the screen, and why it is not had', async () => {
  await using payroll = await open();
  payroll.put(
    'base/plan.yaml',
    `${PLAN}  volumes: { data: { tag: "disk=payroll", mount: /srv/payroll, timeout: 1s } }\n`,
  );
  const address = payroll.sandbox.addresses.allocate(REGION, { service: 'payroll' });
  const citizen = payroll.start();
  await citizen.until('/v1/status', isTold, allowed(15_000));
  expect((await citizen.json('/v1/status'))['claims']).toEqual({
    address: {
      tag: 'service=payroll',
      state: 'held',
      publicIp: expect.stringMatching(/^198\.51\./),
      allocationId: address,
      confirmedAt: expect.any(String),
      failure: null,
    },
    volumes: [
      {
        name: 'data',
        tag: 'disk=payroll',
        mount: '/srv/payroll',
        state: 'waiting',
        volumeId: null,
        device: null,
        failure: { code: 'LF_CLAIM_MISSING', message: expect.any(String), hint: expect.any(String) },
      },
    ],
  });
  const { stdout } = await citizen.cli('status');
  expect(stdout).toMatch(/^claims\s+address \S+, held$/m);
  expect(stdout).toMatch(
    /^\s+volume data \(of disk=payroll\) at \/srv\/payroll, waiting: .*\[LF_CLAIM_MISSING\]/m,
  );

  payroll.put('base/plan.yaml', '');
  await citizen.ready(allowed(15_000));
  expect(await citizen.json('/v1/status')).not.toHaveProperty('claims');
});

it('without an address of that tag the boot ends with 7, says so, and serves nothing', async () => {
  await using payroll = await open();
  const ended = await payroll.finish({ env: { LANDFALL_BOOT_TIMEOUT: '1s' } });
  expect(ended.code).toBe(7);
  expect(ended.stderr).toContain('LF_CLAIM_MISSING');
});
