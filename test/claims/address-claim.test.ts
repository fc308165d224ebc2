import { describe, expect, it } from 'vitest';
import { PIN } from '../support/pinned.ts';
import { addressClaim, claimingGround, codeOf, storeInMemory, workOf } from '../support/claiming.ts';

const PAYROLL = { service: 'payroll' };

describe('a claim of an address', () => {
  it('associates the free one with the tag, and finds it done the second time', async () => {
    const { sandbox, claims, during } = await claimingGround();
    sandbox.addresses.allocate(PIN.region, { service: 'other' });
    sandbox.addresses.allocate('us-east-1', PAYROLL);
    const ours = sandbox.addresses.allocate(PIN.region, PAYROLL);
    const own = await claims('i-0a');
    const { step } = own;
    const work = workOf({ address: addressClaim() });
    expect(await during(step.preview(work))).toMatchObject({
      kind: 'ok',
      value: [{ entry: 'claims.address', action: 'associate' }],
    });
    expect(sandbox.addresses.holderOf(ours)).toBeUndefined();
    expect(await during(step.run(work))).toMatchObject({
      kind: 'ok',
      value: [{ entry: 'claims.address', subject: '198.51.100.3', action: 'associate' }],
    });
    expect(sandbox.addresses.holderOf(ours)).toBe('i-0a');
    expect(own.status().address).toMatchObject({
      state: 'held',
      publicIp: '198.51.100.3',
      allocationId: ours,
    });
    expect(await during(step.run(work))).toEqual({ kind: 'ok', value: [] });
    expect(await during(step.preview(work))).toEqual({ kind: 'ok', value: [] });
  });

  it('takes the tag as it is written, not as a pattern', async () => {
    const { sandbox, claims, during } = await claimingGround();
    sandbox.addresses.allocate(PIN.region, { service: 'pay-1' });
    const { step } = await claims('i-0a');
    const address = addressClaim({ tag: { name: 'service', value: 'pay*' } });
    expect(codeOf(await during(step.run(workOf({ address }))))).toBe('fail LF_CLAIM_MISSING');
  });

  it('leaves one that another instance has alone, names the holder, and has it once it is free', async () => {
    const { sandbox, claims, clock, during } = await claimingGround();
    const only = sandbox.addresses.allocate(PIN.region, PAYROLL);
    await sandbox.addInstance({ instanceId: 'i-0b', region: PIN.region });
    sandbox.addresses.move(only, 'i-0b');
    const own = await claims('i-0a');
    const { step } = own;
    const work = workOf({ address: addressClaim() });
    const refused = await during(step.run(work));
    expect(codeOf(refused)).toBe('retry LF_CLAIM_TAKEN');
    expect(refused).toMatchObject({ fault: { cause: expect.stringContaining('i-0b') } });
    expect(sandbox.addresses.holderOf(only)).toBe('i-0b');
    expect(own.status().address).toMatchObject({ state: 'waiting', fault: { code: 'LF_CLAIM_TAKEN' } });
    const waiting = step.run(work);
    await clock.advance(20_000);
    sandbox.addresses.dropInstance('i-0b');
    expect(codeOf(await during(waiting))).toBe('ok');
    expect(sandbox.addresses.holderOf(only)).toBe('i-0a');
  });

  it('takes another one of the tag when somebody was faster', async () => {
    const { sandbox, claims, clock, during } = await claimingGround();
    const all = [1, 2, 3].map(() => sandbox.addresses.allocate(PIN.region, PAYROLL));
    await sandbox.addInstance({ instanceId: 'i-0b', region: PIN.region });
    // What is read is a moment old: two of them are gone already.
    await clock.advance(60_000);
    sandbox.addresses.lag = () => 30_000;
    const { step } = await claims('i-0a');
    const work = workOf({ address: addressClaim({ timeoutMs: 120_000 }) });
    const running = (async () => {
      for (const id of all.slice(0, 2)) sandbox.addresses.move(id, 'i-0b');
      return await step.run(work);
    })();
    expect(codeOf(await during(running))).toBe('ok');
    expect(sandbox.addresses.holderOf(all[2] ?? '')).toBe('i-0a');
    expect(all.slice(0, 2).map((id) => sandbox.addresses.holderOf(id))).toEqual(['i-0b', 'i-0b']);
  });

  it('believes nothing before EC2 shows it twice', async () => {
    const { sandbox, claims, clock, during } = await claimingGround();
    const only = sandbox.addresses.allocate(PIN.region, PAYROLL);
    sandbox.addresses.lag = () => 5_000;
    await clock.advance(10_000);
    const own = await claims('i-0a');
    const { step } = own;
    const running = step.run(workOf({ address: addressClaim() }));
    while (sandbox.addresses.holderOf(only) === undefined) await clock.advance(1);
    await clock.advance(4_000);
    expect(own.status().address).toMatchObject({ state: 'waiting' });
    expect(codeOf(await during(running))).toBe('ok');
    expect(own.status().address).toMatchObject({ state: 'held' });
  });

  it('finds out by reading when the answer to the association was lost', async () => {
    const { sandbox, claims, during } = await claimingGround();
    const all = [1, 2].map(() => sandbox.addresses.allocate(PIN.region, PAYROLL));
    sandbox.faults.add({ service: 'ec2', operation: 'AssociateAddress', times: 1, effect: 'lose' });
    const { step } = await claims('i-0a');
    expect(codeOf(await during(step.run(workOf({ address: addressClaim() }))))).toBe('ok');
    expect(
      all.map((id) => sandbox.addresses.holderOf(id)).filter((holder) => holder === 'i-0a'),
    ).toHaveLength(1);
  });

  it('says which address the instance has already rather than drop it', async () => {
    const { sandbox, claims, during } = await claimingGround();
    const byHand = sandbox.addresses.allocate(PIN.region);
    sandbox.addresses.allocate(PIN.region, PAYROLL);
    const { step } = await claims('i-0a');
    sandbox.addresses.move(byHand, 'i-0a');
    const refused = await during(step.run(workOf({ address: addressClaim() })));
    expect(codeOf(refused)).toBe('fail LF_CLAIM_CONFLICT');
    expect(refused).toMatchObject({ fault: { cause: expect.stringContaining('198.51.100.1') } });
    expect(sandbox.addresses.holderOf(byHand)).toBe('i-0a');
  });

  it('lets go of its own one when the tag of the claim changes, also after a restart', async () => {
    const { sandbox, claims, during } = await claimingGround();
    const before = sandbox.addresses.allocate(PIN.region, PAYROLL);
    const after = sandbox.addresses.allocate(PIN.region, { service: 'billing' });
    const store = storeInMemory();
    await during((await claims('i-0a', { store })).step.run(workOf({ address: addressClaim() })));
    const address = addressClaim({ tag: { name: 'service', value: 'billing' } });
    const outcome = await during((await claims('i-0a', { store })).step.run(workOf({ address })));
    expect(outcome).toMatchObject({ value: [{ action: 'release' }, { action: 'associate' }] });
    expect([before, after].map((id) => sandbox.addresses.holderOf(id))).toEqual([undefined, 'i-0a']);
  });

  it('believes its own association soon after a restart, and one it only finds later', async () => {
    const { sandbox, claims, clock, during } = await claimingGround();
    sandbox.addresses.allocate(PIN.region, PAYROLL);
    const store = storeInMemory();
    const work = workOf({ address: addressClaim() });
    await during((await claims('i-0a', { store })).step.run(work));
    const times: number[] = [];
    for (const kept of [store, storeInMemory()]) {
      const from = clock.monotonic();
      const outcome = await during((await claims('i-0a', { store: kept })).step.run(work));
      expect(outcome).toEqual({ kind: 'ok', value: [] });
      times.push(clock.monotonic() - from);
    }
    expect(times[0]).toBeLessThan(5_000);
    expect(times[1]).toBeGreaterThanOrEqual(10_000);
  });

  it.each([
    ['UnauthorizedOperation', 403, 'fail LF_CLAIM_DENIED'],
    ['RequestLimitExceeded', 503, 'retry LF_CLAIM_CALL'],
    ['InternalError', 500, 'retry LF_CLAIM_CALL'],
    ['AddressLimitExceeded', 400, 'fail LF_CLAIM_LIMIT'],
    ['InvalidAddress.Locked', 400, 'fail LF_CLAIM_CALL'],
  ])('says what %s means', async (code, status, expected) => {
    const { sandbox, claims, during } = await claimingGround();
    sandbox.addresses.allocate(PIN.region, PAYROLL);
    sandbox.faults.add({ service: 'ec2', operation: 'AssociateAddress', effect: { status, code } });
    const { step } = await claims('i-0a');
    const outcome = await during(step.run(workOf({ address: addressClaim() })));
    expect(codeOf(outcome)).toBe(expected);
    expect(outcome).toMatchObject({ fault: { cause: expect.stringMatching(new RegExp(code)) } });
  });

  it('names the permission that is missing', async () => {
    const { sandbox, claims, during } = await claimingGround();
    const effect = { status: 403, code: 'UnauthorizedOperation' };
    sandbox.faults.add({ service: 'ec2', operation: 'DescribeAddresses', effect });
    const { step } = await claims('i-0a');
    const work = workOf({ address: addressClaim() });
    const outcomes = [await during(step.preview(work)), await during(step.run(work))];
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ fault: { hint: expect.stringContaining('ec2:DescribeAddresses') } });
    }
  });

  it('ends at once when the agent stops', async () => {
    const { sandbox, claims, clock } = await claimingGround();
    sandbox.addresses.allocate(PIN.region, PAYROLL);
    sandbox.addresses.move('eipalloc-00000000000000001', 'i-0b');
    const stop = new AbortController();
    const { step } = await claims('i-0a');
    const running = step.run(workOf({ address: addressClaim(), signal: stop.signal }));
    while (clock.sleeping === 0) await clock.advance(0);
    stop.abort();
    expect(codeOf(await running)).toBe('retry LF_INTERRUPTED');
  });
});
