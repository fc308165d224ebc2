import { expect, test } from 'vitest';
import { nearestKeys } from '../../config-service/server/routes/no-such-key.ts';

test.each([
  ['db.hots', ['db.host', 'db.port', 'web.host'], ['db.host']],
  ['db.hots', ['db.haxs', 'db.host'], ['db.host', 'db.haxs']],
  ['DB.HOST', ['db.host'], ['db.host']],
  ['dbhost', ['db.host'], ['db.host']],
  ['db.hostt', ['db.host'], ['db.host']],
  [
    'queue.url.1',
    ['queue.url.2', 'queue.url.0', 'queue.url.3', 'queue.url.4'],
    ['queue.url.0', 'queue.url.2', 'queue.url.3'],
  ],
  ['cache', ['database', 'queue'], []],
  ['ab', ['cd', 'ef', 'a'], []],
  ['', ['a'], []],
  ['x'.repeat(1000), ['x'.repeat(999)], []],
])('for %j of %j suggests %j', (asked, keys, meant) => {
  expect(nearestKeys(asked, keys)).toEqual(meant);
});

test('looks at no more than 2,000 keys of a like length', () => {
  let taken = 0;
  function* keys(): Generator<string> {
    for (;;) {
      taken += 1;
      yield `other.${String(taken).padStart(6, '0')}`;
    }
  }
  expect(nearestKeys('wanted.123456', keys())).toEqual([]);
  expect(taken).toBe(2001);
});
