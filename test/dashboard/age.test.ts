import { expect, it } from 'vitest';
import { bytesOf, clockTime, spanOf } from '#agent/dashboard/page/age.ts';

it.each([
  [-5, '0s'],
  [8400, '8s'],
  [60_000, '1m'],
  [725_000, '12m 5s'],
  [3_600_000, '1h'],
  [90_061_000, '1d 1h'],
])('%i ms are %s', (ms, text) => {
  expect(spanOf(ms)).toBe(text);
});

it('tells the day of a time that is not of today', () => {
  const now = Date.UTC(2026, 10, 21, 12);
  expect(clockTime('2026-11-21T04:31:07.213Z', now)).toBe('04:31:07');
  expect(clockTime('2026-11-20T04:31:07.213Z', now)).toBe('2026-11-20 04:31:07');
});

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1500, '1.5 kB'],
  [72_000_000, '72 MB'],
])('%i bytes are %s', (bytes, text) => {
  expect(bytesOf(bytes)).toBe(text);
});
