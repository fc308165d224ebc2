import { expect, it } from 'vitest';
import { ContentCache } from '../../config-service/kit/content-cache.ts';

function counting(maxBytes = 1000) {
  const cache = new ContentCache<string>(maxBytes);
  const made: string[] = [];
  const get = (id: string, bytes = 10): string =>
    cache.get(id, bytes, () => {
      made.push(id);
      return `made of ${id}`;
    });
  return { cache, made, get };
}

it('makes something of a content once', () => {
  const { get, made } = counting();
  expect([get('a'), get('b'), get('a')]).toEqual(['made of a', 'made of b', 'made of a']);
  expect(made).toEqual(['a', 'b']);
});

it('forgets what two rounds did not ask for, whatever room there is', () => {
  const { cache, get, made } = counting();
  get('kept');
  get('gone');
  cache.beginRound();
  get('kept');
  expect(cache.bytes).toBe(20);
  cache.beginRound();
  expect(cache.bytes).toBe(10);
  get('kept');
  get('gone');
  expect(made).toEqual(['kept', 'gone', 'gone']);
});

it('holds as much after a thousand versions of a file as after three', () => {
  const { cache, get } = counting(1_000_000);
  const held: number[] = [];
  for (let version = 0; version < 1000; version += 1) {
    cache.beginRound();
    get('unchanged');
    get(`file ${version}`, 100);
    held.push(cache.bytes);
  }
  expect(held[2]).toBe(210);
  expect(held.at(-1)).toBe(210);
});

it('has at most so many bytes: what was not asked for longest makes room', () => {
  const { cache, get, made } = counting(30);
  for (const id of ['a', 'b', 'c', 'a', 'd', 'a', 'b']) get(id);
  expect(made).toEqual(['a', 'b', 'c', 'd', 'b']);
  expect(cache.bytes).toBe(30);
});

it('does not remember what is larger than all of its room, and keeps the others', () => {
  const { cache, get, made } = counting(30);
  get('a');
  get('large', 31);
  get('large', 31);
  get('a');
  expect(made).toEqual(['a', 'large', 'large']);
  expect(cache.bytes).toBe(10);
});
