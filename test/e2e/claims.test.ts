import { expect, it } from 'vitest';
import { newBase } from './citizen.ts';
import { Payroll, REGION } from './payroll.ts';

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

it('without an address of that tag the boot ends with 7, says so, and serves nothing', async () => {
  await using payroll = await open();
  const ended = await payroll.finish({ env: { LANDFALL_BOOT_TIMEOUT: '1s' } });
  expect(ended.code).toBe(7);
  expect(ended.stderr).toContain('LF_CLAIM_MISSING');
});
