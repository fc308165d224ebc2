import { expect, it } from 'vitest';
import type { ApplyStep } from '#agent/apply/apply-work.ts';
import type { RunCommand } from '#agent/apply/commands/command.ts';
import type { RunTool } from '#agent/claims/base/claims-host.ts';
import { PIN } from '../support/pinned.ts';
import {
  addressClaim,
  claimingGround,
  codeOf,
  storeInMemory,
  volumeClaim,
  workOf,
} from '../support/claiming.ts';
import { volumeHost } from '../support/volume-host.ts';

it('fits what apply wants of a step and gives of a runner', async () => {
  const { claims } = await claimingGround();
  const step: ApplyStep = (await claims('i-0a')).step;
  expect(step.name).toBe('claims');
  const { run } = volumeHost();
  expect(run as RunCommand satisfies RunTool).toBe(run);
});

it('asks nothing, and keeps nothing, when nothing is claimed', async () => {
  const { sandbox, claims, during } = await claimingGround();
  const store = storeInMemory();
  const own = await claims('i-0a', { store });
  const { signal } = new AbortController();
  expect(await during(own.step.preview(workOf({})))).toEqual({ kind: 'ok', value: [] });
  expect(await during(own.step.run(workOf({})))).toEqual({ kind: 'ok', value: [] });
  expect(await during(own.verify(signal))).toEqual({ kind: 'ok', value: [] });
  expect(await during(own.release(1_000, signal))).toEqual({ kind: 'ok', value: [] });
  expect(own.status()).toEqual({ address: null, volumes: [] });
  expect(sandbox.requests.entries).toEqual([]);
  expect(store.text).toBe('');
});

it('tries all claims, and says first what is final', async () => {
  const { sandbox, claims, during } = await claimingGround();
  const { run, roots } = volumeHost();
  const allocationId = sandbox.addresses.allocate(PIN.region, { service: 'payroll' });
  const own = await claims('i-0a', { run, roots });
  const work = workOf({ address: addressClaim(), volumes: [volumeClaim()] });
  expect(codeOf(await during(own.step.run(work)))).toBe('fail LF_CLAIM_MISSING');
  expect(sandbox.addresses.holderOf(allocationId)).toBe('i-0a');
  expect(own.status()).toMatchObject({
    address: { state: 'held' },
    volumes: [{ name: 'data', state: 'waiting', fault: { code: 'LF_CLAIM_MISSING' } }],
  });
});

it('looks after an address no longer once the plan does not claim it, and leaves it where it is', async () => {
  const { sandbox, claims, during } = await claimingGround();
  const allocationId = sandbox.addresses.allocate(PIN.region, { service: 'payroll' });
  const own = await claims('i-0a');
  await during(own.step.run(workOf({ address: addressClaim({ release: true }) })));
  await during(own.step.run(workOf({})));
  expect(own.status().address).toBeNull();
  expect(await during(own.release(1_000, new AbortController().signal))).toEqual({ kind: 'ok', value: [] });
  expect(sandbox.addresses.holderOf(allocationId)).toBe('i-0a');
});
