import { expect, test } from 'vitest';
import { printJsonLine, printTable, type Result } from '#scripts/bench/peers/report.ts';

const CLEAN = { written: 20_100, lost: 0, lostRanges: [], twice: 0, late: 0, overtaken: 0, torn: 0 };

const RESULTS: readonly Result[] = [
  { peer: 'landfall', scenario: 'steady', seconds: 13.4, outcome: CLEAN },
  { peer: 'landfall', scenario: 'kill', seconds: 26, outcome: { ...CLEAN, written: 44_105, twice: 554 } },
  { peer: 'other', scenario: 'steady', seconds: 12, outcome: { failed: 'other does not run' } },
  {
    peer: 'other',
    scenario: 'kill',
    seconds: 80,
    outcome: { ...CLEAN, written: 44_105, lost: 1200, lostRanges: [[0, 1199]], late: 2, torn: 1 },
  },
];

test('the table has a row a scenario and a column a peer', () => {
  expect(printTable(RESULTS)).toBe(
    [
      '| scenario | lines  | landfall  | other                      |',
      '| -------- | ------ | --------- | -------------------------- |',
      '| steady   | 20,100 | ok        | failed                     |',
      '| kill     | 44,105 | 554 twice | 1,200 lost, 2 late, 1 torn |',
      '',
    ].join('\n'),
  );
});

test('a line of JSON has the figures as they are, and the first ranges of what was lost', () => {
  const lostRanges = Array.from({ length: 50 }, (_, index) => [index * 2, index * 2] as const);
  const many: Result = {
    peer: 'p',
    scenario: 's',
    seconds: 1.5,
    outcome: { ...CLEAN, lost: 50, lostRanges },
  };
  expect(JSON.parse(printJsonLine(many))).toEqual({
    peer: 'p',
    scenario: 's',
    seconds: 1.5,
    ...CLEAN,
    lost: 50,
    lostRanges: lostRanges.slice(0, 10),
  });
  expect(RESULTS.map((result) => JSON.parse(printJsonLine(result)) as unknown)[2]).toEqual({
    peer: 'other',
    scenario: 'steady',
    seconds: 12,
    failed: 'other does not run',
  });
});
