import { expect, test } from 'vitest';
import { etagOfDigest, matchesEtag } from '../../config-service/server/http/etag.ts';

const TAG = etagOfDigest('abc');

test.each([
  [undefined, false],
  ['W/"abc"', true],
  ['"abc"', true],
  ['abc', true],
  ['*', true],
  [' "x" , W/"abc" ', true],
  ['"ABC"', false],
  ['"ab"', false],
  ['"abcd"', false],
  ['w/"abc"', false],
  ['', false],
  ['"', false],
])('If-None-Match: %s matches W/"abc": %s', (field, matches) => {
  expect(matchesEtag(field, TAG)).toBe(matches);
});
