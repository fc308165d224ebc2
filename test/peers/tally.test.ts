import { expect, test } from 'vitest';
import { lineOf } from '#scripts/bench/peers/seeded-line.ts';
import { Tally } from '#scripts/bench/peers/tally.ts';

const SEED = 3;

/** Ten lines a file. */
function tallyOf(...numbers: readonly number[]): Tally {
  const tally = new Tally(SEED, (line) => Math.floor(line / 10));
  for (const number of numbers) tally.take(lineOf(SEED, number));
  return tally;
}

const CLEAN = { lost: 0, lostRanges: [], twice: 0, late: 0, overtaken: 0, torn: 0 };

test('all of it, once and in order, is a clean verdict', () => {
  expect(tallyOf(0, 1, 2, 3).verdict(4)).toEqual({ written: 4, ...CLEAN });
});

test('what did not arrive is lost, in ranges, at the end and at the beginning as well', () => {
  expect(tallyOf(2, 5).verdict(8)).toMatchObject({
    lost: 6,
    lostRanges: [
      [0, 1],
      [3, 4],
      [6, 7],
    ],
  });
  expect(tallyOf().verdict(3)).toMatchObject({ lost: 3, lostRanges: [[0, 2]] });
});

test('what came again is counted each time, and is not late', () => {
  expect(tallyOf(0, 1, 2, 0, 1, 1, 3).verdict(4)).toEqual({ written: 4, ...CLEAN, twice: 3 });
});

test('a line behind a later one of its file is late, behind one of a later file it was overtaken', () => {
  expect(tallyOf(0, 2, 1).verdict(3)).toEqual({ written: 3, ...CLEAN, late: 1 });
  expect(tallyOf(...upTo(8), 10, 11, 8, 9).verdict(12)).toEqual({ written: 12, ...CLEAN, overtaken: 2 });
});

test('what is no line, or not a whole one, is torn', () => {
  const tally = tallyOf(0);
  tally.take(lineOf(SEED, 1).slice(0, 50));
  tally.take('');
  expect(tally.verdict(2)).toMatchObject({ torn: 2, lost: 1 });
});

function upTo(end: number): number[] {
  return Array.from({ length: end }, (_, number) => number);
}
