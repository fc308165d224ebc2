import { describe, expect, it } from 'vitest';
import { PIN } from '../support/pinned.ts';
import {
  addressClaim,
  claimingGround,
  codeOf,
  storeInMemory,
  workOf,
  type Ground,
} from '../support/claiming.ts';

const PAYROLL = { service: 'payroll' };
const LEASE_MS = 60_000;
const { signal } = new AbortController();

async function holding(ground: Ground, more: Parameters<typeof addressClaim>[0] = {}) {
  const { sandbox, claims, during } = ground;
  const allocationId = sandbox.addresses.allocate(PIN.region, PAYROLL);
  await sandbox.addInstance({ instanceId: 'i-0b', region: PIN.region });
  const store = storeInMemory();
  const own = await claims('i-0a', { leaseMs: LEASE_MS, store });
  expect(codeOf(await during(own.step.run(workOf({ address: addressClaim(more) }))))).toBe('ok');
  return { allocationId, own, store };
}

describe('an address that was claimed', () => {
  it('is found to be ours again and again, with one call each time', async () => {
    const ground = await claimingGround();
    const { own } = await holding(ground);
    ground.sandbox.requests.clear();
    expect(await ground.during(own.verify(signal))).toEqual({ kind: 'ok', value: [] });
    expect(ground.sandbox.requests.entries.map(({ operation }) => operation)).toEqual(['DescribeAddresses']);
  });

  it('is believed to be ours for as long as the lease lasts, and no longer, while EC2 does not answer', async () => {
    const { sandbox, clock, during, ...ground } = await claimingGround();
    const { own } = await holding({ sandbox, clock, during, ...ground });
    sandbox.faults.add({ service: 'ec2', effect: 'throttle' });
    await clock.advance(LEASE_MS - 1);
    expect(codeOf(await during(own.verify(signal)))).toBe('retry LF_CLAIM_CALL');
    await clock.advance(1);
    expect(own.status().address).toMatchObject({ state: 'unconfirmed' });
    sandbox.faults.clear();
    await during(own.verify(signal));
    expect(own.status().address).toMatchObject({ state: 'held' });
  });

  it('is lost when somebody took it away, and is not taken back', async () => {
    const ground = await claimingGround();
    const { allocationId, own } = await holding(ground);
    ground.sandbox.addresses.move(allocationId, 'i-0b');
    expect(await ground.during(own.verify(signal))).toMatchObject({
      kind: 'ok',
      value: [{ entry: 'claims.address', action: 'lost', subject: '198.51.100.1' }],
    });
    expect(own.status().address).toMatchObject({ state: 'lost', fault: { code: 'LF_CLAIM_TAKEN' } });
    expect(codeOf(await ground.during(own.verify(signal)))).toBe('retry LF_CLAIM_TAKEN');
    expect(ground.sandbox.addresses.holderOf(allocationId)).toBe('i-0b');
  });

  it('is claimed again when it was lost and is free', async () => {
    const ground = await claimingGround();
    const { allocationId, own } = await holding(ground);
    ground.sandbox.addresses.move(allocationId, undefined);
    expect(await ground.during(own.verify(signal))).toMatchObject({
      value: [{ action: 'lost' }, { action: 'associate' }],
    });
    expect(own.status().address).toMatchObject({ state: 'held' });
    expect(ground.sandbox.addresses.holderOf(allocationId)).toBe('i-0a');
  });

  it('was lost in between when it is ours by another association', async () => {
    const ground = await claimingGround();
    const { allocationId, own, store } = await holding(ground);
    const before = store.text;
    ground.sandbox.addresses.move(allocationId, 'i-0b');
    ground.sandbox.addresses.move(allocationId, 'i-0a');
    expect(await ground.during(own.verify(signal))).toMatchObject({ value: [{ action: 'lost' }] });
    expect(own.status().address).toMatchObject({ state: 'held' });
    expect(store.text).not.toBe(before);
  });

  it('is not called lost because of one late answer', async () => {
    const ground = await claimingGround();
    const { own } = await holding(ground);
    let asked = 0;
    ground.sandbox.addresses.lag = () => ((asked += 1) === 1 ? 3_600_000 : 0);
    expect(await ground.during(own.verify(signal))).toEqual({ kind: 'ok', value: [] });
    expect(own.status().address).toMatchObject({ state: 'held' });
  });

  it('is let go at shutdown when the plan says so, and only then', async () => {
    for (const [release, holder] of [
      [true, undefined],
      [false, 'i-0a'],
    ] as const) {
      const ground = await claimingGround();
      const { allocationId, own } = await holding(ground, { release });
      expect(codeOf(await ground.during(own.release(10_000, signal)))).toBe('ok');
      expect(ground.sandbox.addresses.holderOf(allocationId)).toBe(holder);
      expect(own.status().address).toMatchObject({ state: release ? 'released' : 'held' });
    }
  });

  it('is not let go on behalf of the one who has it by then', async () => {
    const ground = await claimingGround();
    const { allocationId, own } = await holding(ground, { release: true });
    ground.sandbox.addresses.move(allocationId, 'i-0b');
    // EC2 still shows the old association when asked: that id ends nothing of anybody.
    ground.sandbox.addresses.lag = () => 1;
    expect(codeOf(await ground.during(own.release(10_000, signal)))).toBe('ok');
    expect(ground.sandbox.addresses.holderOf(allocationId)).toBe('i-0b');
  });

  it('is forgotten before it is let go: a late answer must not make the next start believe in it', async () => {
    const ground = await claimingGround();
    const { own, store } = await holding(ground, { release: true });
    expect(store.text).toContain('eipassoc-');
    ground.sandbox.faults.add({ service: 'ec2', operation: 'DisassociateAddress', effect: 'hang' });
    const stop = new AbortController();
    const releasing = own.release(10_000, stop.signal);
    await ground.clock.advance(100);
    stop.abort();
    expect((await releasing).kind).toBe('retry');
    expect(store.text).not.toContain('eipassoc-');
  });

  it('does not hold up the shutdown for longer than it may', async () => {
    const ground = await claimingGround();
    const { own } = await holding(ground, { release: true });
    ground.sandbox.faults.add({ service: 'ec2', effect: 'hang' });
    const from = ground.clock.monotonic();
    expect((await ground.during(own.release(3_000, signal))).kind).toBe('retry');
    expect(ground.clock.monotonic() - from).toBeLessThanOrEqual(3_050);
  });
});
