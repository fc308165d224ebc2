import { describe, expect, it } from 'vitest';
import { groupPrefix, memberKey } from '#agent/membership/member.ts';
import { createOnline, createRoster, STALE_MS } from '#agent/membership/roster.ts';
import type { ListedObject, Peer } from '#config-service';

const GROUP = { environment: 'prod', role: 'app' };
const NOW = Date.UTC(2026, 10, 21);

function peer(number: number, tags: Peer['tags'] = {}): Peer {
  return { id: `i-0${number}`, zone: 'eu-west-1a', address: `10.0.0.${number}`, tags };
}

function object(one: Peer, { ageMs = 0, size = 90 } = {}): ListedObject {
  return { key: memberKey(GROUP, one) ?? '', size, etag: '"e"', lastModified: NOW - ageMs };
}

const onlineOf = (where: Readonly<Record<string, string>> = {}) =>
  createOnline({ prefix: groupPrefix(GROUP), region: 'eu-west-1', self: 'i-09', where });
const ids = (peers: readonly Peer[] | undefined): string => (peers ?? []).map(({ id }) => id).join(' ');

describe('who is online by a listing', () => {
  it('is who has not left and said so lately, but for oneself', () => {
    const objects = [
      object(peer(1)),
      object(peer(2), { size: 0 }),
      object(peer(3), { ageMs: STALE_MS }),
      object(peer(4), { ageMs: STALE_MS - 1 }),
      object(peer(9)),
    ];
    expect(ids(onlineOf()(objects))).toBe('i-01 i-04');
  });

  it('nobody is too old while nobody can write: ages are measured against the youngest', () => {
    const objects = [1, 2].map((number) => object(peer(number), { ageMs: 10 * STALE_MS + number }));
    expect(ids(onlineOf()(objects))).toBe('i-01 i-02');
  });

  it('goes by the last word of who has other tags than before', () => {
    const objects = [
      object(peer(1, { v: '1' }), { size: 0 }),
      object(peer(1, { v: '2' })),
      object(peer(2, { v: '1' }), { ageMs: 1000 }),
      object(peer(2, { v: '2' }), { size: 0 }),
    ];
    expect(onlineOf()(objects)).toEqual([peer(1, { v: '2' })]);
  });

  it('leaves out who has not the tags asked for', () => {
    const objects = [object(peer(1, { pool: 'blue' })), object(peer(2, { pool: 'green' })), object(peer(3))];
    expect(ids(onlineOf({ pool: 'blue' })(objects))).toBe('i-01');
  });
});

describe('what is taken up of readings', () => {
  it('the first at once, who comes when two readings agree, who goes at once', () => {
    const roster = createRoster(undefined);
    const seen = [
      [1, 2],
      [1, 2, 3],
      [1, 2, 3, 4],
      [1, 3, 4],
      [1, 3, 4],
    ].map((numbers) => {
      const isChange = roster.take(numbers.map((number) => peer(number)));
      return `${isChange} ${ids(roster.peers)}`;
    });
    expect(seen).toEqual([
      'true i-01 i-02',
      'false i-01 i-02',
      'false i-01 i-02',
      'true i-01',
      'true i-01 i-03 i-04',
    ]);
  });

  it('no later than with the fourth reading that differs', () => {
    const roster = createRoster([peer(1)]);
    const changes = [2, 3, 4, 5, 6].map((number) =>
      roster.take(Array.from({ length: number }, (_, index) => peer(index + 1))),
    );
    expect(changes).toEqual([false, false, false, true, false]);
  });

  it('is no change when it is the same again', () => {
    const roster = createRoster([peer(1)]);
    expect([roster.take([peer(1)]), roster.take([peer(1)])]).toEqual([false, false]);
  });
});
