import { describe, expect, it } from 'vitest';
import type { Holdings } from '#scripts/ops/swap/holdings.ts';
import { refusalsOf } from '#scripts/ops/swap/refusals.ts';
import { address, holdings, instance, PAIR, volume } from './swap-holdings.ts';

const NAMED = { addresses: ['203.0.113.7'], volumes: ['vol-1'] };

function refusals(given: Holdings, goal: 'blue' | 'green' = 'green'): readonly string[] {
  const faults = refusalsOf(given, PAIR, NAMED, goal, { devices: {}, places: {} });
  return faults.map(({ code, subject }) => `${code} ${subject}`);
}

describe('a swap', () => {
  it('is refused for nothing when all stands well, done or not', () => {
    expect(refusals(holdings())).toEqual([]);
    expect(refusals(holdings({ volumes: [volume('vol-1', 'i-9e')], addresses: [address('i-9e')] }))).toEqual(
      [],
    );
    expect(
      refusals(holdings({ volumes: [volume('vol-1', undefined)], addresses: [address(undefined)] })),
    ).toEqual([]);
  });

  it.each<[string, Partial<Holdings>, string]>([
    ['a missing instance', { green: undefined }, 'LF_SWAP_MISSING i-9e'],
    [
      'an instance that is shown for an hour after its end',
      { blue: instance('i-b1', { state: 'terminated' }) },
      'LF_SWAP_MISSING i-b1',
    ],
    ['a missing address', { addresses: [] }, 'LF_SWAP_MISSING 203.0.113.7'],
    ['a missing volume', { volumes: [] }, 'LF_SWAP_MISSING vol-1'],
    ['another zone', { green: instance('i-9e', { zone: 'eu-west-1b' }) }, 'LF_SWAP_ZONE i-9e'],
    ['a green that is stopped', { green: instance('i-9e', { state: 'stopped' }) }, 'LF_SWAP_STATE i-9e'],
    ['a third instance', { volumes: [volume('vol-1', 'i-3')] }, 'LF_SWAP_HELD vol-1'],
    [
      'a NAT gateway',
      { addresses: [address(undefined, { networkInterface: 'eni-nat' })] },
      'LF_SWAP_HELD eipalloc-1 (203.0.113.7)',
    ],
    ['a root volume', { volumes: [volume('vol-1', 'i-b1', 'attached', '/dev/xvda')] }, 'LF_SWAP_ROOT vol-1'],
    [
      'another Elastic IP on green',
      { green: instance('i-9e', { elasticIps: ['eipalloc-9'] }) },
      'LF_SWAP_ADDRESS i-9e',
    ],
    ['Multi-Attach', { volumes: [{ ...volume('vol-1', 'i-b1'), multiAttach: true }] }, 'LF_SWAP_STATE vol-1'],
    [
      'a broken volume',
      { volumes: [{ ...volume('vol-1', undefined), state: 'error' }] },
      'LF_SWAP_STATE vol-1',
    ],
    [
      'a volume of another zone',
      { volumes: [{ ...volume('vol-1', undefined), zone: 'eu-west-1c' }] },
      'LF_SWAP_ZONE vol-1',
    ],
  ])('is refused for %s', (_, change, refusal) => {
    expect(refusals(holdings(change))).toContain(refusal);
  });

  it('of volumes alone may go to an instance that has an address of its own', () => {
    const green = instance('i-9e', { elasticIps: ['eipalloc-9'] });
    const faults = refusalsOf(
      holdings({ green, addresses: [] }),
      PAIR,
      { addresses: [], volumes: ['vol-1'] },
      'green',
      { devices: {}, places: {} },
    );
    expect(faults).toEqual([]);
  });

  it('may be taken back when green is gone, or blue is stopped', () => {
    const volumes = [volume('vol-1', undefined)];
    const addresses = [address(undefined)];
    expect(refusals(holdings({ green: undefined, volumes, addresses }), 'blue')).toEqual([]);
    const blue = instance('i-b1', { state: 'stopped' });
    expect(refusals(holdings({ blue, volumes, addresses }), 'blue')).toEqual([]);
  });
});
