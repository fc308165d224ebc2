import { expect, test } from 'vitest';
import { median } from '#scripts/bench/median.ts';

test('the median is the middle value, whatever the order', () => {
  expect(median([9, 1, 5])).toBe(5);
});

test('the median of an even count lies half-way between the two middle values', () => {
  expect(median([4, 1, 100, 2])).toBe(3);
});

test('values are compared as numbers, not as text', () => {
  expect(median([10, 9, 100])).toBe(10);
});

test('the median of nothing is no number', () => {
  expect(median([])).toBeNaN();
});
