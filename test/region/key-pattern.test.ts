import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyMatches } from '../../config-service/region/key-pattern.ts';

test.each([
  ['a.b', 'a.b', true],
  ['a.b', 'a.bc', false],
  ['a.*', 'a.b.c', true],
  ['a.*', 'a.', true],
  ['*', '', true],
  ['*.url', 'db.url', true],
  ['a*a', 'a', false],
  ['a*a', 'aa', true],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'a-c-b', false],
  ['a.b', 'aXb', false],
])('%s on %s: %s', (pattern, key, expected) => {
  expect(keyMatches(pattern, key)).toBe(expected);
});

test('agrees with the regular expression that it stands for', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 });
  const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 6 });
  fc.assert(
    fc.property(patterns, letters, (pattern, key) => {
      const regex = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
      expect(keyMatches(pattern, key)).toBe(regex.test(key));
    }),
    { numRuns: 2000 },
  );
});
