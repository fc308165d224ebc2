import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseAddress } from '#agent/claims/address/address-choice.ts';
import type { EbsVolume } from '#agent/claims/ec2/ebs-volume.ts';
import { ranked } from '#agent/claims/base/ranking.ts';
import { chooseVolume, type VolumeSeeker } from '#agent/claims/volume/volume-choice.ts';

const holder = fc.constantFrom(undefined, 'i-me', 'i-you', 'nat');

const addresses = fc.array(holder, { maxLength: 6 }).map((holders) =>
  holders.map((who, at) => ({
    allocationId: `eipalloc-${at}`,
    publicIp: `198.51.100.${at}`,
    associationId: who && `eipassoc-${at}`,
    instanceId: who === 'nat' ? undefined : who,
  })),
);

describe('the choice of an address', () => {
  it('never falls on one that anybody has, and names all when none is to be had', () => {
    fc.assert(
      fc.property(addresses, fc.option(fc.constant('eipalloc-1'), { nil: undefined }), (tagged, kept) => {
        const choice = chooseAddress(tagged, 'i-me', kept);
        const mine = tagged.filter(({ instanceId }) => instanceId === 'i-me');
        const free = tagged.filter(({ associationId }) => associationId === undefined);
        if (tagged.length === 0) expect(choice.kind).toBe('none');
        else if (mine.length > 0)
          expect(choice).toMatchObject({ kind: 'ours', address: { instanceId: 'i-me' } });
        else if (free.length === 0) expect(choice).toEqual({ kind: 'taken', addresses: tagged });
        else {
          if (choice.kind !== 'free') throw new Error(choice.kind);
          expect(new Set(choice.addresses)).toEqual(new Set(free));
          if (free.some(({ allocationId }) => allocationId === kept)) {
            expect(choice.addresses[0]?.allocationId).toBe(kept);
          }
        }
      }),
    );
  });

  it('begins elsewhere for each instance, and for one always at the same', () => {
    const ids = Array.from({ length: 8 }, (_, at) => `eipalloc-${at}`);
    const firsts = Array.from({ length: 40 }, (_, at) => ranked(ids, (id) => id, `i-${at}`)[0]);
    expect(new Set(firsts).size).toBeGreaterThan(5);
    expect(ranked(ids.toReversed(), (id) => id, 'i-7')).toEqual(ranked(ids, (id) => id, 'i-7'));
  });
});

function volume(volumeId: string, more: Partial<EbsVolume> = {}): EbsVolume {
  const base = {
    zone: 'a',
    status: 'available',
    sizeGiB: 8,
    encrypted: false,
    key: undefined,
    attachments: [],
  };
  return { volumeId, ...base, ...more };
}

function attachedTo(...instances: string[]): Partial<EbsVolume> {
  const attachments = instances.map((instanceId) => ({ instanceId, device: '/dev/sdf', status: 'attached' }));
  return { status: 'in-use', attachments };
}

describe('the choice of a volume', () => {
  const me: VolumeSeeker = { instanceId: 'i-me', zone: 'a', kept: undefined, others: new Set() };

  it.each<[string, readonly EbsVolume[], Partial<VolumeSeeker>, object]>([
    ['none', [], {}, { kind: 'none' }],
    ['a deleted one', [volume('v1', { status: 'deleted' })], {}, { kind: 'none' }],
    ['one in another zone', [volume('v1', { zone: 'b' })], {}, { kind: 'other-zone' }],
    [
      'one in each zone',
      [volume('v1', { zone: 'b' }), volume('v2')],
      {},
      { kind: 'free', volumes: [{ volumeId: 'v2' }] },
    ],
    ['one in error', [volume('v1', { status: 'error' })], {}, { kind: 'broken' }],
    ['one being created', [volume('v1', { status: 'creating' })], {}, { kind: 'taken' }],
    ['one elsewhere', [volume('v1', attachedTo('i-you'))], {}, { kind: 'taken' }],
    [
      'ours',
      [volume('v1'), volume('v2', attachedTo('i-me'))],
      {},
      { kind: 'ours', volume: { volumeId: 'v2' } },
    ],
    ['one attached to both', [volume('v1', attachedTo('i-me', 'i-you'))], {}, { kind: 'taken' }],
    [
      'ours for another claim',
      [volume('v1', attachedTo('i-me'))],
      { others: new Set(['v1']) },
      { kind: 'taken' },
    ],
    [
      'the one it had, and others',
      [volume('v1'), volume('v2'), volume('v3')],
      { kept: 'v2' },
      { kind: 'free', volumes: [{ volumeId: 'v2' }, {}, {}] },
    ],
  ])('where there is %s', (_, tagged, seeker, expected) => {
    expect(chooseVolume(tagged, { ...me, ...seeker })).toMatchObject(expected);
  });
});
