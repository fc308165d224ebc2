import { expect, it } from 'vitest';
import { isSha256Hex, sha256Hex } from '../../config-service/release/digest.ts';

it('digests as FIPS 180-4 says (its example "abc")', () => {
  const digest = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  expect(sha256Hex('abc')).toBe(digest);
  expect(sha256Hex(Buffer.from('abc'))).toBe(digest);
});

it('knows a digest when it sees one', () => {
  expect(isSha256Hex(sha256Hex(''))).toBe(true);
  for (const text of ['', 'abc', `${sha256Hex('')}\n`, sha256Hex('').toUpperCase(), `${sha256Hex('')}0`]) {
    expect(isSha256Hex(text)).toBe(false);
  }
});
