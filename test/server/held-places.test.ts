import type { ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { beforeEach, expect, it } from 'vitest';
import { newApiCounts, type ApiCounts } from '../../config-service/server/backend/api-counts.ts';
import { HeldPlaces } from '../../config-service/server/http/held-places.ts';
import { FakeClock } from '../support/fake-clock.ts';

const CAPACITY = 4;
let counts: ApiCounts;
let clock: FakeClock;
let places: HeldPlaces;
let looks: number;
let ended: string[];
const users = new Map<Socket, string>();

beforeEach(() => {
  counts = newApiCounts();
  clock = new FakeClock();
  looks = 0;
  ended = [];
  const peersOf = async (sockets: Iterable<Socket>) => {
    looks += 1;
    return new Map([...sockets].flatMap((socket) => [[socket, users.get(socket) ?? ''] as const]));
  };
  places = new HeldPlaces({ capacity: CAPACITY, peersOf, clock, counts });
});

/** A request of `user`, whose end is told by the name. */
async function take(user: string, name = user, trusted = false): Promise<boolean> {
  return (await enter(user, name, trusted)) !== undefined;
}

function enter(user: string, name = user, trusted = false) {
  const socket = new Socket();
  users.set(socket, user);
  // Of a response no more is looked at than these two.
  const response = { socket, destroyed: false } as unknown as ServerResponse;
  return places.take(response, trusted, () => ended.push(name));
}

it('asks nobody who is there while there is room', async () => {
  for (let count = 0; count < CAPACITY; count += 1) expect(await take('a')).toBe(true);
  expect([looks, places.size]).toEqual([0, CAPACITY]);
});

it('gives a newcomer the place of the one that was here for longest, of the user who has the most, until all have as many', async () => {
  for (const name of ['a1', 'a2', 'a3', 'a4']) await take('a', name);
  expect(await take('b', 'b1')).toBe(true);
  const second = take('b', 'b2');
  await clock.advance(100);
  expect(await second).toBe(true);
  expect([ended, counts.madeRoom]).toEqual([['a1', 'a2'], 2]);
  const third = take('b', 'b3');
  await clock.advance(100);
  expect(await third).toBe(false);
  expect([ended, counts.turnedAway]).toEqual([['a1', 'a2'], 1]);
});

it('gives a newcomer a place that becomes free while the kernel is not asked yet', async () => {
  const leave = await enter('a');
  for (let count = 1; count < CAPACITY; count += 1) await take('a');
  expect(await take('a')).toBe(false);
  const [first, second] = [take('a'), take('a')];
  leave?.();
  expect(await first).toBe(true);
  expect(looks).toBe(1);
  await clock.advance(100);
  expect(await second).toBe(false);
});

it('asks once for all who come until it may ask again', async () => {
  for (let count = 0; count < CAPACITY; count += 1) await take('a');
  expect(await take('a')).toBe(false);
  const crowd = Array.from({ length: 20 }, () => take('a'));
  await clock.advance(99);
  expect(looks).toBe(1);
  await clock.advance(1);
  expect([await Promise.all(crowd), looks]).toEqual([crowd.map(() => false), 2]);
});

it('takes nothing from who came by the socket, and lets those in beyond the bound', async () => {
  for (let count = 0; count < CAPACITY; count += 1) await take('root', 'root', true);
  expect(await take('a')).toBe(false);
  expect([await take('root', 'root', true), await take('root', 'root', true)]).toEqual([true, false]);
  expect(ended).toEqual([]);
});

it('ends all when it closes, and lets nobody in who came before', async () => {
  for (let count = 0; count < CAPACITY; count += 1) await take('a');
  await take('a');
  const late = take('b');
  places.close();
  expect([await late, ended, clock.sleeping]).toEqual([false, ['a', 'a', 'a', 'a'], 0]);
});
