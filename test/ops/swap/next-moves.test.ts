import { assert, constantFrom, property, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { courseTo } from '#scripts/ops/swap/course.ts';
import type { Holdings } from '#scripts/ops/swap/holdings.ts';
import { nextMoves } from '#scripts/ops/swap/next-moves.ts';
import { entryOf, originOf, readSwapEntry, type SwapEntry } from '#scripts/ops/swap/swap-journal.ts';
import { address, holdings, instance, PAIR, volume } from './swap-holdings.ts';

const NOTHING = { devices: {}, places: {} };
const moves = (given: Holdings, goal: 'blue' | 'green' = 'green', origin = NOTHING) =>
  nextMoves(given, goal, origin).moves;

describe('the next moves', () => {
  it('take all volumes off before any is put on, and the address last', () => {
    const both = holdings({
      volumes: [volume('vol-1', 'i-b1'), volume('vol-2', 'i-b1', 'attached', '/dev/sdg')],
    });
    expect(courseTo('green', both, originOf(entryOf(both, PAIR, undefined)))).toEqual({
      steps: [
        'detach vol-1 from i-b1',
        'detach vol-2 from i-b1',
        'attach vol-1 to i-9e as /dev/sdf',
        'attach vol-2 to i-9e as /dev/sdg',
        'associate eipalloc-1 with i-9e',
      ],
      fault: undefined,
    });
  });

  it('go on from wherever another run was killed', () => {
    const origin = { devices: { 'vol-1': '/dev/sdk' }, places: {} };
    const free = holdings({ volumes: [volume('vol-1', undefined)] });
    expect(moves(free, 'green', origin)).toMatchObject([{ kind: 'attach', device: '/dev/sdk' }]);
    expect(moves(free, 'blue', origin)).toMatchObject([
      { kind: 'attach', instance: 'i-b1', device: '/dev/sdk' },
    ]);
    const attached = holdings({ volumes: [volume('vol-1', 'i-9e')] });
    expect(moves(attached)).toMatchObject([{ kind: 'associate', instance: 'i-9e', place: undefined }]);
  });

  it.each(['detaching'])('wait for a volume that is %s', (state) => {
    const outlook = nextMoves(holdings({ volumes: [volume('vol-1', 'i-b1', state)] }), 'green', NOTHING);
    expect(outlook).toMatchObject({ moves: [], arrived: false, between: ['vol-1'] });
    expect(outlook.waiting).toEqual(['vol-1 is detaching from i-b1']);
  });

  // A device name that the kernel still holds leaves a volume attaching for ever (kubernetes/kubernetes#31891).
  it.each(['busy', 'attaching'])('ask again to detach a volume that is %s', (state) => {
    expect(moves(holdings({ volumes: [volume('vol-1', 'i-b1', state)] }))).toMatchObject([
      { kind: 'detach', volume: 'vol-1', instance: 'i-b1' },
    ]);
  });

  it('leave the address where it is until every volume is attached', () => {
    const given = holdings({ volumes: [volume('vol-1', 'i-9e', 'attaching')] });
    expect(nextMoves(given, 'green', NOTHING)).toMatchObject({ moves: [], arrived: false });
  });

  it.each([
    ['/dev/sdf', '/dev/sdg'],
    ['/dev/xvdf', '/dev/sdg'],
    ['xvdf', '/dev/sdg'],
  ])('take the first free name when green uses %s', (used, device) => {
    const green = instance('i-9e', { devices: ['/dev/xvda', used] });
    const given = holdings({ green, volumes: [volume('vol-1', undefined)] });
    const origin = { devices: { 'vol-1': '/dev/sdf' }, places: {} };
    expect(moves(given, 'green', origin)).toMatchObject([{ kind: 'attach', device }]);
  });

  it('take another name when EC2 refuses one', () => {
    const given = holdings({ volumes: [volume('vol-1', undefined)] });
    const origin = { devices: { 'vol-1': '/dev/sdf' }, places: {} };
    const refused = new Map([['vol-1', ['/dev/sdf', '/dev/sdg']]]);
    expect(nextMoves(given, 'green', origin, refused).moves).toMatchObject([{ device: '/dev/sdh' }]);
  });

  it('stop when green has no name left for a volume, before the address moves', () => {
    const devices = Array.from('fghijklmnop').map((letter) => `/dev/sd${letter}`);
    const green = instance('i-9e', { devices });
    const given = holdings({ green, volumes: [volume('vol-1', undefined)] });
    expect(nextMoves(given, 'green', NOTHING)).toMatchObject({
      moves: [],
      arrived: false,
      astray: { code: 'LF_SWAP_STATE' },
    });
  });

  it('never touch what a third one has', () => {
    for (const given of [
      holdings({ volumes: [volume('vol-1', 'i-3')] }),
      holdings({ addresses: [address('i-3')] }),
      holdings({ addresses: [address(undefined, { networkInterface: 'eni-nat' })] }),
    ])
      expect(nextMoves(given, 'green', NOTHING)).toMatchObject({
        moves: [],
        astray: { code: 'LF_SWAP_HELD' },
      });
  });

  it('do not move to an instance that has gone', () => {
    const green = instance('i-9e', { state: 'terminated' });
    expect(nextMoves(holdings({ green }), 'green', NOTHING).astray).toMatchObject({
      code: 'LF_SWAP_MISSING',
    });
  });

  it('give each of two addresses a private address of its own, and the way back its old one', () => {
    const places = [
      { networkInterface: 'eni-b', privateIp: '10.0.0.1' },
      { networkInterface: 'eni-b', privateIp: '10.0.0.2' },
    ];
    const blue = instance('i-b1', { places });
    const green = instance('i-9e', {
      places: places.map(({ privateIp }) => ({ networkInterface: 'eni-g', privateIp: `${privateIp}0` })),
    });
    const second = { allocation: 'eipalloc-2', ip: '203.0.113.8' };
    const [one, two] = places;
    const given = holdings({
      blue,
      green,
      volumes: [],
      // The second address is at the first private address: the order of the way there is not the way back.
      addresses: [address('i-b1', { place: two }), address('i-b1', { ...second, place: one })],
    });
    expect(moves(given)).toMatchObject([
      { allocation: 'eipalloc-1', place: { networkInterface: 'eni-g', privateIp: '10.0.0.10' } },
      { allocation: 'eipalloc-2', place: { networkInterface: 'eni-g', privateIp: '10.0.0.20' } },
    ]);
    const entry = entryOf(given, PAIR, undefined);
    const there = { ...given, addresses: [address('i-9e'), address('i-9e', second)] };
    expect(moves(there, 'blue', originOf(entry))).toMatchObject([{ place: two }, { place: one }]);
    expect(nextMoves({ ...given, green: instance('i-9e') }, 'green', NOTHING).astray).toMatchObject({
      code: 'LF_SWAP_ADDRESS',
    });
  });

  it('come to their end from any state in between, on either side', () => {
    const holder = constantFrom('i-b1', 'i-9e', undefined);
    const state = constantFrom('attached', 'attaching', 'detaching', 'busy');
    const at = tuple(holder, state, constantFrom('/dev/sdf', '/dev/sdg', '/dev/sdh'));
    assert(
      property(at, at, holder, constantFrom('blue', 'green'), (first, second, held, goal) => {
        const given = holdings({
          volumes: [volume('vol-1', ...first), volume('vol-2', ...second)],
          addresses: [address(held)],
        });
        const { steps, fault } = courseTo(goal, given, NOTHING);
        expect(fault).toBeUndefined();
        expect(steps.length).toBeLessThanOrEqual(5);
        expect(new Set(steps).size).toBe(steps.length);
      }),
    );
  });
});

describe('the journal of a swap', () => {
  it('keeps the devices of blue, which an interrupted run no longer sees', () => {
    const before = entryOf(holdings(), PAIR, undefined);
    const halfway = holdings({ volumes: [volume('vol-1', undefined)], addresses: [address('i-9e')] });
    expect(originOf(entryOf(halfway, PAIR, before))).toEqual(originOf(before));
    expect(originOf(before)).toEqual({
      devices: { 'vol-1': '/dev/sdf' },
      places: { 'eipalloc-1': { networkInterface: 'eni-i-b1', privateIp: '10.0.0.1' } },
    });
  });

  it('reads what it wrote, and nothing else', () => {
    const entry = entryOf(holdings(), PAIR, undefined);
    expect(readSwapEntry(JSON.parse(JSON.stringify(entry)))).toEqual(entry);
    const wrong: readonly unknown[] = [
      undefined,
      [],
      { ...entry, version: 2 },
      { ...entry, phase: 'lost' },
      { ...entry, volumes: [{ id: 'vol-1' }] },
      { version: 1, phase: 'moving' } satisfies Partial<SwapEntry>,
    ];
    expect(wrong.map(readSwapEntry)).toEqual(wrong.map(() => undefined));
  });
});
