import { expect, test } from 'vitest';
import { TimeBorder } from '#agent/logs/files/time-boundary.ts';

/** @param reads one list of times a read, undefined where a line bears none. */
function taken(reads: readonly (readonly (number | undefined)[])[]): readonly number[] {
  const border = new TimeBorder(100);
  return reads.map((times) => {
    for (const time of times) border.note(time);
    return border.take().older;
  });
}

test.each<[string, readonly (readonly (number | undefined)[])[], readonly number[]]>([
  ['lines before it, in one read', [[1, 2, 99, 100, 101]], [3]],
  ['lines before it, in several reads', [[1, 2], [3], [99, 100], [101]], [2, 1, 1, 0]],
  ['lines without a time, which belong to the line before', [[1, undefined, undefined, 100, undefined]], [3]],
  ['late lines behind it, which are not', [[1, 100, 5], [6]], [1, 0]],
  ['nothing, as long as no line bears a time', [[undefined], [undefined, undefined]], [0, 0]],
  ['nothing where the first time is younger', [[undefined, 100], [7]], [0, 0]],
  ['the head of a file whose first time is older', [[undefined, 5, 100]], [2]],
  ['all of it where no time is younger', [[1], [2, undefined]], [1, 2]],
])('older are %s', (_, reads, expected) => {
  expect(taken(reads)).toEqual(expected);
});
