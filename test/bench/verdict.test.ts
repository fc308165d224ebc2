import { expect, test } from 'vitest';
import type { Bar } from '#scripts/bench/bench-row.ts';
import { verdictOf } from '#scripts/bench/verdict.ts';

const judge = (value: number, bar: Bar): string => verdictOf({ what: '', value, unit: 'x', bar, detail: '' });

test('a bar that is just reached holds', () => {
  expect(judge(15, { atLeast: 15 })).toBe('pass');
  expect(judge(70, { atMost: 70 })).toBe('pass');
});

test('a bar that is missed by a little is missed, whatever the table rounds it to', () => {
  expect(judge(14.999, { atLeast: 15 })).toBe('MISS');
  expect(judge(70.001, { atMost: 70 })).toBe('MISS');
});

test('a measurement of nothing misses its bar', () => {
  expect(judge(Number.NaN, { atLeast: 15 })).toBe('MISS');
  expect(judge(Number.NaN, { atMost: 70 })).toBe('MISS');
});

test('what could not be measured neither passes nor misses', () => {
  expect(verdictOf({ what: '', skipped: 'no moto' })).toBe('skipped');
});
