import { describe, expect, it } from 'vitest';
import { GonePeers } from '#agent/membership/gone-peers.ts';
import { groupPrefix, memberKey } from '#agent/membership/member.ts';

const APP = { environment: 'prod', role: 'app' };

function peer(number: number) {
  return { id: `i-0${number}`, zone: 'eu-west-1a', address: `10.0.0.${number}`, tags: {} };
}

function objectOf(number: number, size: number) {
  return { key: memberKey(APP, peer(number)) ?? '', etag: '"x"', size };
}

function newList(): GonePeers {
  return new GonePeers({ prefix: groupPrefix(APP), region: 'eu-west-1' });
}

const namesIn = ({ list }: GonePeers) => list.map(({ id, how, at }) => `${id} ${how} ${at}`);

describe('who went', () => {
  it('is told with how and when, the latest first', () => {
    const gone = newList();
    gone.note([peer(1), peer(2), peer(3)], [peer(2), peer(3)], [objectOf(1, 0), objectOf(2, 9)], 10);
    gone.note([peer(2), peer(3)], [peer(3)], [objectOf(1, 0), objectOf(2, 9)], 20);
    expect(namesIn(gone)).toEqual(['i-02 silent 20', 'i-01 left 10']);
    expect(gone.list[1]).toMatchObject({ zone: 'eu-west-1a', address: '10.0.0.1' });
  });

  it('is gone no more when it comes back', () => {
    const gone = newList();
    gone.note([peer(1), peer(2)], [], [objectOf(1, 0), objectOf(2, 0)], 10);
    gone.note([], [peer(1)], [objectOf(1, 9), objectOf(2, 0)], 20);
    expect(namesIn(gone)).toEqual(['i-02 left 10']);
  });

  it('is forgotten behind twenty others', () => {
    const gone = newList();
    for (let number = 1; number <= 25; number += 1) gone.note([peer(number)], [], [], number);
    expect(gone.list).toHaveLength(20);
    expect(namesIn(gone).at(-1)).toBe('i-06 silent 6');
  });

  it('by an object that is no member has not left', () => {
    const gone = newList();
    const strange = { ...objectOf(1, 0), key: `${groupPrefix(APP)}i-01/us-east-1a/10.0.0.1` };
    gone.note([peer(1)], [], [strange], 10);
    expect(namesIn(gone)).toEqual(['i-01 silent 10']);
  });
});
